"""The exercises of chapter 11, a file for each; see ``shelf.py``."""
