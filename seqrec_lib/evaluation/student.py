"""Student's t: its tails and quantiles, for any number of degrees of freedom, whole or not."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_LARGE = 1e6  # from here on the normal law is the same to six digits


def student_tails(t: float, degrees: float) -> float:
    """Chance that Student's t with ``degrees`` of freedom lies at least as far from 0 as ``t``.

    With t = tan(angle) * root of degrees, the density becomes a power of the cosine, and the tail an integral
    from the angle to a right angle.
    """
    if degrees > _LARGE:
        return math.erfc(abs(t) / math.sqrt(2))
    power = degrees - 1
    start = math.atan(abs(t) / math.sqrt(degrees))
    # Beyond some 40 widths of the density nothing is left to add up.
    width = min(math.pi / 2 - start, 40 / math.sqrt(degrees))
    angle = start + width * (_NODES + 1) / 2
    scale = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - math.log(math.pi) / 2
    tail = width / 2 * float(_WEIGHTS @ np.exp(scale + power * np.log(np.cos(angle))))
    return min(1.0, 2 * tail)


def student_quantile(share: float, degrees: float) -> float:
    """Below which value a ``share`` of Student's t lies, for a share of at least one half."""
    if degrees > _LARGE:
        return NormalDist().inv_cdf(share)
    low, high = 0.0, 1.0
    while student_tails(high, degrees) > 2 * (1 - share):
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        above = student_tails(middle, degrees) > 2 * (1 - share)
        low, high = (middle, high) if above else (low, middle)
    return (low + high) / 2
