"""The exercises of chapter 3, a file for each; see ``shelf.py``."""
