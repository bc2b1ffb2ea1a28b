"""Getting: published logs by name, downloaded once and checked, and whatever a source names."""

from .download import cache_folder, movielens
from .sources import load_source

__all__ = ["cache_folder", "load_source", "movielens"]
