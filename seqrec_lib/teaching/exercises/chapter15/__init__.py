"""The exercises of chapter 15 and of the pages beside it, a file for each; see ``shelf.py``."""
