"""Preparing: dirt found and cleaned, clocks mended, features and lengths normalised, order taken away."""
