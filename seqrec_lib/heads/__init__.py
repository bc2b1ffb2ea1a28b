"""Heads: from a history's state, or from a candidate's features, to scores for items."""

from .dice import Dice
from .fm import FactorisationMachine, pairwise, pairwise_fields
from .mlp import MLP
from .tied import dot_scores

__all__ = ["MLP", "Dice", "FactorisationMachine", "dot_scores", "pairwise", "pairwise_fields"]
