"""Longer histories than any in training: what each form of position reads there, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ...attention import bucket
from ...messages import message
from ...results import Results
from .view import View

NAMES = {
    "start": "places from the oldest",
    "end": "places from the newest",
    "distance": "a number for each distance",
    "buckets": "buckets of distance",
    "alibi": "ALiBi",
    "rope": "RoPE",
    "times": "buckets of seconds",
}
TRAINED, NEVER, RULE = 0, 1, 2


def what_is_read(form: str, items: int, trained: int) -> list[int]:
    """What the newest step reads of each of ``items`` items, the oldest first.

    0: a number that training has trained, 1: one that it never has, 2: nothing that is learned, at a distance
    that training has not seen. ``trained``: items of the longest row in training. Seconds do not depend on
    how many items there are, so ``times`` reads trained numbers here.
    """
    away = torch.arange(items - 1, -1, -1)  # (T,), of the oldest item first
    if form == "start":
        return [NEVER if place >= trained else TRAINED for place in range(items)]
    if form == "buckets":
        known = torch.isin(bucket(away), bucket(torch.arange(trained)))
        return [TRAINED if one else NEVER for one in known.tolist()]
    beyond = {"alibi": RULE, "rope": RULE, "times": TRAINED}.get(form, NEVER)
    return [beyond if far >= trained else TRAINED for far in away.tolist()]


def longer_histories(rows: Sequence[Mapping[str, Any]]) -> View:
    """A view of one model for each form of position, asked with more and more items.

    Args:
        rows: of the stored results ``time_places``: ``positions``, ``longest_trained``, ``by_kept``
            (``kept``, ``NDCG@10``). Rows of the shorter training, over the seeds, are the model; those of the
            longer are its twin, which may be missing.

    Raises:
        ValueError: no history is longer than in training.
    """
    lengths = sorted({row["longest_trained"] for row in rows})
    asked = [part["kept"] for part in rows[0]["by_kept"]]
    if not max(asked) > lengths[0]:
        raise ValueError(f"no history is longer than the {lengths[0]} items of training")
    forms = [
        {
            "name": message(name),
            "values": [round(figures_at(rows, form, lengths[0], kept).mean(), 4) for kept in asked],
            "twin": [
                round(figures_at(rows, form, length, kept).mean(), 4)
                for length in lengths[1:]
                for kept in asked
            ],
            "read": [what_is_read(form, items, lengths[0]) for items in asked],
        }
        for form, name in NAMES.items()
    ]
    data = {"words": _words(), "forms": forms, "asked": asked, "trained": lengths[0], "twin": lengths[-1]}
    label = message("Choose a form of position and a length of history: does the model know what it reads?")
    return View("longer_histories", label, data)


def figures_at(rows: Sequence[Mapping[str, Any]], form: str, trained: int, kept: int) -> Results:
    """NDCG@10 with ``kept`` items, one row a seed, of the form that was trained with up to ``trained``."""
    mine = [row["by_kept"] for row in rows if (row["positions"], row["longest_trained"]) == (form, trained)]
    found = [part["NDCG@10"] for parts in mine for part in parts if part["kept"] == kept]
    return Results(form, [{"test": {"NDCG@10": value}} for value in found])


def _words() -> dict[str, Any]:
    """Every sentence of the view."""
    return {
        "title": message("Longer than any history in training"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "compare places from the oldest with places from the newest. Then take a form that has learned "
            "no number, and see whether that keeps it safe."
        ),
        "choose": message("The model and its history"),
        "form": message("form of position"),
        "asked": message("items in the history:"),
        "strip": message("What the newest step reads of each item"),
        "oldest": message("oldest"),
        "newest": message("newest"),
        "kinds": [
            message("full: a number that was trained"),
            message("hollow: a number that was never trained"),
            message("half: nothing learned, but a new distance"),
        ],
        "read": message("{form}, {n} items: {trained} trained, {never} never trained, {rule} by a rule."),
        "across": message("items in the history"),
        "up": message("NDCG@10"),
        "model": message("trained with up to {n} items"),
        "told": message("With {n} items NDCG@10 is {value}; that is {by} against {trained} items. {twin}"),
        "twinTold": message("The twin, trained with up to {n}, has {value}."),
        "alt": message("NDCG@10 of {form}, asked with {low} to {high} items: from {first} to {last}."),
        "table": message("The data of this figure"),
    }
