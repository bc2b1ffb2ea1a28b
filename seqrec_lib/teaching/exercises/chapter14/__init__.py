"""The exercises of chapter 14, a file for each; see ``shelf.py``."""
