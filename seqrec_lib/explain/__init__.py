"""Explanations: which events of a history speak for an item, and how far to believe who says so."""

from .explaining import METHODS, explain, explain_all, one_row
from .game import Game, LogScores, log_probability
from .removal import exact_shapley, interactions, occlusion, shapley

__all__ = [
    "METHODS",
    "Game",
    "LogScores",
    "exact_shapley",
    "explain",
    "explain_all",
    "interactions",
    "log_probability",
    "occlusion",
    "one_row",
    "shapley",
]
