"""A p-value that may be looked at after every user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _p(
    old: Tensor, new: Tensor, variance: float, scale: float, *,
    arms: float = 2.0, running: bool = True, root: bool = True, cap: bool = True,
    mean: bool = True, squared: bool = True,
) -> Tensor:  # fmt: skip
    n = torch.arange(1, len(old) + 1, dtype=torch.float64)
    difference = (new - old).double().cumsum(0)
    difference = difference / n if mean else difference
    v, t2 = arms * variance, scale**2 if squared else scale
    ratio = torch.exp(n**2 * t2 * difference**2 / (2 * v * (v + n * t2)))
    ratio = ratio * (v / (v + n * t2)) ** (0.5 if root else 1.0)
    best = ratio.cummax(0).values if running else ratio
    return (1 / best).clamp(max=1.0) if cap else 1 / best


def p_at_every_user(old: Tensor, new: Tensor, variance: float, scale: float) -> Tensor:
    """old, new: (n,), variance, scale: float. Returns (n,)."""
    return _p(old, new, variance, scale)


def _known(**changes: Any) -> Callable:
    return lambda old, new, variance, scale: _p(old, new, variance, scale, **changes)


def _probes() -> list[Probe]:
    chance = torch.Generator().manual_seed(131)

    def case(about: str, n: int, shift: float, variance: float, scale: float) -> Probe:
        drawn = torch.randn(2, n, generator=chance, dtype=torch.float64) * variance**0.5
        drawn[1, : n // 2] += shift  # the difference goes away again
        return Probe(about, (drawn[0], drawn[1], variance, scale))

    small = (torch.tensor([0.0, 1.0, 0.0]).double(), torch.tensor([2.0, 3.0, 0.0]).double(), 0.5, 2.0)
    return [
        Probe("three users of each arm", small),
        case("a difference that goes away", 12, 3.0, 1.7, 0.8),
        case("a loss", 30, -2.0, 0.6, 0.3),
    ]


EXERCISE = Exercise(
    name="p-at-every-user",
    reference=p_at_every_user,
    probes=_probes,
    mutants=(
        Mutant(
            "one-arm",
            "V is the variance of the difference of two users, and here it is that of one.",
            _known(arms=1.0),
        ),
        Mutant(
            "now-alone",
            "The p-value rises again when the difference goes away. What was seen cannot be unseen.",
            _known(running=False),
        ),
        Mutant("no-root", "The factor before the exponential is a square root.", _known(root=False)),
        Mutant("above-one", "A probability is at most 1.", _known(cap=False)),
        Mutant("sums", "d is the difference of the means, not of the sums.", _known(mean=False)),
        Mutant("scale-once", "The scale stands in the formula as a square.", _known(squared=False)),
    ),
    hints=(
        "Do the first user of the first probe by hand: n is 1 and d is 2.",
        "Compute the ratio at every n at once, with cumulative means; then ask which ratios have been seen "
        "by then.",
    ),
)
