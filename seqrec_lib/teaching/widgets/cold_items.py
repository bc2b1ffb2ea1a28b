"""Items that arrive late: what is known of one, whom it is like, and how far up each model puts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...messages import message
from .view import View


@dataclass(frozen=True)
class ColdItem:
    """One late item.

    Attributes:
        title: of the item. said: its text. cases: how often it was the next item in the test.
        near: for each part of items by name, the titles of the items that training knows and that are most
            like it in this part, nearest first.
        places: for each model by name, the mean place of the item where it was the next one; 1 is best.
    """

    title: str
    said: str
    cases: int
    near: Mapping[str, Sequence[str]]
    places: Mapping[str, float]


def cold_items(items: Sequence[ColdItem]) -> View:
    """A view of late items.

    Raises:
        ValueError: no items, items with different parts or models, or a part with nobody near.
    """
    if not items or any(
        list(one.near) != list(items[0].near) or list(one.places) != list(items[0].places) for one in items
    ):
        raise ValueError("give at least one item, all with the same parts and the same models")
    if not items[0].near or any(not titles for one in items for titles in one.near.values()):
        raise ValueError("each part needs at least one item that is near")
    data = {
        "words": _words(),
        "parts": list(items[0].near),
        "models": list(items[0].places),
        "worst": max(max(one.places.values()) for one in items),
        "items": [
            {
                "title": one.title,
                "said": one.said,
                "cases": one.cases,
                "near": [list(titles) for titles in one.near.values()],
                "places": [round(place, 1) for place in one.places.values()],
            }
            for one in items
        ],
    }
    return View(
        "cold_items", message("Choose a late item: who is like it, and where do models put it?"), data
    )


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("An item that hardly anybody has met"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "go through the items. Where text puts one far up, look whether the items that are like it in "
            "text are of its own family. Then look at the image."
        ),
        "choose": message("The item"),
        "item": message("late item"),
        "part": message("likeness by"),
        "says": message("Its text:"),
        "near": message("Items that training knows, most alike first"),
        "places": message("mean place when it came next (1 is best)"),
        "told": message(
            "“{title}” came next {cases} times. Mean places: {best} by the oracle, {first} by {model}, "
            "which is the best of the models."
        ),
        "alt": message("Bars of the mean place of {title}: {list}."),
        "oracle": message("oracle"),
    }
