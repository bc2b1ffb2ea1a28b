"""Integrated gradients of any function, with as many points as it takes until the shares add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

MOST = 256
DOUBLED = tuple(2**k for k in range(9))  # 1 to MOST


def _middles(n: int) -> Tensor:
    return (torch.arange(n) + 0.5) / n


def _shares(
    gradient: Callable, x: Tensor, start: Tensor, points: int, at=_middles, way=torch.sub, begin=None
) -> Tensor:
    """``(T,)``: the mean gradient on the way from ``begin``, times ``way(x, start)``."""
    first = start if begin is None else begin
    mean = torch.stack([gradient(first + a * (x - first)) for a in at(points)]).mean(0)
    return (way(x, start) * mean).sum(1)


def enough_points(
    gradient: Callable, value: Callable, x: Tensor, start: Tensor, off: float
) -> tuple[int, Tensor]:
    """gradient: (T, D) -> (T, D), value: (T, D) -> float, x, start: (T, D). Returns points, shares (T,)."""
    return _tried()(gradient, value, x, start, off)


def _tried(
    counts: Iterable[int] = DOUBLED,
    wanted=lambda value, x, start: value(x) - value(start),
    near=lambda gap, off: abs(gap) <= off,
    **how,
):
    def answer(gradient, value, x, start, off):
        for points in counts:
            shares = _shares(gradient, x, start, points, **how)
            if near(float(shares.sum()) - wanted(value, x, start), off):
                break
        return points, shares

    return answer


def from_zero(gradient, value, x, start, off):
    return _tried(begin=torch.zeros_like(x))(gradient, value, x, start, off)


def added_up(gradient, value, x, start, off):
    """The gradients of all points are added, and the sum grows with their number."""
    points, shares = 0, torch.zeros(len(x))
    for points in DOUBLED:
        shares = points * _shares(gradient, x, start, points)
        if abs(float(shares.sum()) - (value(x) - value(start))) <= off:
            break
    return points, shares


def settled(gradient, value, x, start, off):
    """Stops when twice the points change the sum by little."""
    points, shares = 1, _shares(gradient, x, start, 1)
    for points in DOUBLED[1:]:
        before, shares = float(shares.sum()), _shares(gradient, x, start, points)
        if abs(float(shares.sum()) - before) <= off:
            break
    return points, shares


def once_more(gradient, value, x, start, off):
    points, _ = enough_points(gradient, value, x, start, off)
    points = min(2 * points, MOST)
    return points, _shares(gradient, x, start, points)


@dataclass(frozen=True, repr=False)
class _Height:
    """log(1 + sum of squares), a product of neighbours and soft steps: curved, and not alike in T."""

    scale: float
    steep: float

    def __call__(self, x: Tensor) -> float:
        steps = torch.nn.functional.softplus(self.steep * x).sum() / self.steep
        return self.scale * float((1 + (x * x).sum()).log() + 0.5 * (x[1:] * x[:-1]).sum() + steps)


@dataclass(frozen=True, repr=False)
class _Slope:
    """The gradient of ``_Height``."""

    scale: float
    steep: float

    def __call__(self, x: Tensor) -> Tensor:
        together = torch.zeros_like(x)
        together[1:] += x[:-1]
        together[:-1] += x[1:]
        return self.scale * (2 * x / (1 + (x * x).sum()) + 0.5 * together + (self.steep * x).sigmoid())


def _probes() -> list[Probe]:
    def numbers(seed: int, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()

    def probe(about: str, hill: tuple[float, float], x: Tensor, start: Tensor, off: float) -> Probe:
        return Probe(about, (_Slope(*hill), _Height(*hill), x, start, off))

    one, zero = torch.tensor([[1.0, -2.0]]).double(), torch.zeros(1, 2).double()
    three, five = (numbers(1, 3, 2) * 2, numbers(51, 3, 2)), (numbers(1, 5, 4) * 2, numbers(51, 5, 4))
    return [
        probe("one event of two features, from zero", (1.0, 3.0), one, zero, 0.02),
        probe("three events, the sum too small at first", (0.7, 5.0), *three, 0.011),
        probe("five events, the sum too small, then too large", (2.0, 20.0), *five, 0.05),
        probe("one point is enough", (1.0, 3.0), one, zero, 0.7),
        probe(f"{MOST} points are not enough", (0.7, 5.0), *three, 2e-6),
    ]


EXERCISE = Exercise(
    name="enough-points",
    reference=enough_points,
    probes=_probes,
    mutants=(
        Mutant(
            "no-distance",
            "The mean gradient is there; what it is multiplied by is missing.",
            _tried(way=lambda x, start: torch.ones_like(x)),
        ),
        Mutant(
            "times-x",
            "The mean gradient is multiplied by where the path ends, and not by how long it is.",
            _tried(way=lambda x, start: x),
        ),
        Mutant("from-zero", "The path begins at zero whatever `start` is.", from_zero),
        Mutant(
            "right-ends",
            "The points stand at the right ends of the pieces; the middles are asked for.",
            _tried(at=lambda n: (torch.arange(n) + 1.0) / n),
        ),
        Mutant(
            "left-ends",
            "The points stand at the left ends of the pieces; the middles are asked for.",
            _tried(at=lambda n: torch.arange(n) / n),
        ),
        Mutant("total", "The gradients are added up and not averaged.", added_up),
        Mutant(
            "no-start-value",
            "The shares are compared with the value of `x` alone.",
            _tried(wanted=lambda value, x, start: value(x)),
        ),
        Mutant(
            "one-side",
            "A sum may be too large or too small. Only one of them is looked at.",
            _tried(near=lambda gap, off: gap <= off),
            _tried(near=lambda gap, off: -gap <= off),
        ),
        Mutant(
            "one-by-one",
            "The number of points is to be doubled each time.",
            _tried(counts=(*range(1, 33), MOST)),
        ),
        Mutant("settled", "A sum that no longer changes is not yet a sum that is right.", settled),
        Mutant(
            "once-more", "The first number of points that is enough is asked for, and its shares.", once_more
        ),
        Mutant(
            "no-limit",
            "The task says at how many points to stop in any case.",
            _tried(counts=(*DOUBLED, 2 * MOST, 4 * MOST)),
        ),
    ),
    hints=(
        "Write one function for a given number of points first. Which two numbers must then agree?",
        "Average the gradients over the path, multiply by the way from `start` to `x`, sum over features.",
    ),
)
