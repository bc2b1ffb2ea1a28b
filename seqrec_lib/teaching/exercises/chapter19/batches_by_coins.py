"""Poisson batches: who is in, and what the sum is divided by."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _means(gradients: Tensor, coins: Tensor, rate: float, *,
           inside: Callable | None = None, by: Callable | None = None) -> Tensor:  # fmt: skip
    counts = (coins < rate).to(gradients.dtype) if inside is None else inside(coins, rate)  # (S, U)
    size = rate * coins.shape[1] if by is None else by(counts)
    return counts @ gradients / size


def batches_by_coins(gradients: Tensor, coins: Tensor, rate: float) -> Tensor:
    """gradients: (U, P), coins: (S, U), rate: float. Returns (S, P)."""
    return _means(gradients, coins, rate)


def _known(**changes) -> Callable:
    return lambda gradients, coins, rate: _means(gradients, coins, rate, **changes)


def _fixed(coins: Tensor, rate: float) -> Tensor:
    size = round(rate * coins.shape[1])
    return (coins.argsort(1).argsort(1) < size).double()


def _once_an_epoch(coins: Tensor, rate: float) -> Tensor:
    first = (coins < rate).double()
    return ((first.cumsum(0) == 1) & (first > 0)).double()


def _probes() -> list[Probe]:
    def case(about: str, users: int, steps: int, width: int, rate: float, seed: int):
        draw = torch.Generator().manual_seed(seed)
        gradients = torch.randn(users, width, generator=draw, dtype=torch.float64)
        return Probe(about, (gradients, torch.rand(steps, users, generator=draw, dtype=torch.float64), rate))

    return [
        case("six users, three steps", 6, 3, 2, 0.5, 0),
        case("ten users, of whom few come", 10, 6, 3, 0.2, 1),
        case("many steps", 12, 20, 4, 0.25, 3),
        case("nearly everybody", 11, 5, 2, 0.8, 4),
    ]


EXERCISE = Exercise(
    name="batches-by-coins",
    reference=batches_by_coins,
    probes=_probes,
    mutants=(
        Mutant(
            "fixed-size",
            "Every batch has the same size here. Then users depend on each other, and the accountant's sum "
            "does not hold for it.",
            _known(inside=_fixed),
        ),
        Mutant(
            "actual-size",
            "The sum is divided by how many came, which tells of each user whether they came. Divide by how "
            "many are expected.",
            _known(by=lambda counts: counts.sum(1, keepdim=True).clamp(min=1)),
        ),
        Mutant(
            "nobody-came",
            "The sum is divided by how many came. A batch may be empty, and how many came tells of each "
            "user. Divide by how many are expected.",
            _known(by=lambda counts: counts.sum(1, keepdim=True)),
        ),
        Mutant(
            "once-only",
            "A user who came once does not come again. Each step asks each user anew.",
            _known(inside=_once_an_epoch),
        ),
        Mutant(
            "others-come",
            "Those with a coin above the rate came. A user is in with chance `rate`.",
            _known(inside=lambda coins, rate: (coins >= rate).double()),
        ),
        Mutant(
            "all-users",
            "The sum is divided by all users, as if everybody were expected.",
            _known(by=lambda counts: counts.shape[1]),
        ),
        Mutant("sum", "This is the sum. It is divided by the expected size.", _known(by=lambda counts: 1.0)),
    ),
    hints=(
        "One coin for each step and user: a table of who is in. How many come differs from step to step.",
        "What is known before anybody tosses a coin? That is what the sum may be divided by.",
    ),
)
