"""More than one goal: which compromises there are, how good they are, and lists that make them.

``front`` says what is not dominated and how much a set of compromises covers, ``reranking`` makes lists by
weighted goals or by diversity, and ``lists`` says what a list is worth in a world, exactly.
"""

from .front import hypervolume, is_dominated, pareto_front
from .lists import ListWorth, Shelf, list_worth, shelf_of
from .reranking import best_lists, marginal_relevance, weighted

__all__ = [
    "ListWorth",
    "Shelf",
    "best_lists",
    "hypervolume",
    "is_dominated",
    "list_worth",
    "marginal_relevance",
    "pareto_front",
    "shelf_of",
    "weighted",
]
