"""Find vectors on which product, distance, angle and length have different winners."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST_NUMBERS = 24


def by_product(query: Tensor, items: Tensor) -> Tensor:
    """query: (D,), items: (n, D). Returns the place of the best item, from 0."""
    return (items @ query).argmax()


def by_distance(query: Tensor, items: Tensor) -> Tensor:
    return (items - query).norm(dim=1).argmin()


def by_angle(query: Tensor, items: Tensor) -> Tensor:
    return (items @ query / items.norm(dim=1)).argmax()


def by_length(query: Tensor, items: Tensor) -> Tensor:
    return items.norm(dim=1).argmax()


def _ready(query: object, items: object) -> tuple | str:
    """The arguments as the functions take them, or what is wrong with them."""
    q, rows = (torch.as_tensor(each).detach() for each in (query, items))
    q, rows = (each if each.is_floating_point() else each.float() for each in (q, rows))
    if q.ndim != 1 or rows.ndim != 2 or rows.shape[1:] != q.shape or not 0 < rows.numel() <= MOST_NUMBERS:
        return message("`query` should be (D,) and `items` (n, D) with {n} numbers at most.", n=MOST_NUMBERS)
    if not bool(torch.isfinite(q).all()) or not bool(torch.isfinite(rows).all()):
        return message("The vectors hold numbers that are not finite.")
    if bool((rows.norm(dim=1) == 0).any()):
        return message("A row of `items` is all zeros: it has no angle.")
    scores = rows @ q
    if int((scores == scores.max()).sum()) > 1:
        return message("Two items share the largest product: then there is no one right answer.")
    return q, rows


def _example() -> tuple[Tensor, Tensor]:
    return torch.tensor([1.0, 0.0]), torch.tensor([[3.0, 3.0], [1.0, 0.2], [0.1, 0.0], [-9.0, 0.0]])


def _tries() -> dict[str, tuple[Tensor, Tensor]]:
    query = torch.tensor([1.0, 0.0])
    return {
        "by_distance": (query, torch.tensor([[1.5, 0.2], [0.1, 0.0], [-9.0, 0.0]])),
        "by_angle": (query, torch.tensor([[3.0, 0.0], [1.0, 0.2], [-9.0, 0.0]])),
        "by_length": (query, torch.tensor([[3.0, 3.0], [1.0, 0.2], [0.1, 0.0]])),
    }


EXERCISE = BreakingInput(
    name="metrics-disagree",
    right=by_product,
    rivals=(
        Rival(
            by_distance,
            "The item with the largest product is also the nearest. How long may an item be before "
            "it is far away?",
        ),
        Rival(
            by_angle,
            "The item with the largest product also has the smallest angle. What could it have instead of a "
            "good angle?",
        ),
        Rival(
            by_length,
            "The item with the largest product is also the longest. Which way could a longer one point?",
        ),
    ),
    ready=_ready,
    example=_example,
    arguments=("query", "items"),
    hints=(
        "Draw it in two dimensions, with the query along one axis.",
        "The winner by product may be long and slanted. Add a short item in line with the query, one "
        "near its "
        "tip, and a very long one that points away.",
    ),
    tries=_tries,
)
