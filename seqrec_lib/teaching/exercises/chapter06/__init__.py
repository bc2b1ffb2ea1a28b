"""The exercises of chapter 6, a file for each; see ``shelf.py``."""
