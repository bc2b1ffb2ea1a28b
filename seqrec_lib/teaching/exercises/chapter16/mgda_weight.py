"""The weight of the first gradient in the shortest mix of two."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def mgda_weight(first: Tensor, second: Tensor) -> Tensor:
    """first, second: (P,). Returns one number, 0 to 1."""
    return _raw(first, second).clamp(0, 1)


def _raw(first: Tensor, second: Tensor) -> Tensor:
    apart = first - second
    return (second - first) @ second / (apart @ apart)


def _of_the_second(first, second):
    return 1 - mgda_weight(first, second)


def _per_parameter(first, second):
    return ((second - first) * second / (first - second) ** 2).clamp(0, 1).mean()


def _by_length(first, second):
    return second.norm() / (first.norm() + second.norm())


def _by_norms(first, second):
    scale = (first - second).norm()
    return ((second - first) @ second / scale).clamp(0, 1)


def _half(first, second):
    return torch.tensor(0.5, dtype=first.dtype)


def _directions(first, second):
    return mgda_weight(first / first.norm(), second / second.norm())


def _probes() -> list[Probe]:
    def case(about: str, size: int, scale: float, lean: float, seed: int) -> Probe:
        first, second = torch.randn(
            2, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
        )
        return Probe(about, (first, scale * second + lean * first))

    return [
        Probe("two numbers each", (torch.tensor([2.0, 0.0]).double(), torch.tensor([-1.0, 1.0]).double())),
        case("gradients of like length", 7, 1.0, 0.0, 1),
        case("the second is short and points the same way", 9, 0.1, 0.3, 2),
        case("the first is the shorter", 12, 0.5, 3.0, 3),
        case("conflict", 30, 0.7, -0.5, 4),
        case("many numbers", 400, 2.0, 0.1, 5),
    ]


EXERCISE = Exercise(
    name="mgda-weight",
    reference=mgda_weight,
    probes=_probes,
    mutants=(
        Mutant("unclipped", "A weight below 0 or above 1 is no mix. Where is the shortest then?", _raw),
        Mutant("swapped", "This is the weight of the second gradient.", _of_the_second),
        Mutant(
            "per-parameter",
            "A weight is computed for each number. There is one for the whole gradient.",
            _per_parameter,
        ),
        Mutant("by-length", "Lengths alone do not say it: the angle matters too.", _by_length),
        Mutant("root", "The denominator is a squared length.", _by_norms),
        Mutant(
            "half",
            "This is one half, whatever the gradients are. So it is too if both have length 1 first.",
            _half,
            _directions,
        ),
    ),
    hints=(
        "Where does a parabola in the weight have its minimum? Then ask whether that weight is allowed.",
        "Write the squared length of the mix as a function of the weight, and set its derivative to 0.",
    ),
)
