"""Contracts of chapter 12: the seen filter, the targets that a loader keeps, what pairing takes away."""

from __future__ import annotations

import math

import numpy as np
import torch
from equation_contracts import contract

from seqrec_lib.data import Interactions, leave_one_out
from seqrec_lib.data.batch import ragged_rows
from seqrec_lib.evaluation.metrics import rank_counts
from seqrec_lib.evaluation.resampling import bootstrap_many

# Two histories on end, and what came next. Each target was seen before, in the older half.
FLAT = torch.tensor([2, 5, 1, 7, 4, 8, 6, 3])
START, STOP, TARGET = torch.tensor([0, 4]), torch.tensor([4, 8]), torch.tensor([2, 8])
SCORES = torch.randn(2, 10, generator=torch.Generator().manual_seed(12))


def _places(cut, keep=True):
    """Places of both targets, ``cut(start, stop)`` gives the part of the history that leaves."""

    def run(newest):
        row, item = ragged_rows(FLAT, *cut(START, STOP, newest))
        if not keep:  # the target goes with the rest: nothing is better than a score of infinity
            gone = torch.tensor([int(t) in item[row == n].tolist() for n, t in enumerate(TARGET)])
            better, _ = rank_counts(SCORES, TARGET, (row, item))
            return torch.where(gone, 0, better) + 1
        return rank_counts(SCORES, TARGET, (row, item))[0] + 1

    return run


@contract(
    "eq-filtered-rank",
    kind="code",
    library=_places(lambda start, stop, newest: (torch.maximum(start, stop - newest), stop)),
    perturb={
        "the oldest leave": _places(lambda start, stop, newest: (start, torch.minimum(stop, start + newest))),
        "all leave": _places(lambda start, stop, newest: (start, stop)),
        "none leaves": _places(lambda start, stop, newest: (start, start)),
        "the target leaves": _places(
            lambda start, stop, newest: (torch.maximum(start, stop - newest), stop), keep=False
        ),
    },
)
def filtered_rank(library) -> None:
    """r = 1 + number of items in A that score above the target; A: all but the seen ones, and the target."""
    scores = SCORES.tolist()
    for newest in (0, 1, 2, 3, 9):
        wanted = []
        for n in range(2):
            history = FLAT[START[n] : STOP[n]].tolist()
            seen = set(history[max(len(history) - newest, 0) :])
            taking_part = (set(range(1, 10)) - seen) | {int(TARGET[n])}
            wanted.append(1 + sum(scores[n][i] > scores[n][int(TARGET[n])] for i in taking_part))
        assert library(newest).tolist() == wanted, newest


def _log(lengths) -> Interactions:
    users = np.repeat(np.arange(len(lengths)), lengths)
    items = np.concatenate([np.arange(n) for n in lengths]) % 40 + 1
    return Interactions(
        users, items, None, np.arange(len(lengths)), np.array([None, *range(40)], dtype=object)
    )


def _targets(windows=False, more=0):
    return lambda log, length: int(
        (leave_one_out(log, max_len=length + more, windows=windows).train.targets > 0).sum()
    )


@contract(
    "eq-newest-targets",
    kind="code",
    library=_targets(),
    perturb={
        "all windows": _targets(windows=True),
        "one step more": _targets(more=1),
        "one step less": _targets(more=-1),
    },
)
def newest_targets(library) -> None:
    """N_L = sum over users of min(n_u - 3, L): two are held out, and the first item is no target."""
    lengths = [5, 9, 23, 4, 60]
    log = _log(lengths)
    for length in (2, 6, 20):
        assert library(log, length) == sum(min(n - 3, length) for n in lengths), length


def _error(shuffled=False, take=lambda d: d[:, 0] - d[:, 1]):
    def run(values):
        values = values.copy()
        if shuffled:
            values[:, 1] = np.random.default_rng(5).permutation(values[:, 1])
        return float(take(bootstrap_many(values, np.arange(len(values)), samples=4000)).std())

    return run


@contract(
    "eq-gap-spread",
    kind="montecarlo",
    library=_error(),
    perturb={
        "other users": _error(shuffled=True),
        "a sum": _error(take=lambda d: d.sum(1)),
        "one model alone": _error(take=lambda d: d[:, 0]),
    },
)
def gap_spread(library) -> None:
    """Var(mean of m - m') = (Var m + Var m' - 2 corr(m, m') sqrt(Var m Var m')) / U, against resampling."""
    draw = np.random.default_rng(12)
    common = draw.normal(size=400)
    values = np.stack([common + 0.6 * draw.normal(size=400), 0.8 * common + draw.normal(size=400)], 1)
    a, b = values.T.tolist()
    mean_a, mean_b = sum(a) / 400, sum(b) / 400
    var_a, var_b = (sum((x - m) ** 2 for x in xs) / 399 for xs, m in ((a, mean_a), (b, mean_b)))
    both = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True)) / 399
    correlation = both / math.sqrt(var_a * var_b)
    wanted = math.sqrt((var_a + var_b - 2 * correlation * math.sqrt(var_a * var_b)) / 400)
    # 4,000 draws know a standard deviation to about 1.1%.
    assert abs(library(values) / wanted - 1) < 0.04
