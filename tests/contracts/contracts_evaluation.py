"""Contracts of chapter 3: ties, lists, clicks, bootstrap, sampled ranks."""

from __future__ import annotations

import math
from itertools import combinations, permutations, product

import numpy as np
import torch
from contracts_model import close
from equation_contracts import contract

from seqrec_lib.evaluation.clicks import auc, log_loss
from seqrec_lib.evaluation.correction import corrected_gains, discounted
from seqrec_lib.evaluation.decisions import compare_runs
from seqrec_lib.evaluation.metrics import coverage, hit_rate, ndcg, novelty, rank_counts, reciprocal_rank
from seqrec_lib.evaluation.resampling import bootstrap_means
from seqrec_lib.evaluation.sampling import uniform_places, weighted_places
from seqrec_lib.evaluation.scorecard import Evaluation, paired_difference

SCORES = torch.tensor([[9.0, 0.5, 0.9, 0.5, 0.5, 0.1], [9.0, 0.3, 0.3, 0.3, 0.3, 0.3]])
TARGETS = torch.tensor([3, 2])


def _gains(**options):
    return lambda: [m(*rank_counts(SCORES, TARGETS), **options) for m in (_ndcg3, reciprocal_rank)]


def _ndcg3(better, equal, ties="expectation"):
    return ndcg(better, equal, 3, ties)


def _mean_rank_gains():
    better, equal = rank_counts(SCORES, TARGETS)
    rank = better + (equal + 1) / 2
    return [(rank <= 3) / torch.log2(rank + 1), 1 / rank]


@contract(
    "eq-ties",
    kind="code",
    library=_gains(),
    perturb={
        "for the model": _gains(ties="for"),
        "against the model": _gains(ties="against"),
        "the gain at the mean rank": _mean_rank_gains,
        "the hit rate": lambda: [hit_rate(*rank_counts(SCORES, TARGETS), 3)] * 2,
    },
)
def ties(library) -> None:
    """The gain is the mean over the ranks b + 1 to b + e that equal scores leave possible."""
    by_order = []
    for row, target in zip(SCORES.tolist(), TARGETS.tolist(), strict=True):
        orders = [
            o
            for o in permutations(range(1, 6))
            if all(row[a] >= row[b] for a, b in zip(o, o[1:], strict=False))
        ]
        ranks = [o.index(target) + 1 for o in orders]
        gains = [(1 / math.log2(r + 1) if r <= 3 else 0.0, 1 / r) for r in ranks]
        by_order.append(np.mean(gains, axis=0))
    close(np.stack([values.numpy() for values in library()], axis=1), np.stack(by_order))


LISTS = torch.tensor([[2, 5], [5, 1], [2, 4]])
COUNTS = torch.tensor([30, 7, 1, 0, 3, 15, 2])  # entry 0 is padding


@contract(
    "eq-coverage",
    kind="code",
    library=lambda: coverage(LISTS, 6),
    perturb={
        "shown items counted twice": lambda: LISTS.numel() / 6,
        "padding is an item": lambda: coverage(LISTS, 7),
        "only the first place": lambda: coverage(LISTS[:, :1], 6),
    },
)
def covered(library) -> None:
    """The number of different shown items over the number of items."""
    close(library(), len({item for row in LISTS.tolist() for item in row}) / 6)


@contract(
    "eq-novelty",
    kind="code",
    library=lambda: novelty(LISTS, COUNTS),
    perturb={
        "in nats": lambda: novelty(LISTS, COUNTS) * math.log(2),
        "padding counted": lambda: float(-torch.log2((COUNTS + 1) / (COUNTS + 1).sum())[LISTS].mean()),
        "no one added": lambda: float(-torch.log2(COUNTS[1:] / COUNTS[1:].sum())[LISTS - 1].mean()),
        "the mean count first": lambda: float(-torch.log2(((COUNTS + 1) / 34.0)[LISTS].mean())),
    },
)
def surprise(library) -> None:
    """Minus the mean, over the shown items, of log2 of their share of (count + 1)."""
    counts = COUNTS.tolist()
    total = sum(count + 1 for count in counts[1:])
    bits = [-math.log2((counts[item] + 1) / total) for row in LISTS.tolist() for item in row]
    close(library(), sum(bits) / len(bits))


