"""What a model refuses, and what it says."""

import re

import pytest
import torch
from tiny_models import MAX_LEN, V, model_of

from seqrec_lib.data import Batch
from seqrec_lib.models import RECIPES, NextItem, build, recipe_settings


def history(items, lengths):
    return Batch(items=torch.tensor(items), lengths=torch.tensor(lengths))


BATCHES = {
    "item 0 in a history": (history([[3, 0, 2]], [3]), "must be 1 to 11 (0 is padding); got 0"),
    "item beyond the catalogue": (history([[3, 12]], [2]), "must be 1 to 11 (0 is padding); got 12"),
    "beyond the catalogue in padding": (history([[3, 99]], [1]), "got 99"),
    "negative item": (history([[3, 2], [-4, 0]], [2, 1]), "got -4"),
    "too long": (
        history([[1] * (MAX_LEN + 1)], [MAX_LEN + 1]),
        "a history has 10 items; this model takes at",
    ),
    "empty history": (history([[1, 2], [0, 0]], [2, 0]), "a history is empty"),
}


def in_company(dirty):
    """The dirty batch below a clean row."""
    steps = dirty.items.shape[1]
    clean = torch.arange(1, steps + 1).clamp(max=V)[None]
    return Batch(
        items=torch.cat([clean, dirty.items]), lengths=torch.cat([torch.tensor([steps]), dirty.lengths])
    )


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("batch, words", BATCHES.values(), ids=BATCHES)
def test_bad_batches_raise(name, batch, words):
    model = model_of(name)
    for ask in (model.hidden, model.score) if isinstance(model, NextItem) else (model.score,):
        for given in (batch, in_company(batch)):
            with pytest.raises(ValueError, match=re.escape(words)):
                ask(given)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"dim": 0}, "dim is 0"),
        ({"max_len": 0}, "max_len is 0"),
        ({"layers": 0}, "layers is 0"),
        ({"heads": 0}, "heads is 0"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"dropout": -0.1}, "dropout is -0.1"),
        ({"head": "fm"}, "unknown head 'fm': use one of mlp, dot"),
        ({"encoder": "ltsm"}, "unknown encoder 'ltsm': did you mean lstm? use one of rnn, lstm, gru, none"),
        ({"attention": "softmax"}, "unknown attention 'softmax'"),
        ({"heads": 3}, "3 heads do not divide dim 64"),
        ({"layer": 2}, "unknown setting of lstm-attention 'layer': did you mean layers"),
    ],
)
def test_bad_settings_raise(changes, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        build(recipe_settings("lstm-attention", V, **changes))


def test_a_catalogue_needs_items():
    with pytest.raises(ValueError, match="n_items is 0"):
        recipe_settings("gru4rec", 0)


@pytest.mark.parametrize("name, near", [("lstm-atention", "lstm-attention"), ("gru4", "gru4rec")])
def test_unknown_recipes_give_the_nearest(name, near):
    with pytest.raises(ValueError, match=f"unknown model '{name}': did you mean {near}"):
        recipe_settings(name, V)


def test_a_recipe_like_none_lists_all():
    with pytest.raises(ValueError, match="unknown model 'zzz': use one of lstm-attention, "):
        recipe_settings("zzz", V)
