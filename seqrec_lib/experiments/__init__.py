"""Experiments: train a recipe, measure it between floors and ceiling, say what made the figures."""

from typing import TYPE_CHECKING

from ..evaluation.ranking import cuts
from ..on_demand import on_demand
from .from_recipe import train
from .measure import ceiling_above, gap_line, measure, measure_ceiling, measure_floors
from .provenance import commit, versions
from .recommending import Recommendation, RecommendationNote
from .record import record
from .run import Run, load_run

if TYPE_CHECKING:
    from .recommending_all import Recommended

__all__ = [
    "Recommendation",
    "RecommendationNote",
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

__getattr__ = on_demand(__name__, {"recommending_all": ("Recommended",)})
