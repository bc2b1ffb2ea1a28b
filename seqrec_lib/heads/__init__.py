"""Heads: from a history's state, or from a candidate's features, to scores for items."""

from typing import TYPE_CHECKING

from ..on_demand import on_demand
from .mlp import MLP
from .tied import dot_scores

if TYPE_CHECKING:
    from .cosine import UnitLength
    from .dice import Dice
    from .fm import FactorisationMachine, pairwise, pairwise_fields

__all__ = ["MLP", "Dice", "FactorisationMachine", "UnitLength", "dot_scores", "pairwise", "pairwise_fields"]

__getattr__ = on_demand(
    __name__,
    {
        "cosine": ("UnitLength",),
        "dice": ("Dice",),
        "fm": ("FactorisationMachine", "pairwise", "pairwise_fields"),
    },
)
