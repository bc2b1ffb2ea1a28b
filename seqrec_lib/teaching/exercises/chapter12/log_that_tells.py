"""A log on which three wrong ways to a user's last item each take another test item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST = 8


def _frequent(items: list[int]) -> set[int]:
    return {item for item, times in Counter(items).items() if times >= 2}


def _last(items: Tensor, times: Tensor, order: Callable[[int, int, int], tuple], kept: set[int]) -> int:
    rows = [
        (n, item, time) for n, (item, time) in enumerate(zip(items.tolist(), times.tolist(), strict=True))
    ]
    rows = sorted((row for row in rows if row[1] in kept), key=lambda row: order(*row))
    return rows[-1][1] if rows else 0


def last_of_a_log(items: Tensor, times: Tensor, others: Tensor) -> int:
    """items, times: (n,) of one user in file order, others: (m,) items of other users. Returns an item."""
    kept = _frequent(items.tolist() + others.tolist())
    return _last(items, times, lambda n, item, time: (time, n), kept)


def ties_by_item(items: Tensor, times: Tensor, others: Tensor) -> int:
    kept = _frequent(items.tolist() + others.tolist())
    return _last(items, times, lambda n, item, time: (time, item), kept)


def newest_first(items: Tensor, times: Tensor, others: Tensor) -> int:
    kept = _frequent(items.tolist() + others.tolist())
    return _last(items, times, lambda n, item, time: (time, -n), kept)


def filter_after_split(items: Tensor, times: Tensor, others: Tensor) -> int:
    every = set(items.tolist())
    target = _last(items, times, lambda n, item, time: (time, n), every)
    return target if target in _frequent(items.tolist() + others.tolist()) else 0


def _ready(items: object, times: object, others: object) -> tuple | str:
    columns = [torch.as_tensor(column) for column in (items, times, others)]
    if any(c.ndim != 1 or not 0 < len(c) <= MOST or c.dtype == torch.bool for c in columns):
        return message("`items`, `times` and `others` should be lists of 1 to {n} numbers each.", n=MOST)
    if len(columns[0]) != len(columns[1]):
        return message("`items` and `times` should be of one length: a time for each item.")
    if any(c.is_floating_point() or (c < 1).any() for c in (columns[0], columns[2])):
        return message("Items should be whole numbers from 1.")
    if not _frequent(columns[0].tolist() + columns[2].tolist()) & set(columns[0].tolist()):
        return message("No item of the user occurs twice in the log, so nothing is left to test.")
    return tuple(columns)


EXERCISE = BreakingInput(
    name="log-that-tells",
    right=last_of_a_log,
    rivals=(
        Rival(
            ties_by_item,
            "It puts rows of one time in the order of their items. Do two rows of yours tie at the end, the "
            "larger item first?",
        ),
        Rival(
            newest_first,
            "It sorts the newest first, stably, and turns the list round. What becomes of two rows of one "
            "time?",
        ),
        Rival(
            filter_after_split,
            "It takes the last item before it removes rare ones. Is the newest item of your user a rare one?",
        ),
    ),
    ready=_ready,
    example=lambda: ([7, 3, 9], [10, 10, 20], [7, 3, 3]),
    arguments=("items", "times", "others"),
    hints=(
        "Three rows of the user are enough. First make the two wrong orders show.",
        "Then put one more item behind, the newest of all, which nobody else has.",
    ),
    tries=lambda: {
        "ties_by_item": ([3, 7, 9], [10, 10, 20], [7, 3, 3]),
        "newest_first": ([3, 7, 3], [10, 10, 10], [7, 3]),
        "filter_after_split": ([7, 3], [10, 10], [7, 3]),
    },
)
