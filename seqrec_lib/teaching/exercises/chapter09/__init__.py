"""The exercises of chapter 9, a file for each; see ``shelf.py``."""
