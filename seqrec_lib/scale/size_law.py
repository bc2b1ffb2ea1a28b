"""A power law towards a ceiling: what a measure gains as one size grows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..messages import InputError


@dataclass(frozen=True)
class SizeLaw:
    """``limit - gap * size ** -power``: what is missing to the limit shrinks by the same share a doubling."""

    limit: float
    gap: float
    power: float

    def at(self, size: float) -> float:
        """What the law expects at ``size``."""
        return float(self.limit - self.gap * size**-self.power)


def fit_size_law(sizes: Sequence[float], values: Sequence[float], most: float = 1.0) -> SizeLaw:
    """Fit the law by least squares, with a limit of at most ``most``, such as a world's ceiling.

    For each power of a fine grid, limit and gap follow from a line through ``size ** -power``.

    Raises:
        InputError: fewer than three sizes, one not above 0, or one twice.
    """
    x, y = np.asarray(sizes, dtype=float), np.asarray(values, dtype=float)
    if len(x) < 3 or len(set(x.tolist())) != len(x) or not (x > 0).all():
        raise InputError(
            f"sizes are {list(sizes)}: three numbers are fitted, so give three or more, all above 0"
        )
    best, least = SizeLaw(float(y.mean()), 0.0, 1.0), math.inf
    middle = float(np.exp(np.log(x).mean()))  # sizes near 1 keep the line well conditioned
    for power in np.geomspace(0.02, 3.0, 400):
        reached = (x / middle) ** -power
        slope = float(np.cov(reached, y, bias=True)[0, 1] / reached.var())
        limit = float(y.mean() - slope * reached.mean())
        if limit > most:  # on its bound: a line through it
            limit = most
            slope = float((reached * (y - most)).sum() / (reached**2).sum())
        error = float(((limit + slope * reached - y) ** 2).sum())
        if slope <= 0 and error < least:
            best, least = SizeLaw(limit, -slope * middle**power, float(power)), error
    return best
