"""Every recipe by its name. A family's file is imported when one of its recipes is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from ..messages import InputError, unknown
from .recipe import Recipe, check_known
from .recommender import Model
from .settings import Settings

# The recipe's name and the file in this room that holds it. A new model adds its file and a line here.
FILES = {
    "lstm-attention": "seqrec",
    "lstm-mean": "seqrec",
    "gru4rec": "seqrec",
    "sasrec": "sasrec",
    "gsasrec": "sasrec",
    "bi-attention": "bi_attention",
    "two-level": "two_level",
    "logistic": "factorisation",
    "fm": "factorisation",
    "mlp-clicks": "mlp_clicks",
    "din": "din",
    "dien": "dien",
    "narm": "narm",
    "stamp": "stamp",
    "transformer-xl": "transformer_xl",
    "lru": "lru",
    "tisasrec": "tisasrec",
    "hstu": "hstu",
    "bert4rec": "bert4rec",
    "caser": "caser",
    "nextitnet": "nextitnet",
    "bpr-mf": "bpr_mf",
    "modal": "modal",
    "unisrec": "unisrec",
    "semantic-ids": "semantic",
    "reinforce": "reinforce",
    "sqn": "sqn",
    "sac": "sqn",
    "decision-transformer": "decision_transformer",
    "shared-bottom": "several_tasks",
    "mmoe": "several_tasks",
    "ple": "several_tasks",
    "esmm": "several_tasks",
    "cl4srec": "contrastive",
    "duorec": "contrastive",
}


class _Recipes(Mapping[str, Recipe]):
    """The recipes, each read from its file when it is looked up."""

    def __getitem__(self, name: str) -> Recipe:
        module = import_module(f".{FILES[name]}", __package__)
        return module.RECIPES[name]

    def __iter__(self) -> Iterator[str]:
        return iter(FILES)

    def __len__(self) -> int:
        return len(FILES)


RECIPES: Mapping[str, Recipe] = _Recipes()


def find_recipe(name: str) -> Recipe:
    """The recipe called ``name``. Raises InputError: there is none (the nearest names are given)."""
    if name not in FILES:
        raise InputError(unknown("model", name, FILES))
    return RECIPES[name]


def recipe_settings(name: str, n_items: int, **changes: Any) -> Settings:
    """Settings of the recipe ``name`` for a catalogue of ``n_items``, with ``changes``.

    Raises:
        InputError: unknown recipe, or a change that is no setting of it or would change nothing.
    """
    return find_recipe(name).with_settings(name, n_items, **changes)


def settings_from_dict(plain: Mapping[str, Any]) -> Settings:
    """The settings that :meth:`Settings.as_dict` made plain. What is newer than they are has its default.

    Raises:
        InputError: no known model, or what is no setting of its family.
    """
    rest = {name: value for name, value in plain.items() if name not in ("model", "n_items")}
    name, n_items = str(plain.get("model")), plain.get("n_items")
    recipe = find_recipe(name)
    check_known(name, recipe.family, rest)
    return recipe.family(**{"model": name, "n_items": n_items, **rest})


def build(settings: Settings) -> Model:
    """A new model with these settings; its weights come from torch's global random state."""
    return settings.build()
