"""Data: read a log, check it, filter it, split it, pad it; or simulate one."""

from .download import cache_folder, movielens
from .errors import DataError
from .filters import drop_duplicates, k_core
from .interactions import Interactions
from .normalise import FeatureNormalisation, LengthNormalisation
from .readers import read_interactions
from .report import Dropped, Report
from .sequences import Batch, Cases, batches, pad_windows, shuffled
from .shuffle import permute_order
from .sources import load_source
from .splits import Split, leave_one_out
from .temporal import temporal_split
from .worlds import WORLDS, OracleModel, World, simulate

__all__ = [
    "WORLDS",
    "Batch",
    "Cases",
    "DataError",
    "Dropped",
    "FeatureNormalisation",
    "Interactions",
    "LengthNormalisation",
    "OracleModel",
    "Report",
    "Split",
    "World",
    "batches",
    "cache_folder",
    "drop_duplicates",
    "k_core",
    "leave_one_out",
    "load_source",
    "movielens",
    "pad_windows",
    "permute_order",
    "read_interactions",
    "shuffled",
    "simulate",
    "temporal_split",
]
