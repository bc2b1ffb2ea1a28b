"""A row of scores on which three wrong ways with ties are all too good."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST_ITEMS = 30


def _gain(rank: float, k: int) -> float:
    return 1 / math.log2(rank + 1) if rank <= k else 0.0


def _counts(scores: Tensor, target: int) -> tuple[int, int]:
    items = scores[1:]
    return int((items > scores[target]).sum()), int((items == scores[target]).sum())


def in_expectation(scores: Tensor, target: int, k: int) -> float:
    """scores: (V+1,), target: int, k: int. Returns NDCG@k, the mean over all orders of the equal items."""
    better, equal = _counts(scores, target)
    return sum(_gain(rank, k) for rank in range(better + 1, better + equal + 1)) / equal


def first_among_equals(scores: Tensor, target: int, k: int) -> float:
    better, _ = _counts(scores, target)
    return _gain(better + 1, k)


def at_the_mean_rank(scores: Tensor, target: int, k: int) -> float:
    better, equal = _counts(scores, target)
    return _gain(better + (equal + 1) / 2, k)


def by_sorting(scores: Tensor, target: int, k: int) -> float:
    order = scores[1:].argsort(descending=True, stable=True) + 1
    return _gain(order.tolist().index(target) + 1, k)


def too_high(right: object, wrong: object) -> bool:
    """Whether the wrong value is above the right one."""
    return float(np.asarray(wrong)) > float(np.asarray(right)) + 1e-6


def _ready(scores: object, target: object, k: object) -> tuple | str:
    """The arguments as the functions take them, or what is wrong with them."""
    x = torch.as_tensor(scores)
    if x.ndim != 1 or not 2 <= len(x) - 1 <= MOST_ITEMS or not bool(torch.isfinite(x[1:].float()).all()):
        return message(
            "`scores` should be (V+1,): a place for padding, then 2 to {n} finite scores.", n=MOST_ITEMS
        )
    wanted = []
    for name, value in (("target", target), ("k", k)):
        number = value.item() if isinstance(value, (Tensor, np.generic, np.ndarray)) else value
        if not isinstance(number, int) or not 1 <= number < len(x):
            return message("`{name}` should be a whole number from 1 to {n}.", name=name, n=len(x) - 1)
        wanted.append(number)
    return (x.double(), *wanted)


def _tries() -> dict[str, tuple]:
    return {
        "first_among_equals": (torch.tensor([0.0, 0.3, -0.2, 0.9, 0.5]), 1, 3),
        "at_the_mean_rank": (torch.tensor([0.0, 0.5, 0.5, 0.5, 0.5]), 1, 4),
        "by_sorting": (torch.tensor([0.0, 0.5, 0.5, 0.5, 0.5]), 4, 3),
    }


EXERCISE = BreakingInput(
    name="row-that-flatters",
    right=in_expectation,
    rivals=(
        Rival(
            first_among_equals,
            "It can flatter only where other items score exactly as the target does, and where its place is "
            "among the first k.",
            too_high,
        ),
        Rival(
            at_the_mean_rank,
            "While all places that the target may get lie within the first k, the gain at their mean is too "
            "low, since the discount falls more and more slowly. What if some of the places lie beyond k?",
            too_high,
        ),
        Rival(
            by_sorting,
            "A stable sort leaves equal items in the order of their columns. Where does it put your target?",
            too_high,
        ),
    ),
    ready=_ready,
    example=lambda: (torch.tensor([0.0, 0.5, 0.5, 0.5, 0.5, -0.1]), 1, 3),
    arguments=("scores", "target", "k"),
    hints=(
        "Begin with four items that all score the same, and work out by hand what each function returns for "
        "k = 1, 2, 3 and 4.",
        "Two of the three are a matter of equal scores and of the target's column. For the other one compare "
        "the gains of all places that the target may get with the gain at their mean: which k helps it?",
    ),
    tries=_tries,
)