LABELS = np.array([1, 0, 0, 1, 0, 1, 0])
CHANCES = np.array([0.8, 0.4, 0.8, 0.4, 0.1, 0.6, 0.3])


@contract(
    "eq-auc",
    kind="code",
    library=auc,
    perturb={
        "ties lost": lambda y, s: auc(y, s - 1e-9 * y),
        "ties won": lambda y, s: auc(y, s + 1e-9 * y),
        "turned round": lambda y, s: 1 - auc(y, s),
        "accuracy": lambda y, s: float(((s > 0.5) == y).mean()),
    },
)
def area(library) -> None:
    """The share of pairs of a clicked and another item that the clicked one wins; a tie is one half."""
    pairs = [(a, b) for a in CHANCES[LABELS == 1] for b in CHANCES[LABELS == 0]]
    close(
        library(LABELS, CHANCES), sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)
    )


@contract(
    "eq-log-loss",
    kind="code",
    library=lambda y, p: log_loss(y, p).mean(),
    perturb={
        "clicks alone": lambda y, p: log_loss(y, p)[y == 1].mean(),
        "base 2": lambda y, p: log_loss(y, p).mean() / math.log(2),
        "labels exchanged": lambda y, p: log_loss(1 - y, p).mean(),
        "squared error": lambda y, p: ((y - p) ** 2).mean(),
    },
)
def cost(library) -> None:
    """Minus the mean of log p where there was a click and log(1 - p) where there was none."""
    terms = [math.log(p) if y else math.log(1 - p) for y, p in zip(LABELS, CHANCES, strict=True)]
    close(library(LABELS, CHANCES), -sum(terms) / len(terms))


VALUES = np.array([1.0, 0.0, 0.5, 0.2, 0.9, 0.4, 0.7])
USERS = np.array([3, 1, 3, 3, 2, 2, 1])


@contract(
    "eq-bootstrap",
    kind="code",
    library=lambda: bootstrap_means(VALUES, USERS, samples=20, seed=5),
    perturb={
        "cases drawn": lambda: bootstrap_means(VALUES, np.arange(7), samples=20, seed=5),
        "users weigh the same": lambda: bootstrap_means(
            np.array([VALUES[u == USERS].mean() for u in (1, 2, 3)]), np.arange(3), samples=20, seed=5
        ),
        "other draws": lambda: bootstrap_means(VALUES, USERS, samples=20, seed=6),
    },
)
def resampled(library) -> None:
    """User u comes up f times, has K cases and the mean m over them: sum of f K m over sum of f K."""
    generator, want = np.random.default_rng(5), []
    cases = {u: [v for v, owner in zip(VALUES, USERS, strict=True) if owner == u] for u in (1, 2, 3)}
    K, m = {u: len(v) for u, v in cases.items()}, {u: sum(v) / len(v) for u, v in cases.items()}
    for _ in range(20):
        drawn = [int(u) + 1 for u in generator.integers(3, size=3)]
        f = {u: drawn.count(u) for u in (1, 2, 3)}
        want.append(sum(f[u] * K[u] * m[u] for u in f) / sum(f[u] * K[u] for u in f))
    close(library(), want)


def _evaluation(values: np.ndarray) -> Evaluation:
    n, mean = len(values), {"m": float(values.mean())}
    counts = np.zeros(n, dtype=int)
    return Evaluation(mean, {"m": values}, counts, counts, np.arange(n), counts, "loo-full-unseen", 5)


ONE, OTHER = np.array([0.9, 0.1, 0.8, 0.3, 0.6]), np.array([0.7, 0.0, 0.9, 0.1, 0.5])


def _paired(a: np.ndarray, b: np.ndarray) -> list[float]:
    found = paired_difference(_evaluation(a), _evaluation(b), "m", samples=200)
    return [found.mean, found.low, found.high]


