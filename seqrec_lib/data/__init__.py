"""Data: read a log, check it, filter it, split it, pad it; or simulate one.

What a model needs is imported at once; reading, getting, preparing and the worlds when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .batch import Batch, Cases
from .batching import batches, shuffled
from .errors import DataError
from .filters import drop_duplicates, k_core
from .interactions import Interactions
from .measures import later_share, log_gaps, padding_share
from .report import Dropped, Report
from .splits import Split, leave_one_out
from .temporal import temporal_split
from .windows import pad_windows

if TYPE_CHECKING:
    from .elsewhere import given_split
    from .getting import cache_folder, load_source, movielens
    from .preparing import (
        DirtyLog,
        FeatureNormalisation,
        LengthNormalisation,
        add_dirt,
        clock_faults,
        drop_echoes,
        drop_users,
        echoes,
        long_sessions,
        machine_users,
        mend_clocks,
        permute_order,
        precision_recall,
        sessions,
    )
    from .reading import Catalogue, read_catalogue, read_interactions
    from .worlds import OUTLOOK, WORLDS, OracleModel, World, simulate

_WHEN_ASKED = {
    "elsewhere": ("given_split",),
    "getting": ("cache_folder", "load_source", "movielens"),
    "preparing": (
        *("DirtyLog", "FeatureNormalisation", "LengthNormalisation", "add_dirt", "clock_faults"),
        *("drop_echoes", "drop_users", "echoes", "long_sessions", "machine_users", "mend_clocks"),
        *("permute_order", "precision_recall", "sessions"),
    ),
    "reading": ("Catalogue", "read_catalogue", "read_interactions"),
    "worlds": ("OUTLOOK", "WORLDS", "OracleModel", "World", "simulate"),
}
_ROOM = {name: room for room, names in _WHEN_ASKED.items() for name in names}

__all__ = [
    "OUTLOOK",
    "WORLDS",
    "Batch",
    "Cases",
    "Catalogue",
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
    "given_split",
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
    "read_catalogue",
    "read_interactions",
    "sessions",
    "shuffled",
    "simulate",
    "temporal_split",
]


def __getattr__(name: str) -> object:
    """The names of the rooms that are imported when they are asked for."""
    if name in _ROOM:
        return getattr(import_module(f".{_ROOM[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
