"""Find gradients and shares at which three ways to combine ranks point somewhere else."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST = 6


def weighted(gradients: Tensor, counts: Tensor) -> Tensor:
    """gradients: (W,), counts: (W,). Returns one number."""
    return (counts * gradients).sum() / counts.sum()


def mean_of_means(gradients: Tensor, counts: Tensor) -> Tensor:
    return gradients.mean()


def heaviest_rank(gradients: Tensor, counts: Tensor) -> Tensor:
    return gradients[counts.argmax()]


def by_root(gradients: Tensor, counts: Tensor) -> Tensor:
    return (counts.sqrt() * gradients).sum() / counts.sqrt().sum()


def _other_way(right: object, wrong: object) -> bool:
    return float(right) * float(wrong) < 0 and abs(float(right) - float(wrong)) > 0.01  # type: ignore[arg-type]


def _ready(gradients: object, counts: object) -> tuple | str:
    slopes, shares = torch.as_tensor(gradients).double(), torch.as_tensor(counts).double()
    if slopes.dim() != 1 or slopes.shape != shares.shape:
        return message("gradients and counts are (W,) each, of one length.")
    if not 2 <= len(slopes) <= MOST:
        return message("Give 2 to {most} ranks, each with a gradient and a count.", most=MOST)
    if not bool((shares == shares.round()).all()) or not bool(((shares >= 0) & (shares <= 1000)).all()):
        return message("A count is a whole number from 0 to 1,000.")
    if not float(shares.sum()):
        return message("No rank has a target.")
    if not bool((slopes.abs() <= 10).all()):
        return message("A gradient lies between -10 and 10 here.")
    return slopes, shares


def _example() -> tuple:
    return torch.tensor([1.0, -1.0, -1.0, 9.0]), torch.tensor([60, 50, 50, 1])


def _tries() -> dict[str, tuple]:
    return {
        "mean_of_means": (torch.tensor([1.0, -0.5]), torch.tensor([20, 20])),
        "heaviest_rank": (torch.tensor([-1.0, 3.0]), torch.tensor([100, 1])),
        "by_root": (torch.tensor([1.0, -1.0, -1.0, 3.0]), torch.tensor([60, 50, 50, 1])),
    }


EXERCISE = BreakingInput(
    name="gradients-that-mislead",
    right=weighted,
    rivals=(
        Rival(
            mean_of_means,
            "A mean of means goes wrong where a rank with few targets has a large gradient, the other way.",
            _other_way,
        ),
        Rival(
            heaviest_rank,
            "The rank with most targets decides here. Several others together may outweigh it.",
            _other_way,
        ),
        Rival(
            by_root,
            "Roots pull shares together. Let two ranks nearly balance, so that a little decides the sign.",
            _other_way,
        ),
    ),
    ready=_ready,
    example=_example,
    arguments=("gradients", "counts"),
    hints=(
        "Begin with two ranks of opposite sign and ask which one wins by each rule.",
        "Three ranks are enough for all: one heavy one, and others that together weigh a little more.",
    ),
    tries=_tries,
)
