"""Named recipes: which parts, which settings, and how they are trained by default."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass, field, fields

from .seqrec import SeqRec
from .settings import Settings


@dataclass(frozen=True)
class Recipe:
    """A named model.

    Attributes:
        about: one line. source: where it comes from.
        settings: what differs from the defaults of :class:`Settings`.
        training: defaults of ``fit`` for this model.
    """

    about: str
    source: str
    settings: dict[str, object]
    training: dict[str, object] = field(default_factory=dict)


_TRAINING = {
    "loss": "ce",
    "epochs": 30,
    "batch_size": 32,
    "lr": 4e-3,
    "weight_decay": 1e-2,
    "schedule": "cosine",
    "patience": 8,
}
_ARTICLE = {"encoder": "lstm", "attention": "scaled", "head": "mlp"}

RECIPES: dict[str, Recipe] = {
    "lstm-attention": Recipe(
        "the article's model: LSTM, causal self-attention over its states, MLP",
        "chapter 1 of this book",
        _ARTICLE,
        _TRAINING,
    ),
    "lstm-mean": Recipe(
        "lstm-attention with every earlier state weighing the same: attention taken away",
        "chapter 1 of this book",
        {**_ARTICLE, "attention": "mean"},
        _TRAINING,
    ),
    "gru4rec": Recipe(
        "GRU, its last state against the item vectors",
        "Hidasi et al. 2016, with full cross-entropy and tied item vectors",
        {"encoder": "gru", "attention": "none", "head": "dot", "distance": False},
        _TRAINING,
    ),
}

_SASREC = {
    "encoder": "transformer", "layers": 2, "heads": 1, "attention": "none", "head": "dot", "distance": False,
    "dropout": 0.1, "max_len": 200,
    "scale_items": True,
}  # fmt: skip
RECIPES["sasrec"] = Recipe(
    "SASRec: causal Transformer blocks, tied item vectors, full cross-entropy",
    "Kang & McAuley 2018; trained as by Klenitskiy & Vasilev 2023",
    _SASREC,
    {
        **_TRAINING,
        "epochs": 100,
        "batch_size": 128,
        "lr": 1e-3,
        "weight_decay": 0.0,
        "schedule": "constant",
        "patience": 10,
        "precision": "auto",
    },
)
RECIPES["gsasrec"] = Recipe(
    "SASRec trained with gBCE",
    "Petrov & Macdonald 2023",
    _SASREC,
    # gBCE first pushes every score far below 0, and these first gradients are by far the largest. With a
    # memory of 1,000 steps (.999) they keep the later steps tiny, and the model stands still at popularity;
    # Kang & McAuley's own code has .98. Small batches give it the steps that it needs; on a small log
    # it still stands at popularity for ten epochs, and patience must outlast that.
    {
        **RECIPES["sasrec"].training,
        "loss": "gbce",
        "negatives": 256,
        "batch_size": 16,
        "lr": 2e-3,
        "beta2": 0.98,
        "patience": 20,
    },
)


def find_recipe(name: str) -> Recipe:
    """The recipe called ``name``. Raises ValueError: there is none (the nearest names are given)."""
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(name, RECIPES, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(RECIPES)}"
    raise ValueError(f"unknown model {name!r}: {hint}")


def recipe_settings(name: str, n_items: int, **overrides: object) -> Settings:
    """Settings of the recipe ``name`` for a catalogue of ``n_items``, with ``overrides``.

    Raises:
        ValueError: unknown recipe, or an override that is no setting (the nearest are given).
    """
    recipe = find_recipe(name)
    known = [f.name for f in fields(Settings)]
    for key in overrides:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=3)
            raise ValueError(
                f"unknown model setting {key!r}: {'did you mean ' + ', '.join(near) + '?' if near else known}"
            )
    return Settings(**{"model": name, "n_items": n_items, **recipe.settings, **overrides})


def build(settings: Settings) -> SeqRec:
    """A new model with these settings; its weights come from torch's global random state."""
    return SeqRec(settings)


def settings_to_dict(settings: Settings) -> dict[str, object]:
    """Plain values for JSON."""
    return asdict(settings)
