"""Contracts of chapter 2: cleaning, order, k-core, splits, padding, gaps, batches, the shuffle test.

Rows, users and steps count from 1 in the book and from 0 here. Every transcription is a plain loop,
written from the equation and not from the library.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from contracts_model import close
from equation_contracts import contract

from seqrec_lib.data import (
    Batch,
    FeatureNormalisation,
    LengthNormalisation,
    k_core,
    later_share,
    leave_one_out,
    log_gaps,
    pad_windows,
    padding_share,
    permute_order,
    precision_recall,
    read_interactions,
    sessions,
)

FOUND = np.array([1, 1, 1, 0, 0, 1, 0], dtype=bool)
DIRTY = np.array([1, 0, 1, 1, 0, 0, 0], dtype=bool)


def log_of(rows: list[tuple], **columns):
    return read_interactions(pd.DataFrame(rows, columns=["user", "item", "time"]).assign(**columns))


# Three users; times that tie within a user and across users; each row another item.
ROWS = [
    (2, 5, 60.0),
    (1, 9, 30.0),
    (2, 4, 0.0),
    (1, 3, 30.0),
    (2, 8, 60.0),
    (3, 1, 7.0),
    (1, 7, 10.0),
    (2, 2, 60.0),
]


@contract(
    "eq-precision",
    kind="code",
    library=precision_recall,
    perturb={
        "exchanged": lambda found, bad: precision_recall(bad, found),
        "accuracy": lambda found, bad: ((found == bad).mean(), (found == bad).mean()),
        "shares of all rows": lambda found, bad: ((found & bad).mean(), (found & bad).mean()),
    },
)
def precision(library) -> None:
    """|F and D| / |F|, and |F and D| / |D|."""
    f = {n for n in range(7) if FOUND[n]}
    d = {n for n in range(7) if DIRTY[n]}
    close(library(FOUND, DIRTY), [len(f & d) / len(f), len(f & d) / len(d)])


def _ordered(change):
    """The items in the library's order, after ``change`` has been at the rows."""
    return lambda rows: _items(log_of(change(rows)))


def _items(log) -> list[int]:
    return log.item_ids[log.items].tolist()


@contract(
    "eq-order",
    kind="code",
    library=lambda rows: _items(log_of(rows)),
    perturb={
        "item numbers on ties": _ordered(lambda rows: sorted(rows, key=lambda row: row[1])),
        "ties reversed": _ordered(lambda rows: rows[::-1]),
        "newest first": _ordered(lambda rows: [(u, i, -t + 100) for u, i, t in rows]),
        "time before user": lambda rows: [i for _, i, _ in sorted(rows, key=lambda row: row[2])],
    },
)
def order(library) -> None:
    """m before n when (user, time, row) of m is smaller, compared from left to right."""
    left = list(range(len(ROWS)))
    ordered = []
    while left:
        first = left[0]
        for n in left:
            (u, _, t), (v, _, s) = ROWS[n], ROWS[first]
            if u < v or u == v and (t < s or t == s and n < first):
                first = n
        left.remove(first)
        ordered.append(ROWS[first][1])
    assert library(ROWS) == ordered


VISITS = [(1, i, t) for i, t in enumerate([0.0, 20, 50, 51, 90.5, 91])] + [(2, 3, 92.0), (2, 4, 200.0)]


@contract(
    "eq-session",
    kind="code",
    library=lambda log, gap: sessions(log, gap),
    perturb={
        "from 0": lambda log, gap: sessions(log, gap) - 1,
        "the gap itself ends a session": lambda log, gap: sessions(log, np.nextafter(gap, 0)),
        "across users": lambda log, gap: 1 + np.append(0, np.cumsum(np.diff(log.times) > gap)),
        "minutes for seconds": lambda log, gap: sessions(log, gap * 60),
    },
)
def session(library) -> None:
    """s_t = 1 + the number of gaps above g up to t, each user by itself."""
    log, expected = log_of(VISITS), []
    for user in (1, 2):
        times = [t for u, _, t in VISITS if u == user]
        for t in range(len(times)):
            expected.append(1 + sum(times[j] - times[j - 1] > 30 for j in range(1, t + 1)))
    assert library(log, 30.0).tolist() == expected


