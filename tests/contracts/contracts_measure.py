"""Contracts of chapter 1: loss, ranking metrics, ceiling, share of the gap."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import torch
from contracts_model import array, close, numbers
from equation_contracts import contract

from seqrec_lib.data.worlds import expected_metrics
from seqrec_lib.evaluation.metrics import hit_rate, ndcg, rank_counts, reciprocal_rank
from seqrec_lib.experiments.measure import gap_closed
from seqrec_lib.losses import LOSSES


@contract(
    "eq-loss",
    kind="code",
    library=LOSSES["ce"],
    perturb={
        "padding is a class": lambda h, y, e: torch.nn.functional.cross_entropy(h @ e.T, y),
        "a sum": lambda h, y, e: LOSSES["ce"](h, y, e) * len(y),
        "no logarithm": lambda h, y, e: torch.nn.functional.nll_loss((h @ e[1:].T).softmax(1), y - 1),
        "the next class": lambda h, y, e: LOSSES["ce"](h, y % 5 + 1, e),
        "one negative": lambda h, y, e: LOSSES["bce"](h, y, e, torch.Generator().manual_seed(0), 1),
    },
)
def loss(library) -> None:
    """L = -(1/N) sum over steps of log( exp(h . e_y) / sum over items i of exp(h . e_i) )."""
    hidden, table, targets = numbers(1, 7, 4), numbers(2, 6, 4), torch.tensor([1, 5, 2, 2, 4, 3, 5])
    h, e, total = array(hidden), array(table), 0.0
    for n in range(7):
        odds = [math.exp(h[n] @ e[i]) for i in range(1, 6)]
        total -= math.log(odds[int(targets[n]) - 1] / sum(odds))
    close(float(library(hidden, targets, table)), total / 7)


# One row without ties, two with; the last target was seen. Item 0 scores highest and is padding.
SCORES = torch.tensor(
    [[9, 0.1, 0.9, 0.4, 0.7, 0.2], [9, 0.5, 0.9, 0.5, 0.1, 0.5], [9, 0.3, 0.3, 0.3, 0.3, 0.3]]
)
TARGETS = torch.tensor([3, 1, 5])
SEEN = (torch.tensor([0, 1, 2, 2]), torch.tensor([2, 5, 1, 5]))


def _mean_over_orders(gain) -> list[float]:
    """For each row, the mean gain of the target's rank over every order that the scores allow."""
    means = []
    for b, target in enumerate(TARGETS.tolist()):
        seen = {i for row, i in zip(*(s.tolist() for s in SEEN), strict=True) if row == b}
        items = [i for i in range(1, 6) if i == target or i not in seen]
        score = SCORES[b].tolist()
        orders = [
            o
            for o in permutations(items)
            if all(score[a] >= score[c] for a, c in zip(o, o[1:], strict=False))
        ]
        means.append(sum(gain(order.index(target) + 1) for order in orders) / len(orders))
    return means


def _ranked(metric, scores=SCORES, seen=SEEN, targets=TARGETS, **options):
    return metric(*rank_counts(scores, targets, seen), **options).tolist()


_PERTURBED_RANKS = {
    "ties for the model": dict(ties="for"),
    "ties against the model": dict(ties="against"),
    "seen items stay": dict(seen=None),
    "the worst first": dict(scores=-SCORES),
}


def _perturbed(metric, k: int | None) -> dict:
    """The common mistakes of a ranking metric, and one in ``k`` where there is a k."""

    def wrong(options):
        return lambda k: _ranked(metric, k=k, **options)

    made = {name: wrong(options) for name, options in _PERTURBED_RANKS.items()}
    made["the target masked when seen"] = lambda k: [*_ranked(metric, k=k)[:2], 0.0]
    if k is not None:
        made["k one too small"] = lambda k: _ranked(metric, k=k - 1)
    return made


@contract(
    "eq-hr",
    kind="code",
    library=lambda k: _ranked(hit_rate, k=k),
    perturb={**_perturbed(hit_rate, 2), "discounted": lambda k: _ranked(ndcg, k=k)},
)
def hr(library) -> None:
    """HR@k = 1 when the target's rank is at most k, else 0; the mean over the orders of ties."""
    for k in (2, 3):
        close(library(k), _mean_over_orders(lambda rank, k=k: float(rank <= k)))


