"""Figures of the book: inline SVG in one style, each with words and its data."""

from .attention_pictures import attention_heatmap, by_distance, looked_at
from .boxes import boxes, squares
from .explanation_pictures import side_by_side
from .goal_pictures import fronts
from .lines import curves, training_course
from .picture import Picture, show, table
from .result_pictures import ladder, pairs, parts, spread
from .seed_dots import seed_dots
from .speed import exponent, growth, rates, step_costs
from .tabs import Tabs
from .training_pictures import differences, own_and_fresh

__all__ = [
    "Picture",
    "Tabs",
    "attention_heatmap",
    "boxes",
    "by_distance",
    "curves",
    "differences",
    "exponent",
    "fronts",
    "growth",
    "ladder",
    "looked_at",
    "own_and_fresh",
    "pairs",
    "parts",
    "rates",
    "seed_dots",
    "show",
    "side_by_side",
    "spread",
    "step_costs",
    "squares",
    "table",
    "training_course",
]