CHAIN = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (4, 3), (4, 4), (3, 4), (3, 5), (5, 1), (5, 1)]


def _pairs(log) -> list[tuple]:
    return sorted(zip(log.user_ids[log.users].tolist(), log.item_ids[log.items].tolist(), strict=True))


def _counted_once(log, k):
    users, items = Counter(log.users.tolist()), Counter(log.items.tolist())
    keep = [
        users[u] >= k and items[i] >= k for u, i in zip(log.users.tolist(), log.items.tolist(), strict=True)
    ]
    return log.take(np.array(keep))


@contract(
    "eq-core",
    kind="code",
    library=k_core,
    perturb={
        "one pass": _counted_once,
        "more than k": lambda log, k: k_core(log, k + 1) if k < 2 else log.take(np.zeros(len(log), bool)),
        "users only": lambda log, k: log.take((np.bincount(log.users) >= k)[log.users]),
        "nothing dropped": lambda log, k: log,
    },
)
def core(library) -> None:
    """The largest set of rows in which every user and every item has k rows: tried over all subsets."""
    log = read_interactions(pd.DataFrame(CHAIN, columns=["user", "item"]))
    best: list[tuple] = []
    for subset in range(1 << len(CHAIN)):
        rows = [pair for n, pair in enumerate(CHAIN) if subset >> n & 1]
        users, items = Counter(u for u, _ in rows), Counter(i for _, i in rows)
        if len(rows) > len(best) and min(*users.values(), *items.values()) >= 2:
            best = rows
    assert _pairs(library(log, 2)) == sorted(best)


HISTORIES = {1: [4, 9, 2, 7, 5], 2: [3, 8], 3: [6, 1, 4]}


def _parts(log) -> tuple:
    """Training items by user; validation and test: history and target by user."""
    split = leave_one_out(log, max_len=9)
    train = {u + 1: [] for u in range(log.n_users)}
    for u, i in zip(split.train_log.users.tolist(), split.train_log.items.tolist(), strict=True):
        train[u + 1].append(i)
    held = []
    for part in (split.validation, split.test):
        rows = zip(part.batch.users.tolist(), part.batch.items.tolist(), part.target.tolist(), strict=True)
        held.append({u + 1: ([i for i in items if i], target) for u, items, target in rows})
    return train, *held


def _changed(change):
    def parts(log):
        train, validation, test = _parts(log)
        return change(train, validation, test)

    return parts


@contract(
    "eq-split",
    kind="code",
    library=_parts,
    perturb={
        "validation and test exchanged": _changed(lambda train, a, b: (train, b, a)),
        "validation missing from the test history": _changed(
            lambda train, a, b: (train, a, {u: (h[:-1], x) for u, (h, x) in b.items()})
        ),
        "the test item in the history": _changed(
            lambda train, a, b: (train, a, {u: ([*h, x], x) for u, (h, x) in b.items()})
        ),
        "validation in training": _changed(
            lambda train, a, b: ({u: [*x, *([a[u][1]] if u in a else [])] for u, x in train.items()}, a, b)
        ),
        "short users lost": _changed(lambda train, a, b: ({**train, 2: []}, a, b)),
    },
)
def split(library) -> None:
    """t <= n - 2 is training, n - 1 validation, n the test; a user below 3 items is training alone."""
    rows = [(u, i, float(t)) for u, items in HISTORIES.items() for t, i in enumerate(items)]
    # Item numbers equal the ids here: 1 to 9 all occur.
    train, validation, test = {}, {}, {}
    for user, items in HISTORIES.items():
        n = len(items)
        train[user] = [items[t] for t in range(n) if n < 3 or t + 1 <= n - 2]
        if n >= 3:
            validation[user] = ([items[t] for t in range(n - 2)], items[n - 2])
            test[user] = ([items[t] for t in range(n - 1)], items[n - 1])
    assert library(log_of(rows)) == (train, validation, test)


