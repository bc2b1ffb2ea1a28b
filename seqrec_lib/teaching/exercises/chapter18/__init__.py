"""The exercises of chapter 18 and of the pages beside it, a file for each; see ``shelf.py``."""
