"""The exercises of chapter 10 and of the page beside it, a file for each; see ``shelf.py``."""
