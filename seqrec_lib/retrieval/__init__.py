"""Retrieval: from a matrix of item vectors to the k best items for a query, exactly or nearly."""

from .folder import load_index, open_index, save_index
from .index import KINDS, METRICS, ExactIndex, Found, ItemIndex
from .libraries import build_index
from .negatives import RecalledObjective
from .recall import recall_at_k
from .search import search_allowed
from .stages import Indexed, TwoStage

__all__ = [
    "KINDS",
    "METRICS",
    "ExactIndex",
    "Found",
    "Indexed",
    "ItemIndex",
    "RecalledObjective",
    "TwoStage",
    "build_index",
    "load_index",
    "open_index",
    "recall_at_k",
    "save_index",
    "search_allowed",
]
