"""Heads: from a history's state to scores for items."""

from .mlp import MLP
from .tied import dot_scores

__all__ = ["MLP", "dot_scores"]
