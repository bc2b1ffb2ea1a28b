"""Exercises of chapter 20, scale."""
