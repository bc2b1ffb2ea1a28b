"""Caser's vertical filters: weights over the places of a window, one number for each feature."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _windows(vectors: Tensor, size: int, front: Tensor | None = None) -> Tensor:
    """``(T, size, D)``: the newest vectors at each step, oldest first; in front 0 or ``front``."""
    before = vectors.new_zeros(size - 1, vectors.shape[1]) if front is None else front.expand(size - 1, -1)
    return torch.cat([before, vectors]).unfold(0, size, 1).mT


def filters_along(vectors: Tensor, filters: Tensor) -> Tensor:
    """vectors: (T, D), filters: (n, L). Returns (T, n, D)."""
    return filters @ _windows(vectors, filters.shape[1])


def _backwards(vectors, filters):
    return filters_along(vectors, filters.flip(1))


def _ahead(vectors, filters):
    return filters_along(vectors.flip(0), filters.flip(1)).flip(0)


def _first_repeated(vectors, filters):
    return filters @ _windows(vectors, filters.shape[1], vectors[:1])


def _shared_window(vectors, filters):
    found = filters_along(vectors, filters)
    return found[-1:].expand_as(found)


def _features_summed(vectors, filters):
    found = filters_along(vectors, filters)
    return found.sum(-1, keepdim=True).expand_as(found)


def _softened(vectors, filters):
    return filters_along(vectors, filters.softmax(1))


def _one_late(vectors, filters):
    return filters_along(torch.cat([torch.zeros_like(vectors[:1]), vectors[:-1]]), filters)


def _cut_off(vectors, filters):
    return filters_along(vectors, filters).relu()


def _known(about: str, steps: int, dim: int, n: int, size: int, generator: torch.Generator) -> Probe:
    vectors = torch.randn(steps, dim, generator=generator).double()
    return Probe(about, (vectors, torch.randn(n, size, generator=generator).double()))


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(12)
    cases: list[tuple[str, int, int, int, int]] = [
        ("two steps, one filter", 2, 1, 1, 2),
        ("more steps than places", 7, 3, 2, 4),
        ("fewer steps than places", 3, 2, 4, 5),
        ("many filters", 9, 4, 6, 3),
    ]
    return [_known(*case, generator) for case in cases]


EXERCISE = Exercise(
    name="filters-along",
    reference=filters_along,
    probes=_probes,
    mutants=(
        Mutant(
            "backwards",
            "The filters are read from the other end: their last number belongs to the newest item.",
            _backwards,
        ),
        Mutant("ahead", "The window begins at the step here, so it reads items of the future.", _ahead),
        Mutant(
            "first-repeated",
            "In front of the first item the first item is repeated. The task puts zeros there.",
            _first_repeated,
        ),
        Mutant("one-window", "Every step has the last window. Each has its own.", _shared_window),
        Mutant(
            "features-summed",
            "The features are added up. A vertical filter leaves them apart: it has one number for each "
            "place.",
            _features_summed,
        ),
        Mutant(
            "softmax",
            "The numbers of a filter went through a softmax. That is attention. A filter may subtract.",
            _softened,
        ),
        Mutant("one-late", "The window ends one step too early: it holds the step's own item.", _one_late),
        Mutant("cut-at-zero", "Negative answers were cut off. A vertical filter has no ReLU.", _cut_off),
    ),
    hints=(
        "Write the window of the first step: L - 1 rows of zeros, and then the first vector.",
        "Put zeros in front, take the L rows that end at each step, and multiply from the left.",
    ),
)
