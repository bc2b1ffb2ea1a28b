"""Preparing: dirt found and cleaned, clocks mended, features and lengths normalised, order taken away."""

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
from .normalise import FeatureNormalisation, LengthNormalisation
from .shuffle import permute_order

__all__ = [
    "DirtyLog",
    "FeatureNormalisation",
    "LengthNormalisation",
    "add_dirt",
    "clock_faults",
    "drop_echoes",
    "drop_users",
    "echoes",
    "long_sessions",
    "machine_users",
    "mend_clocks",
    "permute_order",
    "precision_recall",
    "sessions",
]
