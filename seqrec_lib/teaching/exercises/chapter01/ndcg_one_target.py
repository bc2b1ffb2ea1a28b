"""NDCG@k of one target in one row of scores."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _counts(scores: Tensor, target: int, seen: list[int]) -> tuple[int, int]:
    """How many items beat the target, and how many tie with it (itself included)."""
    allowed = torch.ones_like(scores, dtype=torch.bool)
    allowed[[0, *seen]] = False
    allowed[target] = True
    better = (scores > scores[target]) & allowed
    return int(better.sum()), int(((scores == scores[target]) & allowed).sum())


def _mean(gain, better: int, equal: int, k: int) -> float:
    ranks = range(better + 1, better + equal + 1)
    return sum(gain(rank) if rank <= k else 0.0 for rank in ranks) / equal


def _discount(rank: float) -> float:
    return 1 / math.log2(rank + 1)


def ndcg_at_k(scores: Tensor, target: int, seen: list[int], k: int) -> float:
    """scores: (V+1,), target: int, seen: list of int, k: int. Returns a number."""
    return _mean(_discount, *_counts(scores, target, seen), k)


def rank_from_zero(scores, target, seen, k):
    better, equal = _counts(scores, target, seen)
    ranks = range(better, better + equal)
    return sum((_discount(rank) if rank > 0 else math.inf) if rank < k else 0.0 for rank in ranks) / equal


def rank_from_zero_raises(scores, target, seen, k):
    better, equal = _counts(scores, target, seen)
    return sum(_discount(rank) if rank < k else 0.0 for rank in range(better, better + equal)) / equal


def natural_log(scores, target, seen, k):
    return _mean(lambda rank: 1 / math.log(rank + 1), *_counts(scores, target, seen), k)


def tie_for(scores, target, seen, k):
    return _mean(_discount, _counts(scores, target, seen)[0], 1, k)


def tie_against(scores, target, seen, k):
    better, equal = _counts(scores, target, seen)
    return _mean(_discount, better + equal - 1, 1, k)


def target_masked(scores, target, seen, k):
    return 0.0 if target in seen else ndcg_at_k(scores, target, seen, k)


def k_ignored(scores, target, seen, k):
    return ndcg_at_k(scores, target, seen, len(scores))


def hit_rate(scores, target, seen, k):
    return _mean(lambda rank: 1.0, *_counts(scores, target, seen), k)


def reciprocal(scores, target, seen, k):
    return _mean(lambda rank: 1 / rank, *_counts(scores, target, seen), k)


def seen_kept(scores, target, seen, k):
    return ndcg_at_k(scores, target, [], k)


def padding_ranked(scores, target, seen, k):
    moved = torch.cat([scores.new_full((1,), -math.inf), scores])  # item n moves to n + 1, padding to 1
    return ndcg_at_k(moved, target + 1, [item + 1 for item in seen], k)


def k_short_by_one(scores, target, seen, k):
    return ndcg_at_k(scores, target, seen, k - 1)


def lowest_is_best(scores, target, seen, k):
    return ndcg_at_k(-scores, target, seen, k)


def tie_at_mean_rank(scores, target, seen, k):
    better, equal = _counts(scores, target, seen)
    rank = better + (equal + 1) / 2
    return _discount(rank) if rank <= k else 0.0


def _hidden(low: float):
    """Items that leave the ranking get a low score instead."""

    def gain(scores, target, seen, k):
        hidden = scores.clone()
        hidden[[0, *seen]] = low
        hidden[target] = scores[target]
        better = int((hidden > hidden[target]).sum())
        return _mean(_discount, better, int((hidden == hidden[target]).sum()), k)

    return gain


def near_ties(scores, target, seen, k):
    near = (scores - scores[target]).abs() < 0.01
    return ndcg_at_k(torch.where(near, scores[target], scores), target, seen, k)


def discount_too_strong(scores, target, seen, k):
    return _mean(lambda rank: _discount(rank + 1), *_counts(scores, target, seen), k)


def discount_and_cut_too_strong(scores, target, seen, k):
    better, equal = _counts(scores, target, seen)
    return _mean(_discount, better + 1, equal, k)


def columns_decide(scores, target, seen, k):
    hidden = {0, *seen} - {target}
    order = [i for i in scores.argsort(descending=True, stable=True).tolist() if i not in hidden]
    rank = order.index(target) + 1
    return _discount(rank) if rank <= k else 0.0


def _probes() -> list[Probe]:
    easy = torch.tensor([-9.0, 0.1, 0.9, 0.4, 0.7, 0.2, 0.3])
    ties = torch.tensor([-9.0, 0.5, 0.9, 0.5, 0.5, 0.1, 0.5])
    below = torch.tensor([0.0, -1.2, -0.3, -2.0, -0.4, -0.8, -1.995])
    loud_padding = torch.tensor([7.0, 0.1, 0.9, 0.4, 0.7, 0.2, 0.3])
    return [
        Probe("nothing seen, the target third", (easy, 3, [], 5)),
        Probe("the target first", (easy, 2, [], 5)),
        Probe("the target exactly at rank k", (easy, 3, [], 3)),
        Probe("the target below rank k", (easy, 5, [], 4)),
        Probe("two better items seen", (easy, 3, [2, 4], 5)),
        Probe("the target among the seen items", (easy, 4, [2, 4], 5)),
        Probe("four items tie", (ties, 3, [], 5)),
        Probe("four items tie around rank k", (ties, 4, [], 3)),
        Probe("a tied item was seen", (ties, 3, [1], 5)),
        Probe("padding scores highest", (loud_padding, 4, [], 5)),
        Probe("scores below 0, two that nearly tie", (below, 3, [2], 6)),
    ]


EXERCISE = Exercise(
    name="ndcg-one-target",
    reference=ndcg_at_k,
    probes=_probes,
    mutants=(
        Mutant(
            "rank-from-zero",
            "Ranks start at 1. Counting the better items gives 0 for the best, and log2(0 + 1) is 0.",
            rank_from_zero,
            rank_from_zero_raises,
        ),
        Mutant("natural-log", "The logarithm has base 2, so that rank 1 is worth exactly 1.", natural_log),
        Mutant(
            "ties-for-the-model",
            "The target goes first among equal scores. A model that gives all items one score would "
            "then be perfect.",
            tie_for,
        ),
        Mutant(
            "ties-against-the-model",
            "The target goes last among equal scores. Take the mean over the ranks it may get.",
            tie_against,
        ),
        Mutant(
            "ties-at-mean-rank",
            "With ties, average the gain over the possible ranks; the gain at the mean rank is "
            "another number.",
            tie_at_mean_rank,
        ),
        Mutant(
            "target-masked",
            "The target itself was dropped with the seen items. It must stay, or the model can never "
            "find it.",
            target_masked,
        ),
        Mutant("seen-kept", "Items in seen still take part in the ranking.", seen_kept),
        Mutant("k-ignored", "A target below rank k counts 0; here k makes no difference.", k_ignored),
        Mutant("k-short-by-one", "Rank k itself still counts: r ≤ k.", k_short_by_one),
        Mutant(
            "hit-rate",
            "This is the hit rate: every rank up to k counts the same. Discount by rank.",
            hit_rate,
        ),
        Mutant(
            "reciprocal-rank",
            "This is 1 / r, the reciprocal rank. NDCG discounts by a logarithm.",
            reciprocal,
        ),
        Mutant(
            "padding-ranked", "Entry 0 is padding, and here it takes a place in the ranking.", padding_ranked
        ),
        Mutant(
            "hidden-score-is-low",
            "What leaves the ranking gets a score such as 0 or −1, and a real score may be lower. Leave it "
            "out.",
            *(_hidden(low) for low in (0.0, -1.0)),
        ),
        Mutant(
            "near-ties",
            "Scores that lie close together count as equal here. Only exactly equal ones tie.",
            near_ties,
        ),
        Mutant(
            "discount-too-strong",
            "Rank 1 should be worth exactly 1. With ranks from 1 the discount takes r + 1, not r + 2.",
            discount_too_strong,
            discount_and_cut_too_strong,
        ),
        Mutant(
            "order-of-the-columns",
            "Equal scores get the order in which the sort leaves them, and that order is chance. Average "
            "over all of them.",
            columns_decide,
        ),
        Mutant("lowest-is-best", "The lowest score ranks first here; the highest should.", lowest_is_best),
    ),
    hints=(
        "Count two things: the items that score higher than the target, and those that score the same.",
        "Make the list of who takes part first: not 0, not seen, but the target always. Which ranks may the "
        "target get among its equals, and what is each of them worth?",
    ),
)