def _unpaired(a: np.ndarray, b: np.ndarray) -> list[float]:
    """The other model's users drawn on their own."""
    draws = bootstrap_means(a, np.arange(5), 200, 0) - bootstrap_means(b, np.arange(5), 200, 1)
    return [float(a.mean() - b.mean()), *np.quantile(draws, [0.025, 0.975])]


@contract(
    "eq-paired",
    kind="code",
    library=_paired,
    perturb={
        "the other way round": lambda a, b: _paired(b, a),
        "users drawn apart": _unpaired,
        "a ratio": lambda a, b: [x / b.mean() for x in _paired(a, b)],
    },
)
def pairs(library) -> None:
    """The mean of the users' differences, with the same users drawn for both models."""
    difference = [a - b for a, b in zip(ONE, OTHER, strict=True)]
    generator = np.random.default_rng(0)
    means = [np.mean([difference[u] for u in generator.integers(5, size=5)]) for _ in range(200)]
    close(library(ONE, OTHER), [np.mean(difference), *np.quantile(means, [0.025, 0.975])])


RUNS = np.random.default_rng(7).normal(0.3, 0.1, (3, 5)) + np.array([[0.0], [0.2], [-0.1]])  # (J, U)
OTHERS = np.random.default_rng(8).normal(0.2, 0.1, (2, 5))  # here runs add nothing of their own
OTHERS += OTHERS.mean() - OTHERS.mean(1, keepdims=True)


def _variance(a: np.ndarray, b: np.ndarray) -> float:
    return compare_runs([_evaluation(v) for v in a], [_evaluation(v) for v in b], "m").error ** 2


def _parts(a, b, taken=1.0, least=0.0):
    """The variance with ``taken`` times what single runs explain taken away, and ``least`` as the floor."""
    total = (a.mean(0) - b.mean(0)).var(ddof=1) / 5
    for m in (a, b):
        rest = m - m.mean(1, keepdims=True) - m.mean(0) + m.mean()
        alone = (rest**2).sum() / ((len(m) - 1) * 4) / 5
        total += max(least, m.mean(1).var(ddof=1) - taken * alone) / len(m)
    return total


@contract(
    "eq-crossed",
    kind="code",
    library=_variance,
    perturb={
        "users alone": lambda a, b: (a.mean(0) - b.mean(0)).var(ddof=1) / 5,
        "single runs count twice": lambda a, b: _parts(a, b, taken=0.0),
        "parts below 0": lambda a, b: _parts(a, b, least=-math.inf),
        "models apart": lambda a, b: _parts(a, b) + (b.mean(0).var(ddof=1) - a.mean(0).var(ddof=1)) / 5,
    },
)
def crossed(library) -> None:
    """Users' part, and for each model the spread of its runs' means beyond what single users explain."""
    J, U = (3, 2), 5
    means = [[sum(m[j][u] for j in range(len(m))) / len(m) for u in range(U)] for m in (RUNS, OTHERS)]
    d = [one - other for one, other in zip(*means, strict=True)]
    want = sum((x - sum(d) / U) ** 2 for x in d) / (U - 1) / U
    for m, runs, of_user in zip((RUNS, OTHERS), J, means, strict=True):
        of_run = [sum(m[j]) / U for j in range(runs)]
        whole = sum(of_run) / runs
        between = sum((x - whole) ** 2 for x in of_run) / (runs - 1)
        rest = [(m[j][u] - of_run[j] - of_user[u] + whole) ** 2 for j in range(runs) for u in range(U)]
        want += max(0.0, between - sum(rest) / ((runs - 1) * (U - 1)) / U) / runs
    close(library(RUNS, OTHERS), want)


def _law(better: int, rivals: int, n: int) -> list[float]:
    one = torch.tensor([1])
    return uniform_places(torch.tensor([better]), one, torch.tensor([rivals]), n, n + 1)[0].tolist()


