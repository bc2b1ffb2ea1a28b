"""Ranking metrics for one target a case, from two counts and no sorting.

Sizes: ``B`` cases, ``V`` items; scores are ``(B, V+1)`` because item 0 is padding. With one target,
every metric follows from how many allowed items score *better* than it and how many score *equal*.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..messages import InputError, unknown

TIES = ("expectation", "against", "for")


def allowed_items(scores: Tensor, seen: tuple[Tensor, Tensor] | None, target: Tensor | None = None) -> Tensor:
    """``(B, V+1)`` bool: the items that take part in the ranking.

    Padding never does, nor the ``seen`` items, given as ``(row, item)``; the target always does.
    """
    allowed = torch.ones(scores.shape, dtype=torch.bool, device=scores.device)
    allowed[:, 0] = False
    if seen is not None:
        allowed[seen] = False
    if target is not None:
        allowed[torch.arange(len(target), device=scores.device), target] = True
    return allowed


def rank_counts(
    scores: Tensor, target: Tensor, seen: tuple[Tensor, Tensor] | None = None, allowed: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Count the items that beat the target and those that tie with it.

    Args:
        scores: ``(B, V+1)``; column 0 is padding and is not looked at.
        target: ``(B,)`` int64, 1 to V.
        seen: ``(row, item)``, items that leave the ranking; the target stays even when listed.
        allowed: ``(B, V+1)`` bool, in place of ``seen``, when the caller has it already.

    Returns:
        ``(better, equal)``, both ``(B,)`` int64; ``equal`` counts the target itself, so it is
        at least 1. The target's rank lies between ``better + 1`` and ``better + equal``.

    Raises:
        InputError: a score is NaN, or a target is no item of the catalogue.
    """
    check_scores(scores)
    check_targets(target, scores.shape[1] - 1)
    if allowed is None:
        allowed = allowed_items(scores, seen, target)
    own = scores.gather(1, target[:, None])  # (B, 1)
    better = ((scores > own) & allowed).sum(1)
    equal = ((scores == own) & allowed).sum(1)
    return better, equal


def check_scores(scores: Tensor, rows: Tensor | None = None) -> None:
    """Raise InputError when a score is NaN; the message names the row, by its number in ``rows``."""
    bad = torch.isnan(scores[:, 1:])
    if bad.any():
        row, column = bad.nonzero()[0].tolist()
        name = row if rows is None else int(rows[row])
        raise InputError(
            f"the model's scores are NaN in row {name} (first at item {column + 1}; "
            f"{int(bad.any(1).sum())} such rows in this batch): look for a fully masked row, or for "
            "weights that are not finite"
        )


def check_targets(target: Tensor, n_items: int) -> None:
    """Raise InputError when a target lies outside 1 to ``n_items``."""
    outside = (target < 1) | (target > n_items)
    if outside.any():
        row = int(outside.nonzero()[0])
        raise InputError(
            f"target {int(target[row])} of row {row} is no item of the catalogue, 1 to {n_items}"
        )


def check_ties(ties: str) -> None:
    """Raise InputError when ``ties`` is none of :data:`TIES`."""
    if ties not in TIES:
        raise InputError(unknown("ties", ties, TIES))


def check_k(k: int, n_items: int) -> None:
    """Raise InputError when ``k`` is no whole number from 1 to ``n_items``."""
    if isinstance(k, bool) or int(k) != k or not 1 <= k <= n_items:
        raise InputError(f"k is {k}, but the catalogue has {n_items} items: choose k from 1 to {n_items}")


def expected_sum(gains: Tensor, better: Tensor, equal: Tensor, ties: str) -> Tensor:
    """Mean of ``gains[rank - 1]`` over the ranks that ``ties`` leaves possible: ``(B,)`` float64."""
    check_ties(ties)
    if ties == "for":
        return gains[better]
    if ties == "against":
        return gains[better + equal - 1]
    # Each order of the tied items is as likely as any other, so the target's rank is uniform.
    total = torch.cat([gains.new_zeros(1), gains.cumsum(0)])
    return (total[better + equal] - total[better]) / equal


def _gains(better: Tensor, equal: Tensor, k: int | None, gain: Callable[[Tensor], Tensor]) -> Tensor:
    """``gain(rank)`` for each rank that occurs, 0 below rank ``k``; float64."""
    if len(better) == 0:
        raise InputError("no cases: a metric needs at least one target")
    ranks = torch.arange(1, int((better + equal).max()) + 1, device=better.device, dtype=torch.float64)
    gains = gain(ranks)
    if k is not None:
        gains[k:] = 0.0
    return gains


def hit_rate(better: Tensor, equal: Tensor, k: int, ties: str = "expectation") -> Tensor:
    """HR@k for each case, ``(B,)``: 1 when the target is among the first ``k``, else 0.

    With one target this is also Recall@k. ``ties``: ``"expectation"`` gives the chance of a hit
    under a random order of equal scores; ``"against"`` puts the target last among them, ``"for"`` first.
    """
    return expected_sum(_gains(better, equal, k, torch.ones_like), better, equal, ties)


def ndcg(better: Tensor, equal: Tensor, k: int, ties: str = "expectation") -> Tensor:
    """NDCG@k for each case, ``(B,)``: ``1 / log2(rank + 1)`` within the first ``k``, else 0.

    Source: Järvelin & Kekäläinen 2002, with base-2 discount; one target makes the ideal DCG 1.
    Ties in expectation follow McSherry & Najork 2008, as scikit-learn's ``ndcg_score`` does.
    """
    return expected_sum(_gains(better, equal, k, lambda r: 1 / torch.log2(r + 1)), better, equal, ties)


def reciprocal_rank(better: Tensor, equal: Tensor, k: int | None = None, ties: str = "expectation") -> Tensor:
    """``1 / rank`` for each case, ``(B,)``, over the full ranking unless ``k`` cuts it; MRR is its mean."""
    return expected_sum(_gains(better, equal, k, torch.reciprocal), better, equal, ties)


def top_items(scores: Tensor, k: int, allowed: Tensor) -> Tensor:
    """``(B, k)``: the ``k`` best allowed items, best first; 0 where fewer than ``k`` are allowed."""
    check_k(k, scores.shape[1] - 1)
    best = scores.masked_fill(~allowed, -torch.inf).topk(k, dim=1).indices
    return torch.where(allowed.gather(1, best), best, 0)


def coverage(lists: Tensor, n_items: int) -> float:
    """Share of the catalogue that stands in at least one of the ``lists`` ``(N, k)``; 0 is no item."""
    shown = torch.zeros(n_items + 1, dtype=torch.bool, device=lists.device)
    shown[lists.flatten()] = True
    return int(shown[1:].sum()) / n_items


def novelty(lists: Tensor, popularity: Tensor) -> float:
    """Mean surprise of the shown items, in bits: ``-log2`` of the share of interactions that an item has.

    Source: self-information as in Vargas & Castells 2011. The more unknown the shown items, the larger
    it is. One is added to every count, so that an unseen item is rare, not impossible.

    Args:
        lists: ``(N, k)`` shown items; 0 is no item. popularity: ``(V+1,)`` training counts.
    """
    counts = popularity.double().clone() + 1
    counts[0] = 0
    bits = -torch.log2(counts / counts.sum())
    return float(bits[lists[lists > 0]].mean())
