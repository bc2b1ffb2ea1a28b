"""The exercises of chapter 17, a file for each; see ``shelf.py``."""
