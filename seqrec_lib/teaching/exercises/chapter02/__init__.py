"""The exercises of chapter 2, a file for each; see ``shelf.py``."""
