"""The exercises of chapter 7, a file for each; see ``shelf.py``."""
