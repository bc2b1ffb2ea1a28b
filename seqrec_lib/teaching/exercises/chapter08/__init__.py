"""The exercises of chapter 8, a file for each; see ``shelf.py``."""
