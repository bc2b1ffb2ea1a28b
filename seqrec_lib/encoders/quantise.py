"""Residual quantisation: a vector as a few whole numbers, each of which says what the ones before left over.

Sizes: ``N`` vectors, ``F`` numbers of each, ``L`` levels, ``K`` codewords a level.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..messages import InputError

ROUNDS = 25  # of Lloyd's algorithm


def residual_codes(z: Tensor, books: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """``(codes (N, L) int64, what is left (N, F))``: c = argmin |r - e|, then r becomes r - e_c.

    Lee et al. 2022, section 3.1. Args: ``z`` ``(N, F)``. books: L tables ``(K, F)``.
    """
    left, codes = z, []
    for book in books:
        code = torch.cdist(left, book).argmin(1)
        left = left - book[code]
        codes.append(code)
    return torch.stack(codes, 1), left


def residual_kmeans(z: Tensor, levels: int, size: int, seed: int = 0) -> list[Tensor]:
    """``L`` codebooks ``(K, F)``: k-means of ``z`` ``(N, F)``, then of what it left over, and so on.

    A level never has more codewords than it has different vectors.

    Raises:
        InputError: no vectors, or fewer than 1 level or codeword.
    """
    if not len(z) or levels < 1 or size < 1:
        raise InputError(f"{len(z)} vectors, {levels} levels of {size}: at least 1 of each is needed")
    generator, books, left = torch.Generator().manual_seed(seed), [], z
    for _ in range(levels):
        book = kmeans(left, size, generator)
        books.append(book)
        left = left - book[torch.cdist(left, book).argmin(1)]
    return books


def kmeans(x: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """Centres ``(K, F)`` by Lloyd's algorithm from k-means++ (Arthur & Vassilvitskii 2007).

    A centre that loses all its vectors moves to the vector that is worst served, so none dies here.
    """
    centre = x[torch.randint(len(x), (1,), generator=generator)]
    for _ in range(size - 1):
        far = torch.cdist(x, centre).amin(1).square()
        if not float(far.max()) > 1e-12:
            break
        centre = torch.cat([centre, x[torch.multinomial(far, 1, generator=generator)]])
    for _ in range(ROUNDS):
        away, nearest = torch.cdist(x, centre).min(1)
        sums = torch.zeros_like(centre).index_add_(0, nearest, x)
        count = torch.bincount(nearest, minlength=len(centre))
        moved = sums / count.clamp(min=1)[:, None]
        for empty in (count == 0).nonzero()[:, 0].tolist():
            worst = int(away.argmax())
            moved[empty], away[worst] = x[worst], 0.0
        if torch.equal(moved, centre):
            break
        centre = moved
    return centre


def numbered_apart(codes: Tensor) -> Tensor:
    """``(N, L + 1)``: a last code 0, 1, 2, … tells apart vectors whose codes collide (Rajput et al. 2023)."""
    last, met = [], dict[tuple[int, ...], int]()
    for code in map(tuple, codes.tolist()):
        last.append(met.get(code, 0))
        met[code] = last[-1] + 1
    return torch.cat([codes, torch.tensor(last, dtype=torch.int64)[:, None]], 1)


def collisions(codes: Tensor) -> float:
    """The share of the rows of ``codes`` ``(N, L)`` that another row equals."""
    _, same, count = codes.unique(dim=0, return_inverse=True, return_counts=True)
    return float((count[same] > 1).double().mean())


def dead_codes(codes: Tensor, sizes: Sequence[int]) -> list[int]:
    """For each level, how many of its codewords no row of ``codes`` ``(N, L)`` uses."""
    return [size - len(column.unique()) for column, size in zip(codes.T, sizes, strict=True)]


def code_entropy(codes: Tensor) -> list[float]:
    """For each level, the entropy of its codes in bits: log2 K where all are used alike, 0 for one code."""
    found = []
    for column in codes.T:
        share = torch.bincount(column).double() / len(column)
        found.append(float(-(share * share.clamp(min=1e-300).log2()).sum()))
    return found
