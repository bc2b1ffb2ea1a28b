"""The exercises of chapter 5, a file for each; see ``shelf.py``."""
