"""Experiments: train a recipe, measure it between floors and ceiling, say what made the figures."""

from .from_recipe import train
from .measure import ceiling_above, cuts, gap_line, measure, measure_ceiling, measure_floors
from .provenance import commit, versions
from .recommending import Recommendation
from .recommending_all import Recommended
from .record import record
from .run import Run, load_run

__all__ = [
    "Recommendation",
    "Recommended",
    "Run",
    "ceiling_above",
    "commit",
    "cuts",
    "gap_line",
    "load_run",
    "measure",
    "measure_ceiling",
    "measure_floors",
    "record",
    "train",
    "versions",
]
