"""The exercises of chapter 12, a file for each; see ``shelf.py``."""