@contract(
    "eq-later",
    kind="code",
    library=later_share,
    perturb={
        "earlier": lambda log, asked: 1 - later_share(log, asked),
        "the moment itself is known": lambda log, asked: later_share(log, np.nextafter(asked, np.inf)),
        "a number, not a share": lambda log, asked: later_share(log, asked) * len(log),
        "against the last request": lambda log, asked: later_share(log, np.full(len(asked), asked.max())),
    },
)
def later(library) -> None:
    """The mean over training rows of 1 when the row's time is at or after the request."""
    log, asked = log_of(ROWS), np.array([30.0, 60.0, 1.0])
    close(library(log, asked), [sum(t >= q for _, _, t in ROWS) / len(ROWS) for q in asked])


FLAT, START, STOP = torch.tensor([4, 7, 2, 9, 5, 8, 3]), torch.tensor([0, 4, 6]), torch.tensor([4, 6, 7])


@contract(
    "eq-pad",
    kind="code",
    library=pad_windows,
    perturb={
        "padded in front": lambda *a: torch.stack(
            [r[r.argsort(stable=True)] if 0 in r else r for r in pad_windows(*a)]
        ),
        "the oldest kept": lambda flat, start, stop, n: pad_windows(
            flat, start, torch.minimum(stop, start + n), n
        ),
        "not cut": lambda flat, start, stop, n: pad_windows(flat, start, stop, 99),
        "one step too few": lambda flat, start, stop, n: pad_windows(flat, start, stop, n - 1),
        "newest first": lambda *a: pad_windows(*a).flip(1),
    },
)
def pad(library) -> None:
    """items[b, t] = x[b, n_b - l_b + t] for t <= l_b = min(n_b, L), and 0 after."""
    limit, rows = 3, [[4, 7, 2, 9], [5, 8], [3]]
    expected = np.zeros((3, 3), dtype=int)
    for b, row in enumerate(rows):
        length = min(len(row), limit)
        for t in range(1, length + 1):
            expected[b, t - 1] = row[len(row) - length + t - 1]
    found = library(FLAT, START, STOP, limit)
    assert found.shape == expected.shape and (found.numpy() == expected).all()


def _weighted(weights):
    return lambda batch, losses: float((losses * weights(batch)).sum() / len(batch))


@contract(
    "eq-row-weight",
    kind="code",
    library=_weighted(LengthNormalisation.weights),
    perturb={
        "every step alike": _weighted(lambda b: b.mask() * (len(b) / b.mask().sum())),
        "padding too": _weighted(lambda b: torch.ones(b.items.shape) / b.lengths[:, None]),
        "divided by the width": _weighted(lambda b: b.mask() / b.items.shape[1]),
        "not divided": _weighted(lambda b: b.mask().float()),
    },
)
def row_weight(library) -> None:
    """(1/B) sum over rows of (1/n_b) times the sum of the row's step losses."""
    batch = Batch(torch.tensor([[4, 7, 2, 9], [5, 8, 0, 0], [3, 0, 0, 0]]), torch.tensor([4, 2, 1]))
    losses = torch.arange(1.0, 13.0).view(3, 4)
    total = 0.0
    for b, n in enumerate([4, 2, 1]):
        total += sum(float(losses[b, t]) for t in range(n)) / n
    np.testing.assert_allclose(library(batch, losses), total / 3, rtol=1e-6)


@contract(
    "eq-log-gap",
    kind="code",
    library=log_gaps,
    perturb={
        "no 1": lambda batch: (log_gaps(batch).expm1()).clamp(min=1e-9).log(),
        "seconds": lambda batch: log_gaps(batch, unit=1.0),
        "base 2": lambda batch: log_gaps(batch) / math.log(2),
        "the gap after": lambda batch: log_gaps(batch).roll(-1, 1),
    },
)
def log_gap(library) -> None:
    """g_t = log(1 + (tau_t - tau_{t-1}) / 60), 0 at the first step and at padding."""
    times = [[10.0, 10.0, 95.0, 9000.0], [5.0, 65.5]]
    padded = torch.tensor([times[0], [*times[1], 0, 0]], dtype=torch.float64)
    batch = Batch(torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0]]), torch.tensor([4, 2]), times=padded)
    expected = np.zeros((2, 4))
    for b, row in enumerate(times):
        for t in range(1, len(row)):
            expected[b, t] = math.log(1 + (row[t] - row[t - 1]) / 60)
    np.testing.assert_allclose(library(batch).numpy(), expected, rtol=1e-5, atol=1e-6)


