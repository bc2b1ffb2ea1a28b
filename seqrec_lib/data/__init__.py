"""Data: read a log, check it, filter it, split it, pad it; or simulate one."""

from .batch import Batch, Cases
from .batching import batches, shuffled
from .errors import DataError
from .filters import drop_duplicates, k_core
from .getting.download import cache_folder, movielens
from .getting.sources import load_source
from .interactions import Interactions
from .measures import later_share, log_gaps, padding_share
from .preparing.cleaning import (
    drop_echoes,
    drop_users,
    echoes,
    long_sessions,
    machine_users,
    precision_recall,
    sessions,
)
from .preparing.clocks import clock_faults, mend_clocks
from .preparing.dirt import DirtyLog, add_dirt
from .preparing.normalise import FeatureNormalisation, LengthNormalisation
from .preparing.shuffle import permute_order
from .reading.readers import read_interactions
from .report import Dropped, Report
from .splits import Split, leave_one_out
from .temporal import temporal_split
from .windows import pad_windows
from .worlds import WORLDS, OracleModel, World, simulate

__all__ = [
    "WORLDS",
    "Batch",
    "Cases",
    "DataError",
    "DirtyLog",
    "Dropped",
    "FeatureNormalisation",
    "Interactions",
    "LengthNormalisation",
    "OracleModel",
    "Report",
    "Split",
    "World",
    "add_dirt",
    "batches",
    "cache_folder",
    "clock_faults",
    "drop_duplicates",
    "drop_echoes",
    "drop_users",
    "echoes",
    "k_core",
    "later_share",
    "leave_one_out",
    "load_source",
    "log_gaps",
    "long_sessions",
    "machine_users",
    "mend_clocks",
    "movielens",
    "pad_windows",
    "padding_share",
    "permute_order",
    "precision_recall",
    "read_interactions",
    "sessions",
    "shuffled",
    "simulate",
    "temporal_split",
]
