"""Experiments: train a recipe, measure it between floors and ceiling, say what made the figures."""
