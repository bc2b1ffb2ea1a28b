"""The exercises of chapter 4, a file for each; see ``shelf.py``."""
