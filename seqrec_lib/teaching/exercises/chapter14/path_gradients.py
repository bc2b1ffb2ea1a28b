"""Integrated gradients of any function, from its gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def path_gradients(gradient: Callable, x: Tensor, start: Tensor, points: int) -> Tensor:
    """gradient: (T, D) -> (T, D), x, start: (T, D), points: int. Returns (T,)."""
    shares = (torch.arange(points) + 0.5) / points
    mean = torch.stack([gradient(start + a * (x - start)) for a in shares]).mean(0)
    return ((x - start) * mean).sum(1)


def _known(shares=lambda n: (torch.arange(n) + 0.5) / n, factor=lambda x, start: x - start, origin=True):
    def answer(gradient, x, start, points):
        first = start if origin else torch.zeros_like(x)
        mean = torch.stack([gradient(first + a * (x - first)) for a in shares(points)]).mean(0)
        return (factor(x, start) * mean).sum(1)

    return answer


def not_summed_but_averaged(gradient, x, start, points):
    return path_gradients(gradient, x, start, points) / x.shape[1]


def total_not_mean(gradient, x, start, points):
    return path_gradients(gradient, x, start, points) * points


@dataclass(frozen=True, repr=False)
class _Bowl:
    """The gradient of log(1 + sum of squares) plus a product of neighbours: curved, and not alike in T."""

    scale: float

    def __call__(self, x: Tensor) -> Tensor:
        together = torch.zeros_like(x)
        together[1:] += x[:-1]
        together[:-1] += x[1:]
        return self.scale * (2 * x / (1 + (x * x).sum()) + 0.5 * together + (3 * x).sigmoid())


def _probes() -> list[Probe]:
    def numbers(seed: int, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()

    one, zero = torch.tensor([[1.0, -2.0]]).double(), torch.zeros(1, 2).double()
    return [
        Probe("one event of two features, from zero", (_Bowl(1.0), one, zero, 4)),
        Probe("three events, not from zero", (_Bowl(0.7), numbers(1, 3, 2), numbers(2, 3, 2), 5)),
        Probe("five events, three points", (_Bowl(2.0), 2 * numbers(3, 5, 4), numbers(4, 5, 4), 3)),
    ]


EXERCISE = Exercise(
    name="path-gradients",
    reference=path_gradients,
    probes=_probes,
    mutants=(
        Mutant(
            "at-the-end",
            "The gradient is taken at `x` alone: that is gradient times input, and it sees no path.",
            _known(shares=lambda n: torch.ones(1)),
        ),
        Mutant(
            "at-the-start",
            "The gradient is taken at `start` alone.",
            _known(shares=lambda n: torch.zeros(1)),
        ),
        Mutant(
            "no-distance",
            "The mean gradient is there; what it is multiplied by is missing.",
            _known(factor=lambda x, start: torch.ones_like(x)),
        ),
        Mutant(
            "times-x",
            "The mean gradient is multiplied by where the path ends, and not by how long it is.",
            _known(factor=lambda x, start: x),
        ),
        Mutant(
            "from-zero",
            "The path begins at zero whatever `start` is.",
            _known(origin=False),
        ),
        Mutant(
            "right-ends",
            "The points stand at the right ends of the pieces; the task asks for their middles.",
            _known(shares=lambda n: (torch.arange(n) + 1.0) / n),
        ),
        Mutant(
            "left-ends",
            "The points stand at the left ends of the pieces; the task asks for their middles.",
            _known(shares=lambda n: torch.arange(n) / n),
        ),
        Mutant("total", "The gradients are added up and not averaged.", total_not_mean),
        Mutant(
            "features-averaged", "An event's features are added up, not averaged.", not_summed_but_averaged
        ),
    ),
    hints=(
        "Write down the points of the path for `points` 2, as shares of the way.",
        "Average the gradients over the path first. What turns a slope into a difference of heights?",
    ),
)