def _standardised(log, fitted_on="train", spread=True, centre=True):
    split = leave_one_out(log, max_len=9)
    norm = FeatureNormalisation.fit(split.train_log if fitted_on == "train" else log)
    mean = norm.mean if centre else {"gap": 0.0}
    deviation = norm.deviation if spread else {"gap": 1.0}
    return replace(norm, mean=mean, deviation=deviation).apply(split.test.batch).features["gap"]


@contract(
    "eq-standard",
    kind="code",
    library=_standardised,
    perturb={
        "fitted on the whole log": lambda log: _standardised(log, fitted_on="all"),
        "the mean stays": lambda log: _standardised(log, centre=False),
        "not divided": lambda log: _standardised(log, spread=False),
        "padding is a value": lambda log: _standardised(log) - (_standardised(log) == 0).float(),
    },
)
def standard(library) -> None:
    """z = (g - mean) / deviation, both of the training rows; padding stays 0."""
    values = {1: [1.0, 4.0, 2.0, 9.0, 5.0], 3: [6.0, 0.5, 3.0]}
    rows = [(u, i + 1, float(i)) for u, v in values.items() for i in range(len(v))]
    train = [g for v in values.values() for g in v[:-2]]
    mean = sum(train) / len(train)
    deviation = math.sqrt(sum((g - mean) ** 2 for g in train) / len(train))
    expected = np.zeros((2, 4))
    for b, v in enumerate(values.values()):
        for t in range(len(v) - 1):
            expected[b, t] = (v[t] - mean) / deviation
    found = library(log_of(rows, gap=[g for v in values.values() for g in v]))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)


@contract(
    "eq-waste",
    kind="code",
    library=padding_share,
    perturb={
        "the share that is real": lambda parts: 1 - padding_share(parts),
        "the mean over batches": lambda parts: float(np.mean([padding_share([p]) for p in parts])),
        "one width for all": lambda parts: padding_share([torch.cat(parts)]),
        "padding by real cells": lambda parts: padding_share(parts) / (1 - padding_share(parts)),
    },
)
def waste(library) -> None:
    """1 - real cells / all cells, each batch as wide as its longest row."""
    lengths = [[2, 5, 3], [7], [1, 1, 4, 2]]
    real = cells = 0
    for part in lengths:
        for n in part:
            real += n
            cells += max(part)
    close(library([torch.tensor(part) for part in lengths]), 1 - real / cells)


def _keep(keep: int):
    return lambda log, seed: permute_order(log, seed, keep=keep)


def _only_swapped(log, seed):
    """The first two rows of each user change places or not: an order at random, but not every order."""
    items = log.items.copy()
    flip = np.random.default_rng(seed).random(log.n_users) < 0.5
    first = log.offsets[:-1][flip]
    items[first], items[first + 1] = items[first + 1], items[first].copy()
    return replace(log, items=items)


@contract(
    "eq-shuffle",
    kind="montecarlo",
    library=permute_order,
    perturb={
        "the last row too": _keep(0),
        "two rows stay": _keep(2),
        "nothing moves": lambda log, seed: log,
        "neighbours only": _only_swapped,
        "across users": lambda log, seed: replace(
            log, items=np.random.default_rng(seed).permutation(log.items)
        ),
        "with replacement": lambda log, seed: replace(
            log,
            items=log.items[
                log.offsets[:-1][log.users] + np.random.default_rng(seed).integers(0, 3, len(log))
            ],
        ),
    },
)
def shuffle(library) -> None:
    """The last row of each user stays; each order of the others has the same chance, 1 / 6 for three rows."""
    users = 6000
    rows = pd.DataFrame({"user": np.repeat(np.arange(users), 4), "item": np.tile([1, 2, 3, 4], users)})
    found = library(read_interactions(rows), 5).items.reshape(users, 4)
    assert (found[:, 3] == 4).all()
    counts = Counter(map(tuple, found[:, :3].tolist()))
    assert set(counts) == {
        (a, b, c) for a in (1, 2, 3) for b in (1, 2, 3) for c in (1, 2, 3) if len({a, b, c}) == 3
    }
    error = math.sqrt(users * 1 / 6 * 5 / 6)
    assert all(abs(count - users / 6) < 4 * error for count in counts.values())
