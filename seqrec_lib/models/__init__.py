"""Models: one file a family, their protocols, named recipes, and baselines that need no training."""

from .recipe import Recipe
from .recommender import Attentive, Model, NextItem, Recommender
from .registry import RECIPES, build, find_recipe, recipe_settings, settings_from_dict
from .seqrec import SeqRec
from .settings import Settings

__all__ = [
    "RECIPES",
    "Attentive",
    "Model",
    "NextItem",
    "Recipe",
    "Recommender",
    "SeqRec",
    "Settings",
    "build",
    "find_recipe",
    "recipe_settings",
    "settings_from_dict",
]
