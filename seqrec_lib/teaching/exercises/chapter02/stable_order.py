"""Rows of a log in the order of time, ties left as they came."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def time_order(users: np.ndarray, items: np.ndarray, times: np.ndarray) -> np.ndarray:
    """users, items, times: (N,) arrays. Returns (N,) row numbers, the first row first."""
    return np.lexsort((times, users))


def item_on_ties(users, items, times):
    return np.lexsort((items, times, users))


def item_falling_on_ties(users, items, times):
    return np.lexsort((-items, times, users))


def ties_reversed(users, items, times):
    return np.lexsort((-np.arange(len(users)), times, users))


def _unstable(kind: Literal["quicksort", "heapsort"]):
    def order(users, items, times):
        by_time = np.argsort(times, kind=kind)
        return by_time[np.argsort(users[by_time], kind=kind)]

    return order


def newest_first(users, items, times):
    return np.lexsort((-times, users))


def users_mixed(users, items, times):
    return np.argsort(times, kind="stable")


def time_before_user(users, items, times):
    return np.lexsort((users, times))


def users_as_text(users, items, times):
    return np.lexsort((times, users.astype(str)))


def times_rounded(users, items, times):
    return np.lexsort((times.astype(np.float32), users))


def _not_looked_up(kind: Literal["quicksort", "stable"]):
    def order(users, items, times):
        by_time = np.argsort(times, kind=kind)
        return np.argsort(users[by_time], kind=kind)

    return order


def time_ignored(users, items, times):
    return np.argsort(users, kind="stable")


def places(users, items, times):
    return np.argsort(time_order(users, items, times))


def _probes() -> list[Probe]:
    rng = np.random.default_rng(4)

    def log(n: int, n_users: int, n_times: int) -> tuple:
        return (rng.integers(1, n_users + 1, n), rng.permutation(n) + 1, rng.integers(0, n_times, n) * 60.0)

    return [
        Probe("one user, one tie", (np.ones(5, int), np.array([9, 4, 8, 2, 5]), np.array([3.0, 1, 3, 2, 0]))),
        Probe(
            "two users, no tie", (np.array([2, 1, 2, 1]), np.array([1, 2, 3, 4]), np.array([4.0, 2, 1, 3]))
        ),
        Probe("one moment for all", (np.array([1, 2, 1, 2, 1]), np.array([5, 1, 3, 4, 2]), np.full(5, 7.0))),
        Probe(
            "user 10 after user 2",
            (np.array([10, 2, 10, 9, 2]), np.array([3, 1, 2, 5, 4]), np.array([1.0, 9, 0, 4, 3])),
        ),
        Probe(
            "times in seconds since 1970",
            (np.array([1, 1, 1, 1]), np.array([4, 2, 3, 1]), 1.6e9 + np.array([40.0, 20, 30, 0])),
        ),
        Probe("a log of 80 rows with many ties", log(80, 3, 4)),
        Probe("a log of 300 rows with many ties", log(300, 5, 6)),
    ]


EXERCISE = Exercise(
    name="stable-order",
    reference=time_order,
    probes=_probes,
    mutants=(
        Mutant(
            "item-on-ties",
            "Rows with the same time are put in the order of their item numbers. Nothing in the log says "
            "that people act in that order, and a model will learn it.",
            item_on_ties,
            item_falling_on_ties,
        ),
        Mutant(
            "ties-reversed",
            "Rows with the same time come out backwards: the last to arrive stands first.",
            ties_reversed,
        ),
        Mutant(
            "unstable",
            "Short logs come out right, but in a long one rows with the same time are mixed up. Which kind "
            "of sort keeps them?",
            _unstable("quicksort"),
            _unstable("heapsort"),
        ),
        Mutant("newest-first", "Each user's rows run from the newest to the oldest.", newest_first),
        Mutant(
            "users-mixed",
            "The rows are sorted by time alone, so the users are mixed. Each user's rows belong together.",
            users_mixed,
            time_before_user,
        ),
        Mutant(
            "users-as-text",
            "The users are sorted as text, so user 10 stands before user 2. Sort them as numbers.",
            users_as_text,
        ),
        Mutant(
            "times-rounded",
            "Seconds since 1970 do not fit into 32-bit floats: times a minute apart become equal.",
            times_rounded,
        ),
        Mutant(
            "not-looked-up",
            "The second sort gives places in the log that is already sorted by time. Which rows of the "
            "first log stand at those places?",
            _not_looked_up("quicksort"),
            _not_looked_up("stable"),
        ),
        Mutant(
            "time-ignored", "The users are together, but their rows are not sorted by time.", time_ignored
        ),
        Mutant(
            "places",
            "This says at which place each row belongs. Wanted is the other way round: which row stands at "
            "each place.",
            places,
        ),
    ),
    hints=(
        "Sort twice, the less important key first, and see that the second sort leaves ties alone.",
        "NumPy's argsort takes kind='stable'; lexsort is stable and takes the most important key last.",
    ),
)
