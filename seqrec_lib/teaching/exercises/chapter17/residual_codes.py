"""Residual quantisation: each level's nearest codeword to what the levels before left over."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _codes(z: Tensor, books: Tensor, *, subtract: float = 1.0, one: bool = False, far: bool = False,
           product: bool = False, from_start: bool = False, city: bool = False) -> Tensor:  # fmt: skip
    left, found = z, []
    for level in range(len(books)):
        book = books[0] if one else books[level]
        away = -(left @ book.T) if product else (left[:, None] - book[None]).square().sum(2)
        if city:
            away = (left[:, None] - book[None]).abs().sum(2)
        code = away.argmax(1) if far else away.argmin(1)
        found.append(code)
        left = (z if from_start else left) - subtract * book[code]
    return torch.stack(found, 1)


def residual_codes(z: Tensor, books: Tensor) -> Tensor:
    """z: (N, F), books: (L, K, F). Returns (N, L) int64."""
    return _codes(z, books)


def _known(**changes) -> Callable:
    return lambda z, books: _codes(z, books, **changes)


def _probes() -> list[Probe]:
    def case(about: str, n: int, levels: int, size: int, width: int, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        books = torch.randn(levels, size, width, generator=draw, dtype=torch.float64)
        z = 2 * torch.randn(n, width, generator=draw, dtype=torch.float64) + 0.5
        return Probe(about, (z, books))

    return [
        case("two vectors, three levels of three codewords", 2, 3, 3, 2, 3),
        case("more vectors than codewords", 14, 4, 5, 3, 1),
        case("one level", 6, 1, 4, 2, 2),
        case("wide vectors", 9, 3, 11, 7, 4),
    ]


EXERCISE = Exercise(
    name="residual-codes",
    reference=residual_codes,
    probes=_probes,
    mutants=(
        Mutant(
            "nothing-subtracted",
            "Every level quantises the vector itself. What is left of it after the first codeword?",
            _known(subtract=0.0),
        ),
        Mutant(
            "one-codebook",
            "The first codebook serves all levels here. Each level has its own.",
            _known(one=True),
        ),
        Mutant(
            "farthest", "The codeword that is farthest away was taken. Take the nearest.", _known(far=True)
        ),
        Mutant(
            "largest-product",
            "The largest product is not the smallest distance: codewords differ in length.",
            _known(product=True),
        ),
        Mutant(
            "added",
            "The codeword is added to what is left. It explains a part, and that part goes away.",
            _known(subtract=-1.0),
        ),
        Mutant(
            "from-the-start",
            "Each level subtracts its codeword from the vector itself. What is taken once stays away.",
            _known(from_start=True),
        ),
        Mutant(
            "city-block",
            "This is the sum of the absolute differences. Nearest is meant by the straight distance.",
            _known(city=True),
        ),
    ),
    hints=(
        "Keep one tensor of what is left, and let each level change it.",
        "A level has two lines: the number of the nearest codeword, and the subtraction of that codeword.",
    ),
)
