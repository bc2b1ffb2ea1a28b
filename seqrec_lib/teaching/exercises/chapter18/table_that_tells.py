"""Find a table and a state for which three ways to make the table smaller put another item first."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

ITEMS, WIDTH = 6, 4


def best_item(table: Tensor, state: Tensor) -> Tensor:
    """table: (6, 4), state: (4,). Returns the item with the highest score, from 0."""
    return (table @ state).argmax()


def one_scale(table: Tensor, state: Tensor) -> Tensor:
    scale = table.abs().max() / 7
    return ((table / scale).round() * scale @ state).argmax()


def half_pruned(table: Tensor, state: Tensor) -> Tensor:
    middle = table.abs().flatten().sort().values[ITEMS * WIDTH // 2]
    return (table * (table.abs() >= middle) @ state).argmax()


def three_rows(table: Tensor, state: Tensor) -> Tensor:
    shared = (table[:3] + table[3:]) / 2
    return (torch.cat([shared, shared]) @ state).argmax()


def _apart(table: Tensor, state: Tensor) -> float:
    best = (table @ state).sort(descending=True).values
    return float(best[0] - best[1])


def _ready(table: object, state: object) -> tuple | str:
    try:
        rows, asked = (torch.as_tensor(each).detach().double() for each in (table, state))
    except (TypeError, ValueError, RuntimeError):
        return message("`table` should be (6, 4) numbers and `state` (4,).")
    if rows.shape != (ITEMS, WIDTH) or asked.shape != (WIDTH,):
        return message("`table` should be (6, 4) and `state` (4,): a row is an item.")
    if not bool(torch.isfinite(torch.cat([rows.flatten(), asked])).all()):
        return message("All numbers should be finite.")
    if float(torch.cat([rows.flatten(), asked]).abs().max()) > 100 or not float(rows.abs().max()):
        return message("Numbers should lie between -100 and 100, and the table must not be all zeros.")
    if _apart(rows, asked) < 0.01 * float(asked.norm()) or not float(asked.norm()):
        return message("Two items nearly tie for the first place: let the best one be clearly the best.")
    return rows, asked


SPREAD = [3.0, -3.0, 3.0, -3.0]  # large numbers that score nothing for a state of ones


def _example() -> tuple[Tensor, Tensor]:
    pair = [1.5, 1.5, 0.0, 0.0]
    rows = [SPREAD, [-40.0, 40.0, 0.0, 0.0], pair, SPREAD[::-1], [0.9] * WIDTH, pair]
    return torch.tensor(rows), torch.ones(WIDTH)


def _tries() -> dict[str, tuple[Tensor, Tensor]]:
    first = torch.eye(WIDTH)[0]
    longer = torch.zeros(ITEMS, WIDTH)
    longer[1, 1], longer[4, 0] = 40.0, 2.0
    alike = [SPREAD, [-40.0, 40.0, 0.0, 0.0], [0.9] * 4, [1.5, 1.5, 0.0, 0.0], [1.5, -1.5] * 2, [0.8] * 4]
    return {
        "one_scale": (torch.arange(1.0, ITEMS + 1)[:, None] * first, first),
        "half_pruned": (longer, first),
        "three_rows": (torch.tensor(alike), torch.ones(WIDTH)),
    }


EXERCISE = BreakingInput(
    name="table-that-tells",
    right=best_item,
    rivals=(
        Rival(
            one_scale,
            "One scale for the whole table finds the same item. What does one very long row do to the "
            "others?",
        ),
        Rival(
            half_pruned,
            "Pruning finds the same item. What if the best item has many small numbers and the others "
            "few large?",
        ),
        Rival(
            three_rows,
            "Shared rows find the same item. Who shares the row of the best item, and what if they differ?",
        ),
    ),
    ready=_ready,
    example=_example,
    arguments=("table", "state"),
    hints=(
        "Let the state look at some columns only, and let a row that scores nothing be very long.",
        "Items 0 and 3, 1 and 4, 2 and 5 share a row. Let the best item and its partner be opposites.",
    ),
    tries=_tries,
)
