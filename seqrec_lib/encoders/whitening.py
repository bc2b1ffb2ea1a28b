"""Whitening: vectors whose numbers have mean 0, spread 1 and nothing in common.

Sizes: ``N`` vectors that it is fitted on, ``F`` numbers of each.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..messages import InputError, unknown

WAYS = ("pca", "zca")


@dataclass(frozen=True)
class Whitening:
    """(x - b) W. ``b`` ``(F,)``, ``W`` ``(F, F')``."""

    b: Tensor
    W: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """``(..., F)`` -> ``(..., F')``."""
        return (x - self.b) @ self.W


def fit_whitening(x: Tensor, way: str = "pca", keep: int | None = None, least: float = 1e-3) -> Whitening:
    """The whitening of ``x`` ``(N, F)``, of covariance U diag(l) U': W = U diag(l)^(-1/2); ``zca``: times U'.

    ``pca`` gives the directions of the data, the widest first, so that two sets of data have different axes.
    ``zca`` turns back to the axes that x had: a word keeps its number, whatever data it was fitted on.

    Args:
        keep: how many directions, the widest ones; None: all. least: directions narrower than this share of
            the widest one's variance are left out: they are noise, which division would blow up.

    Raises:
        InputError: another way, fewer than 2 vectors, or vectors that are all equal.
    """
    if way not in WAYS:
        raise InputError(unknown("way", way, WAYS))
    if len(x) < 2:
        raise InputError(f"whitening needs at least 2 vectors and got {len(x)}")
    b = x.mean(0)
    away = (x - b).double()
    values, vectors = torch.linalg.eigh(away.T @ away / len(x))
    values, vectors = values.flip(0), vectors.flip(1)  # widest first
    if not float(values[0]) > 0:
        raise InputError("whitening needs vectors that differ, and these are all equal")
    wide = values > least * values[0]
    wide[keep:] = False if keep is not None else wide[keep:]
    turned = vectors[:, wide] / values[wide].sqrt()
    W = turned @ vectors[:, wide].T if way == "zca" else turned
    return Whitening(b, W.to(x.dtype))
