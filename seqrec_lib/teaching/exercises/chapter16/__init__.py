"""Exercises of chapter 16 and of the pages beside it."""

"""Exercises of chapter 16."""
