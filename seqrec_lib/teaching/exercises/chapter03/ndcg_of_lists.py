"""NDCG of ready lists, where positions count from 0."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _mean(lists: Tensor, targets: Tensor, k: int, gain) -> float:
    """Mean over rows of ``gain(position)``; 0 where the target is not among the first k."""
    total = 0.0
    for row, target in zip(lists.tolist(), targets.tolist(), strict=True):
        if target in row[:k]:
            total += gain(row.index(target))
    return total / len(targets)


def ndcg_of_lists(lists: Tensor, targets: Tensor, k: int) -> float:
    """lists: (N, L) int64, targets: (N,), k: int. Returns a number."""
    return _mean(lists, targets, k, lambda position: 1 / math.log2(position + 2))


def _variant(gain):
    return lambda lists, targets, k: _mean(lists, targets, k, gain)


def plus_one(lists, targets, k):
    value = _mean(lists, targets, k, lambda i: 1 / math.log2(i + 1) if i else math.inf)
    return value


def found_only(lists, targets, k):
    found = [t in row[:k] for row, t in zip(lists.tolist(), targets.tolist(), strict=True)]
    return ndcg_of_lists(lists, targets, k) * len(found) / max(sum(found), 1)


def whole_list(lists, targets, k):
    return ndcg_of_lists(lists, targets, lists.shape[1])


def ideal_of_k(lists, targets, k):
    """Divides by the best DCG of k relevant items, though there is one."""
    return ndcg_of_lists(lists, targets, k) / sum(1 / math.log2(i + 2) for i in range(k))


def first_target(lists, targets, k):
    return ndcg_of_lists(lists, targets[:1].expand(len(targets)), k)


def argmax_without_a_hit(lists, targets, k):
    """argmax gives 0 for a row of zeros, and position 0 is the best place."""
    place = (lists[:, :k] == targets[:, None]).int().argmax(1)
    return float((1 / torch.log2(place + 2.0)).mean())


def from_the_end(lists, targets, k):
    return ndcg_of_lists(lists.flip(1), targets, k)


def k_short(lists, targets, k):
    return ndcg_of_lists(lists, targets, k - 1)


def k_long(lists, targets, k):
    return ndcg_of_lists(lists, targets, k + 1)


def _probes() -> list[Probe]:
    lists = torch.tensor([[4, 2, 7, 1, 9], [3, 8, 5, 6, 2], [6, 1, 4, 9, 8], [2, 9, 3, 7, 5]])
    return [
        Probe("four users, one of them first", (lists, torch.tensor([4, 8, 4, 7]), 5)),
        Probe("targets further down", (lists, torch.tensor([7, 6, 9, 5]), 5)),
        Probe("k shorter than the lists", (lists, torch.tensor([2, 5, 9, 9]), 3)),
        Probe("k far shorter than the lists", (lists, torch.tensor([7, 6, 4, 2]), 2)),
        Probe("some are not found", (lists, torch.tensor([2, 1, 4, 8]), 4)),
        Probe("k longer than the lists", (lists, torch.tensor([9, 1, 4, 3]), 8)),
        Probe("the target exactly at place k", (lists, torch.tensor([7, 5, 4, 9]), 3)),
    ]


EXERCISE = Exercise(
    name="ndcg-of-lists",
    reference=ndcg_of_lists,
    probes=_probes,
    mutants=(
        Mutant(
            "discount-plus-one",
            "The discount is log2(position + 1), but positions start at 0, so the first place divides by 0. "
            "With positions from 0 it takes + 2.",
            plus_one,
            _variant(lambda i: 1 / math.log2(i + 1)),
        ),
        Mutant(
            "discount-plus-three",
            "The first place should be worth exactly 1; here it is worth less.",
            _variant(lambda i: 1 / math.log2(i + 3)),
        ),
        Mutant(
            "natural-log",
            "The logarithm has base 2, so that the first place is worth exactly 1.",
            _variant(lambda i: 1 / math.log(i + 2)),
        ),
        Mutant("hit-rate", "This is the hit rate: every place counts the same.", _variant(lambda i: 1.0)),
        Mutant(
            "reciprocal-rank",
            "This is 1 / rank. NDCG discounts by a logarithm.",
            _variant(lambda i: 1 / (i + 1)),
        ),
        Mutant(
            "found-only",
            "The mean goes over the users whose target was found. The others count 0, but they count.",
            found_only,
        ),
        Mutant("k-ignored", "A target below place k counts 0; here k makes no difference.", whole_list),
        Mutant("k-short-by-one", "Place k itself still counts.", k_short),
        Mutant("k-long-by-one", "Place k + 1 counts here. Only the first k places do.", k_long),
        Mutant(
            "ideal-of-k",
            "It is divided by the best DCG of k relevant items. There is only one, so the best DCG is 1.",
            ideal_of_k,
        ),
        Mutant(
            "argmax-without-a-hit",
            "A target that is not found counts as if it stood first: argmax of a row without a hit is 0.",
            argmax_without_a_hit,
        ),
        Mutant(
            "from-the-end", "The lists are read from their end. The best item stands first.", from_the_end
        ),
        Mutant("hard-coded-target", "One target is used for every row. Each row has its own.", first_target),
    ),
    hints=(
        "Find the position of the target in its row. What is the first position worth?",
        "Python's first position is 0: which rank is that, and what is it worth? And what does a row bring "
        "whose target is not among its first k?",
    ),
)
