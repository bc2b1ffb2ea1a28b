"""The exercises of chapter 1, a file for each; see ``shelf.py``."""