@contract(
    "eq-sampled-uniform",
    kind="code",
    library=_law,
    perturb={
        "the target is drawn": lambda b, r, n: _law(b + 1, r + 1, n),
        "rank from 0": lambda b, r, n: _law(max(b - 1, 0), r, n),
        "with replacement": lambda b, r, n: _share_law(b / r, n),
        "one drawn too few": lambda b, r, n: [*_law(b, r, n - 1), 0.0],
    },
)
def uniform(library) -> None:
    """Of all sets of n rivals, the share that hold j of the b better ones."""
    for better, rivals, n in ((2, 6, 3), (1, 5, 4)):
        sets = list(combinations(range(rivals), n))
        held = [sum(item < better for item in drawn) for drawn in sets]
        close(library(better, rivals, n), [held.count(j) / len(sets) for j in range(n + 1)])


def _share_law(q: float, n: int) -> list[float]:
    return weighted_places(torch.tensor([q], dtype=torch.float64), torch.zeros(1), n, n + 1)[0].tolist()


WEIGHTS, BETTER = (4, 1, 3, 2), (True, False, True, False)  # of the rivals


@contract(
    "eq-sampled-popularity",
    kind="code",
    library=lambda n: _share_law(0.7, n),
    perturb={
        "uniform": lambda n: _share_law(0.5, n),
        "the target's own weight in the sum": lambda n: _share_law(7 / 13, n),
        "without replacement": lambda n: _law(2, 4, n),
        "the worse counted": lambda n: _share_law(0.3, n),
    },
)
def popularity(library) -> None:
    """The chance of j better ones among n draws, each rival drawn by its share of the weights."""
    for n in (1, 3):
        law = [0.0] * (n + 1)
        for drawn in product(range(4), repeat=n):
            law[sum(BETTER[i] for i in drawn)] += math.prod(WEIGHTS[i] / 10 for i in drawn)
        close(library(n), law)


R, GAIN = 6, discounted(3)


@contract(
    "eq-corrected-rank",
    kind="code",
    library=lambda n: corrected_gains(GAIN, R, n, "rank"),
    perturb={
        "places from 0": lambda n: GAIN(torch.arange(n + 1) * R / n),
        "the target among the rivals": lambda n: GAIN(1 + torch.arange(n + 1) * (R + 1) / n),
        "the sampled metric": lambda n: GAIN(1 + torch.arange(n + 1.0)),
    },
)
def by_rank(library) -> None:
    """Place j + 1 among n of R stands for rank 1 + j R / n."""
    for n in (2, 3, 5):
        ranks = [1 + j * R / n for j in range(n + 1)]
        close(library(n), [1 / math.log2(r + 1) if r <= 3 else 0.0 for r in ranks])


def _traded(n: int, **changes) -> torch.Tensor:
    return corrected_gains(GAIN, R, n, "trade", **changes)


@contract(
    "eq-corrected-trade",
    kind="code",
    library=_traded,
    perturb={
        "another weight": lambda n: _traded(n, against_variance=0.02),
        "the mean square error": lambda n: _traded(n, against_variance=1.0),
        "by the rank": lambda n: corrected_gains(GAIN, R, n, "rank"),
        "one rival fewer": lambda n: corrected_gains(GAIN, R - 1, n, "trade"),
    },
)
def by_trade(library) -> None:
    """No table has a smaller sum of squared bias and 0.01 times the variance: all slopes are 0."""
    full = [1 / math.log2(r + 1) if r <= 3 else 0.0 for r in range(1, R + 2)]
    for n in (2, 4):
        laws = [_law(b, R, n) for b in range(R + 1)]
        table = [float(x) for x in library(n)]
        means = [sum(p * x for p, x in zip(law, table, strict=True)) for law in laws]
        for j in range(n + 1):
            slopes = [
                2 * (mean - g) * law[j] + 0.01 * 2 * law[j] * (table[j] - mean)
                for law, mean, g in zip(laws, means, full, strict=True)
            ]
            close(sum(slopes), 0.0)
