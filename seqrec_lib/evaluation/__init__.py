"""Evaluation: where each target stands among all items, and how sure we are of it."""

from .ranking import KS, evaluate
from .scorecard import Evaluation, paired_difference

__all__ = ["KS", "Evaluation", "evaluate", "paired_difference"]
