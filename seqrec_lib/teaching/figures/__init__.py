"""Figures of the book: inline SVG in one style, each with words and its data."""

from .curves import curves
from .picture import Picture, show, table
from .plots import attention_heatmap, by_distance, ladder, looked_at, pairs, spread
from .speed import exponent, growth, rates
from .tabs import Tabs

__all__ = [
    "Picture",
    "Tabs",
    "attention_heatmap",
    "by_distance",
    "curves",
    "exponent",
    "growth",
    "ladder",
    "looked_at",
    "pairs",
    "rates",
    "show",
    "spread",
    "table",
]
