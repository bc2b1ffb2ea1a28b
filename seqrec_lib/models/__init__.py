"""Models: SeqRec, and the named recipes that join its parts."""

from .recipes import RECIPES, Recipe, build, find_recipe, recipe_settings, settings_to_dict
from .seqrec import SeqRec
from .settings import Settings

__all__ = [
    "RECIPES",
    "Recipe",
    "SeqRec",
    "Settings",
    "build",
    "find_recipe",
    "recipe_settings",
    "settings_to_dict",
]
