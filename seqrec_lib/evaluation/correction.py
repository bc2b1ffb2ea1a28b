"""Corrections that bring a metric among sampled items near to the metric of the full ranking.

Sizes: ``N`` cases, ``R`` rivals of a target, ``n`` of them drawn. A correction is a table: what the target's
place among the drawn items is worth, place 1 to n + 1. A ``gain`` says what a rank is worth in full.

Krichene & Rendle 2020, section 5, give both ways below for items drawn with replacement; here the law of
distinct items stands in its place. No table is free of bias for all ranks unless all R rivals are drawn: its
mean is a polynomial of degree n at most in the rank, and HR@k over R + 1 ranks is one of degree R.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..messages import InputError, unknown
from .metrics import expected_sum
from .sampling import uniform_places

WAYS = ("rank", "trade")
Gain = Callable[[Tensor], Tensor]


def hits(k: int) -> Gain:
    """HR@k as a gain: 1 up to rank k."""
    return lambda rank: (rank <= k).double()


def discounted(k: int) -> Gain:
    """NDCG@k with one target as a gain: 1 / log2(rank + 1) up to rank k."""
    return lambda rank: (rank <= k) / torch.log2(rank + 1)


def corrected_gains(
    gain: Gain, rivals: int, n: int, way: str = "trade", against_variance: float = 0.01
) -> Tensor:
    """What places 1 to n + 1 among ``n`` distinct items drawn uniformly are worth: ``(n + 1,)`` float64.

    Args:
        gain: of ranks, float64, in full. rivals: R. n: at most R of them are drawn.
        way: ``rank`` takes the gain at the unbiased estimate of the rank, 1 + (place - 1) R / n; the estimate
            of the *gain* is then still biased. ``trade`` minimises, in the mean over all ranks alike, the
            square of the bias plus ``against_variance`` times the variance.

    Raises:
        InputError: fewer than 1 rival or drawn item, an unknown way, or ``against_variance`` not above 0 and
            at most 1.
    """
    if rivals < 1 or n < 1:
        raise InputError(f"rivals is {rivals} and n {n}: both must be at least 1")
    if way not in WAYS:
        raise InputError(unknown("correction", way, WAYS))
    if not 0 < against_variance <= 1:
        raise InputError(f"against_variance is {against_variance}: it lies above 0 and is at most 1")
    n = min(n, rivals)
    if way == "rank":
        return gain(1 + torch.arange(n + 1, dtype=torch.float64) * (rivals / n)).double()
    ranks = torch.arange(1, rivals + 2)
    law = uniform_places(ranks - 1, torch.ones_like(ranks), torch.full_like(ranks, rivals), n, n + 1)
    full = gain(ranks.double()).double()  # (R + 1,)
    of_places = torch.diag(law.sum(0))  # (n + 1, n + 1)
    normal = (1 - against_variance) * law.T @ law + against_variance * of_places
    found: Tensor = torch.linalg.solve(normal, law.T @ full)
    return found


def corrected(
    better: Tensor, equal: Tensor, rivals: Tensor, n: int, gain: Gain, way: str = "trade",
    against_variance: float = 0.01, ties: str = "expectation",
) -> Tensor:  # fmt: skip
    """Each case's corrected value ``(N,)`` float64, from its counts among the drawn items.

    Args:
        better, equal: ``(N,)`` from :func:`~seqrec_lib.evaluation.sampling.counts_among`, drawn uniformly.
        rivals: ``(N,)`` how many items could be drawn. The rest: see :func:`corrected_gains`.
    """
    found = torch.empty(len(better), dtype=torch.float64)
    for number in rivals.unique().tolist():
        here = rivals == number
        table = corrected_gains(gain, number, n, way, against_variance)
        found[here] = expected_sum(table, better[here], equal[here], ties)
    return found