@contract(
    "eq-ndcg",
    kind="code",
    library=lambda k: _ranked(ndcg, k=k),
    perturb={
        **_perturbed(ndcg, 2),
        "natural logarithm": lambda k: [value * math.log2(math.e) for value in _ranked(ndcg, k=k)],
        "hit rate": lambda k: _ranked(hit_rate, k=k),
    },
)
def normalised_gain(library) -> None:
    """NDCG@k = 1 / log2(rank + 1) when the rank is at most k, else 0."""
    for k in (2, 3):
        close(library(k), _mean_over_orders(lambda rank, k=k: 1 / math.log2(rank + 1) if rank <= k else 0.0))


@contract(
    "eq-mrr",
    kind="code",
    library=lambda k: _ranked(reciprocal_rank, k=k),
    perturb={
        **_perturbed(reciprocal_rank, None),
        "rank from 0": lambda k: _ranked(lambda b, e, k: 1 / (b + e), k=k),
    },
)
def reciprocal(library) -> None:
    """The reciprocal of the rank, over the full ranking."""
    close(library(None), _mean_over_orders(lambda rank: 1 / rank))


@contract(
    "eq-ceiling",
    kind="montecarlo",
    library=lambda p: expected_metrics(p, (3,))["NDCG@3"].item(),
    perturb={
        "the hit rate": lambda p: expected_metrics(p, (3,))["HR@3"].item(),
        "the likeliest item alone": lambda p: p.max().item(),
        "each item as likely": lambda p: expected_metrics((p > 0) / (p > 0).sum(), (3,))["NDCG@3"].item(),
        "5 in a hundred too high": lambda p: 1.05 * expected_metrics(p, (3,))["NDCG@3"].item(),
    },
)
def ceiling(library) -> None:
    """The sum over i of p(i | h) times the metric at i's rank is the mean over items drawn from p."""
    p = torch.tensor([[0.0, 0.05, 0.30, 0.02, 0.25, 0.08, 0.20, 0.10]], dtype=torch.float64)
    draws = torch.multinomial(p[0], 40_000, replacement=True, generator=torch.Generator().manual_seed(3))
    values = ndcg(*rank_counts(p.expand(len(draws), -1), draws), k=3)
    error = float(values.std()) / math.sqrt(len(draws))
    assert abs(library(p) - float(values.mean())) < 3.5 * error


def _gap(model, floors, ceiling) -> float:
    means = {name: {"x": float(values.mean())} for name, values in floors.items()}
    return gap_closed({"x": float(model.mean())}, means, {"x": float(ceiling.mean())}, "x")


def _worst_floor(model, floors, ceiling):
    return _gap(model, {"worst": min(floors.values(), key=np.mean)}, ceiling)


def _mean_of_ratios(model, floors, ceiling):
    best = max(floors.values(), key=np.mean)
    return float(((model - best) / (ceiling - best)).mean())


@contract(
    "eq-gap",
    kind="definition",
    library=_gap,
    perturb={
        "the worst floor": _worst_floor,
        "a ceiling of 1": lambda model, floors, ceiling: _gap(model, floors, np.ones_like(ceiling)),
        "divided by the ceiling": lambda model, floors, ceiling: (
            (model.mean() - max(each.mean() for each in floors.values())) / ceiling.mean()
        ),
        "the mean of ratios": _mean_of_ratios,
        "the last floor": lambda model, floors, ceiling: _gap(
            model, {"last": [*floors.values()][-1]}, ceiling
        ),
        "each user's best floor": lambda model, floors, ceiling: _gap(
            model, {"best": np.max([*floors.values()], axis=0)}, ceiling
        ),
    },
)
def gap(library) -> None:
    """(model - best floor) / (ceiling - best floor), of means over users."""
    model, best, ceiling = np.array([0.2, 0.5, 0.3]), np.array([0.1, 0.4, 0.1]), np.array([0.6, 0.55, 0.7])
    floors = {"weak": best / 3, "best": best, "good for one user": np.array([0.3, 0.0, 0.1])}
    close(library(model, floors, ceiling), (1.0 / 3 - 0.2) / (1.85 / 3 - 0.2))
