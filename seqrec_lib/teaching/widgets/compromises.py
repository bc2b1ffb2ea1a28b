"""Compromises between clicks and purchases: a user's list as a weight moves, and where all lists stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from ...goals import Shelf, list_worth
from ...messages import message
from .view import View

SHOWN = 5  # places of a list that the view shows; its figures are of the whole list


def compromises(
    shelf: Shelf,
    ways: Mapping[str, Tensor],
    weights: Sequence[float],
    titles: Sequence[str],
    people: Sequence[int],
) -> View:
    """A view of lists that weigh clicks against purchases.

    Args:
        shelf: what items are worth for each of ``M`` requests. ways: name of who chose the items to its
            lists, ``(W, M, K)``, one for each of the ``W`` weights. titles: ``(V+1,)``. people: whose lists
            are shown, by request.

    Raises:
        ValueError: no way, or lists that do not fit the weights.
    """
    if not ways or any(len(lists) != len(weights) for lists in ways.values()):
        raise ValueError("give one way at least, each with lists for every weight")
    data = {
        "words": _words(),
        "weights": [round(float(each), 4) for each in weights],
        "people": len(people),
        "ways": [
            {"name": name, **_front(shelf, lists), "lists": [_shown(shelf, lists, n) for n in people]}
            for name, lists in ways.items()
        ],
        "items": [
            {"title": titles[item], "price": round(float(shelf.price[item]), 2)}
            for item in range(len(titles))
        ],
    }
    return View("compromises", message("Move the weight between clicks and purchases: what is shown?"), data)


def _front(shelf: Shelf, lists: Tensor) -> dict[str, list[float]]:
    """Means over all requests, one a weight."""
    found = [list_worth(shelf, each).means() for each in lists]
    return {key: [round(point[key], 4) for point in found] for key in ("clicks", "purchases", "price")}


def _shown(shelf: Shelf, lists: Tensor, request: int) -> list[list[list[float]]]:
    """For each weight the first items: ``[item, p(click), p(click and purchase)]``, at the first place."""
    return [
        [
            [
                item,
                round(float(shelf.click[request, item]), 3),
                round(float(shelf.purchase[request, item]), 3),
            ]
            for item in each[request, :SHOWN].tolist()
        ]
        for each in lists
    ]


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("Clicks or purchases?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "move the weight from clicks to purchases, and watch the list and the last columns."
        ),
        "choose": message("The lists"),
        "way": message("chosen by"),
        "person": message("shown for"),
        "user": message("user {n}"),
        "weight": message("weight of purchases:"),
        "across": message("expected clicks a list"),
        "up": message("expected purchases a list"),
        "here": message("this weight"),
        "list": message("The first places of this user's list"),
        "columns": [message("item"), message("price"), message("p(click)"), message("p(both)")],
        "told": message(
            "With weight {weight}, a list brings {clicks} clicks and {purchases} purchases on average, and "
            "its items cost {price}."
        ),
        "alt": message(
            "Curves of purchases over clicks, one for each way to choose. {name} goes from {clicks} clicks "
            "and {purchases} purchases to {clicksLast} and {purchasesLast}; the mark has weight {weight}."
        ),
        "table": message("The data of this figure"),
    }
