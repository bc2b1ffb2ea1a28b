"""The exercises of chapter 19, a file for each; see ``shelf.py``."""
