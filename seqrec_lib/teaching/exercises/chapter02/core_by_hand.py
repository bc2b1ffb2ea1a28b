"""The k-core: drop what is rare until nothing is rare any more."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def _often(values: np.ndarray, keep: np.ndarray, k: int) -> np.ndarray:
    """(N,) bool: rows whose value occurs at least k times among the kept rows."""
    counts = np.bincount(values[keep], minlength=values.max() + 1)
    return counts[values] >= k


def core_rows(users: np.ndarray, items: np.ndarray, k: int) -> np.ndarray:
    """users, items: (N,) int arrays, k: int. Returns (N,) bool: the rows that stay."""
    keep = np.ones(len(users), dtype=bool)
    while True:
        fewer = keep & _often(users, keep, k) & _often(items, keep, k)
        if fewer.sum() == keep.sum():
            return keep
        keep = fewer


def counted_once(users, items, k):
    keep = np.ones(len(users), dtype=bool)
    return _often(users, keep, k) & _often(items, keep, k)


def ten_rounds(users, items, k):
    keep = np.ones(len(users), dtype=bool)
    for _ in range(10):
        keep = keep & _often(users, keep, k) & _often(items, keep, k)
    return keep


def _one_after_the_other(first: int):
    def rows(users, items, k):
        keep = np.ones(len(users), dtype=bool)
        for values in ((users, items), (items, users))[first]:
            keep = keep & _often(values, keep, k)
        return keep

    return rows


def users_only(users, items, k):
    return core_rows(users, users, k)


def items_only(users, items, k):
    return core_rows(items, items, k)


def more_than_k(users, items, k):
    return core_rows(users, items, k + 1)


def either(users, items, k):
    keep = np.ones(len(users), dtype=bool)
    return _often(users, keep, k) | _often(items, keep, k)


def dropped(users, items, k):
    return ~core_rows(users, items, k)


def repeats_once(users, items, k):
    pair, first = np.unique(np.stack([users, items]), axis=1, return_index=True)
    keep = core_rows(pair[0], pair[1], k)
    kept = {tuple(p) for p in pair[:, keep].T.tolist()}
    return np.array([(u, i) in kept for u, i in zip(users.tolist(), items.tolist(), strict=True)])


def _probes() -> list[Probe]:
    rng = np.random.default_rng(8)

    def log(rows: list[tuple[int, int]]) -> tuple:
        users, items = np.array(rows).T
        return users, items

    # Dropping item 5 leaves user 3 with one row; without user 3, item 4 is rare; and so on.
    chain = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (4, 3), (4, 4), (3, 4), (3, 5)]
    # Users 2, 3, … each share one item with the next: every round can drop only the last of them.
    far = chain[:4] + [row for j in range(2, 42) for row in ((j, j + 1), (j + 1, j + 1))]
    again = [(1, 1), (1, 1), (2, 1), (2, 2), (3, 2), (3, 2), (3, 3)]
    drawn = rng.integers(1, [13, 25], (60, 2)).tolist()
    long = rng.integers(1, [31, 41], (160, 2)).tolist()
    return [
        Probe("one drop causes the next", (*log(chain), 2)),
        Probe("eighty drops, one after the other", (*log(far), 2)),
        Probe("a user meets an item twice", (*log(again), 2)),
        Probe("sixty rows, k = 3", (*log(drawn), 3)),
        Probe("160 rows, k = 4", (*log(long), 4)),
        Probe("all stay", (*log([(1, 1), (1, 2), (2, 1), (2, 2)]), 2)),
    ]


EXERCISE = Exercise(
    name="core-by-hand",
    reference=core_rows,
    probes=_probes,
    mutants=(
        Mutant(
            "one-pass",
            "The counts are taken once. A dropped row lowers other counts: go on until nothing changes.",
            counted_once,
            _one_after_the_other(0),
            _one_after_the_other(1),
        ),
        Mutant(
            "ten-rounds",
            "The number of rounds is fixed, and a long chain of drops is not at its end by then.",
            ten_rounds,
        ),
        Mutant("users-only", "Only users are counted: rare items are still there.", users_only),
        Mutant("items-only", "Only items are counted: rare users are still there.", items_only),
        Mutant("more-than-k", "Those with exactly k rows are dropped too. k rows are enough.", more_than_k),
        Mutant(
            "either",
            "A row stays when its user or its item is frequent. Both have to be.",
            either,
        ),
        Mutant("turned-round", "True marks the rows that go. It should mark those that stay.", dropped),
        Mutant(
            "repeats-once",
            "A user's second meeting with an item is not counted. Here each row counts.",
            repeats_once,
        ),
    ),
    hints=(
        "Start with all rows. Which users and items have fewer than k of them? What is left without those?",
        "Put the counting and the dropping into a loop, and leave it when a round drops nothing.",
    ),
)
