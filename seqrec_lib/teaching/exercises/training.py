"""The one way in which exercises train a model: a recipe, what to change in it, a split."""

from __future__ import annotations

from dataclasses import fields

import torch
from torch import nn

from ...data.splits import Split
from ...models import RECIPES, Settings, build, recipe_settings
from ...training import fit


def train_on(split: Split, recipe: str, seed: int = 0, device: str = "auto", **changes: object) -> nn.Module:
    """Train ``recipe`` on ``split`` and return the model.

    Args:
        recipe: the name of a recipe, with its own settings of model and training.
        changes: settings of the model or of training, by name, instead of the recipe's. The longest
            history is the split's unless ``max_len`` says otherwise.

    Raises:
        ValueError: no such recipe, or a setting or a value that it cannot have.
    """
    of_model = {field.name for field in fields(Settings)}
    shape = {name: value for name, value in changes.items() if name in of_model}
    how = {name: value for name, value in changes.items() if name not in of_model}
    torch.manual_seed(seed)
    model = build(recipe_settings(recipe, split.log.n_items, **{"max_len": split.max_len, **shape}))
    fit(model, split, seed=seed, device=device, progress=False, **{**RECIPES[recipe].training, **how})
    return model
