"""Ranking among sampled items: the chance of each place, exactly, and the draws themselves.

Sizes: ``N`` cases, ``B`` cases a batch, ``n`` drawn items, ``K`` places. Many papers rank the target
among ``n`` drawn items and not among all. The place is then random, but its distribution is known, so
no draw is needed: distinct items drawn uniformly give a hypergeometric law, items drawn with
replacement by popularity a binomial one. A sampled metric is thus another metric of the same full
ranking, and may order models differently (Krichene & Rendle 2020, section 4).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..messages import InputError
from .metrics import check_ties


def uniform_places(
    better: Tensor, equal: Tensor, rivals: Tensor, n: int, places: int, ties: str = "expectation"
) -> Tensor:
    """Chance that the target stands at place 1 to K among ``n`` distinct items drawn uniformly.

    Args:
        better, equal: ``(N,)`` from :func:`~seqrec_lib.evaluation.metrics.rank_counts`; ``equal`` counts the
            target.
        rivals: ``(N,)`` how many items can be drawn, the target not counted. Where there are fewer
            than ``n``, all of them are drawn, and the result is that of the full ranking.
        places: K. ties: ``"expectation"`` (a random order), ``"against"`` or ``"for"`` the target.

    Returns:
        ``(N, K)`` float64; column j is place j + 1. Rows sum to 1 when K is n + 1; with ties in a random
        order among a million rivals, to 1 within about 1e-6.

    Raises:
        InputError: n or K below 1, unknown ties.
    """
    _check(n, places, ties)
    better, equal, rivals = (t.double() for t in (better, equal, rivals))
    drawn = rivals.clamp(max=n)
    if ties == "for":
        return _hypergeometric(rivals, better, drawn, places)
    if ties == "against":
        return _hypergeometric(rivals, better + equal - 1, drawn, places)
    # The mean over every number of beaters from `better` to `better + equal - 1`. Summing the law over
    # the number of beaters counts the sets of n + 1 out of R + 1 by their (j+1)-th smallest member, so
    # the sum is a difference of two tails of a law with one more item and one more draw.
    low, high = (
        _hypergeometric(rivals + 1, m, drawn + 1, places).cumsum(1) for m in (better, better + equal)
    )
    mean = (low - high) * ((rivals + 1) / ((drawn + 1) * equal))[:, None]
    alone = (equal == 1)[:, None]  # nothing to average: the difference would only lose digits
    return torch.where(alone, _hypergeometric(rivals, better, drawn, places), mean.clamp(0.0, 1.0))


def weighted_places(better: Tensor, equal: Tensor, n: int, places: int, ties: str = "expectation") -> Tensor:
    """The same for ``n`` items drawn with replacement, each by its share, such as its popularity.

    Args:
        better, equal: ``(N,)`` the shares of the draws, 0 to 1, that fall on an item above the target,
            and on an item level with it (the target itself not counted: it is not drawn).

    Returns:
        ``(N, K)`` float64; column j is place j + 1.

    Raises:
        InputError: n or K below 1, unknown ties.
    """
    _check(n, places, ties)
    better, equal = better.double(), equal.double()
    if ties == "for":
        return _binomial(better, n, places)
    if ties == "against":
        return _binomial(better + equal, n, places)
    # A uniform number decides ties: the chance to be beaten is then uniform from `better` to
    # `better + equal`, and the mean of the law over it is again a difference of tails. Of a share so
    # small that the difference would lose its digits, the middle stands for the mean.
    low, high = (_binomial(p, n + 1, places).cumsum(1) for p in (better, better + equal))
    tied = (n + 1) * equal > 1e-4
    mean = (low - high) / ((n + 1) * torch.where(tied, equal, 1.0))[:, None]
    return torch.where(tied[:, None], mean, _binomial(better + equal / 2, n, places))


def draw_items(
    allowed: Tensor,
    n: int,
    generator: torch.Generator | None = None,
    weights: Tensor | None = None,
    replacement: bool = False,
) -> Tensor:
    """Draw ``n`` items for each case, as published evaluations do: ``(B, n)``, 0 where none is left.

    Args:
        allowed: ``(B, V+1)`` bool: who may be drawn. Take the target out, or it meets itself.
        weights: ``(V+1,)`` not negative, for example training counts; None draws uniformly. Items of
            weight 0 are never drawn. replacement: whether an item may be drawn twice.

    Raises:
        InputError: n is below 1.
    """
    _check(n, 1, "for")
    weight = allowed.double() if weights is None else allowed * weights.double()  # (B, V+1)
    if replacement:
        some = weight.sum(1) > 0
        safe = torch.where(some[:, None], weight, 1.0)
        return torch.multinomial(safe, n, replacement=True, generator=generator) * some[:, None]
    # The n largest of log(u) / weight are a draw without replacement (Efraimidis & Spirakis 2006).
    key = torch.rand(weight.shape, generator=generator, dtype=torch.float64).log() / weight
    key = key.masked_fill(weight <= 0, -torch.inf)
    best = key.topk(min(n, key.shape[1]), dim=1)
    return torch.where(best.values > -torch.inf, best.indices, 0)


def counts_among(scores: Tensor, target: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
    """``(better, equal)``, both ``(B,)``, as ``rank_counts``, among the ``drawn`` items and the target.

    Args:
        scores: ``(B, V+1)``. target: ``(B,)``. drawn: ``(B, n)``, 0 for none.
    """
    own = scores.gather(1, target[:, None])  # (B, 1)
    theirs, there = scores.gather(1, drawn), drawn > 0  # (B, n)
    return ((theirs > own) & there).sum(1), ((theirs == own) & there).sum(1) + 1


def _log_choose(n: Tensor, k: Tensor) -> Tensor:
    """log of "n choose k", -inf where k is below 0 or above n."""
    possible = (k >= 0) & (k <= n)
    n, k = torch.where(possible, n, 0.0), torch.where(possible, k, 0.0)
    return torch.where(possible, _log_falling(n, k) - torch.lgamma(k + 1), -torch.inf)


def _log_falling(n: Tensor, k: Tensor) -> Tensor:
    """log of n (n - 1) … (n - k + 1), the difference of two lgamma that share their leading digits.

    For a large n - k it is Stirling's series for both, with what they share left out.
    """
    low, high = n - k + 1, n + 1
    x = low.clamp(min=1.0)
    series = k * high.log() + ((x - 0.5) * torch.log1p(k / x) - k) + _stirling(high) - _stirling(x)
    return torch.where(low > 30, series, torch.lgamma(high) - torch.lgamma(low))


def _stirling(x: Tensor) -> Tensor:
    """lgamma(x) less (x - 1/2) log x - x + log(2 pi)/2, for a large x."""
    return (1 / 12 - (1 / 360 - 1 / (1260 * x**2)) / x**2) / x


def _hypergeometric(size: Tensor, beaters: Tensor, drawn: Tensor, places: int) -> Tensor:
    """``(N, K)``: chance of j beaters, j from 0, among ``drawn`` out of ``size``."""
    j = torch.arange(places, dtype=torch.float64, device=size.device)
    size, beaters, drawn = size[:, None], beaters[:, None], drawn[:, None]
    log = _log_choose(beaters, j) + _log_choose(size - beaters, drawn - j) - _log_choose(size, drawn)
    return log.exp()


def _binomial(p: Tensor, n: int, places: int) -> Tensor:
    """``(N, K)``: chance of j successes, j from 0, in n trials of chance p ``(N,)``."""
    j = torch.arange(places, dtype=torch.float64, device=p.device)
    p = p.clamp(0.0, 1.0)[:, None]
    ways = _log_choose(torch.full_like(j, n), j)  # as a logarithm: from n of about 1,030 on, exp overflows
    log = ways + torch.xlogy(j, p) + torch.xlogy((n - j).clamp(min=0), 1 - p)
    return log.exp()


def _check(n: int, places: int, ties: str) -> None:
    if n < 1 or places < 1:
        raise InputError(f"n is {n} and places {places}: both must be at least 1")
    check_ties(ties)
