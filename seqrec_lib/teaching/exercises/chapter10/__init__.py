"""Exercises of the page on hidden items and convolutions."""
