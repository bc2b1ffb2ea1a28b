"""Explanations: which events of a history speak for an item, and how far to believe who says so."""

from .counterfactual import Change, Counterfactual, greedy_set, smallest_set
from .explaining import METHODS, explain, explain_all, one_row
from .feedback import events_weighted, less_like, not_me
from .game import Game, LogScores, log_probability
from .guests import Visited, with_guests
from .judging import cause_first, deletion_curve, kendall_tau
from .removal import exact_shapley, interactions, occlusion, shapley
from .sanity import with_random_weights

__all__ = [
    "METHODS",
    "Change",
    "Counterfactual",
    "Game",
    "LogScores",
    "Visited",
    "cause_first",
    "deletion_curve",
    "events_weighted",
    "exact_shapley",
    "explain",
    "explain_all",
    "greedy_set",
    "interactions",
    "kendall_tau",
    "less_like",
    "log_probability",
    "not_me",
    "occlusion",
    "one_row",
    "shapley",
    "smallest_set",
    "with_guests",
    "with_random_weights",
]
