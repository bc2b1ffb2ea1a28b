"""Making a trained model smaller, and measuring what that costs: bytes, quality, lists, milliseconds."""

from __future__ import annotations

from .kept_models import committed
from .layers import Int8Linear, quantise_layers
from .measuring import bytes_of, kept_top, latencies, percentile
from .runs import compress_run
from .tables import METHODS, compressed, with_table

__all__ = [
    "METHODS",
    "Int8Linear",
    "bytes_of",
    "committed",
    "compress_run",
    "compressed",
    "kept_top",
    "latencies",
    "percentile",
    "quantise_layers",
    "with_table",
]
