"""The exercises of chapter 10, a file for each; see ``shelf.py``."""
