"""Exercises of the chapter on training well."""
