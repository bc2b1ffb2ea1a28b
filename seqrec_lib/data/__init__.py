"""Data: read a log, check it, filter it, split it, pad it; or simulate one."""

from .cleaning import (
    drop_echoes,
    drop_users,
    echoes,
    long_sessions,
    machine_users,
    precision_recall,
    sessions,
)
from .clocks import clock_faults, mend_clocks
from .dirt import DirtyLog, add_dirt
from .download import cache_folder, movielens
from .errors import DataError
from .filters import drop_duplicates, k_core
from .gaps import log_gaps
from .interactions import Interactions
from .leaks import later_share
from .normalise import FeatureNormalisation, LengthNormalisation
from .readers import read_interactions
from .report import Dropped, Report
from .sequences import Batch, Cases, batches, pad_windows, shuffled
from .shuffle import permute_order
from .sources import load_source
from .splits import Split, leave_one_out
from .temporal import temporal_split
from .waste import padding_share
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
