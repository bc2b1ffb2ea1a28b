"""Lengths and a share at which three wrong ways to count gaps show."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST_ROWS, LONGEST = 4, 50


def gaps_of_each_row(lengths: Tensor, share: float) -> Tensor:
    """lengths: (B,), share: float. Returns (B,)."""
    return (share * lengths).round().clamp(min=1)


def at_least_none(lengths: Tensor, share: float) -> Tensor:
    return (share * lengths).round()


def rounded_up(lengths: Tensor, share: float) -> Tensor:
    return (share * lengths).ceil()


def same_for_all(lengths: Tensor, share: float) -> Tensor:
    return (share * lengths.max()).round().clamp(min=1).expand(len(lengths))


def _ready(lengths: object, share: object) -> tuple | str:
    """The arguments as the functions take them, or what is wrong with them."""
    rows = torch.as_tensor(lengths).detach()
    if rows.ndim != 1 or not 0 < len(rows) <= MOST_ROWS:
        return message("`lengths` should be (B,), with {n} rows at most.", n=MOST_ROWS)
    if bool((rows != rows.round()).any()) or not 1 <= int(rows.min()) <= int(rows.max()) <= LONGEST:
        return message("Lengths should be whole numbers from 1 to {n}.", n=LONGEST)
    if not 0 < float(share) <= 1:  # type: ignore[arg-type]
        return message("`share` should be above 0 and at most 1.")
    return rows.double(), float(share)  # type: ignore[arg-type]


EXERCISE = BreakingInput(
    name="rows-that-tell",
    right=gaps_of_each_row,
    rivals=(
        Rival(at_least_none, "It hides nothing in some rows. How short must a row be for that?"),
        Rival(rounded_up, "It rounds up. For which length does the nearest number lie below?"),
        Rival(same_for_all, "It counts by the longest row. Do your rows differ enough in length?"),
    ),
    ready=_ready,
    example=lambda: (torch.tensor([2, 11, 40]), 0.2),
    arguments=("lengths", "share"),
    hints=(
        "One row can show one mistake and another row another. What would each row have to be?",
        "Work out share times length for each row, and see to which side it is rounded.",
    ),
    tries=lambda: {
        "at_least_none": (torch.tensor([11, 40]), 0.2),
        "rounded_up": (torch.tensor([2, 10, 40]), 0.2),
        "same_for_all": (torch.tensor([1, 4]), 0.3),
    },
)
