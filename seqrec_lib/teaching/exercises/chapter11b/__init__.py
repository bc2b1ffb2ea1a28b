"""The exercises of the page on long histories, a file for each; see ``shelf.py``."""
