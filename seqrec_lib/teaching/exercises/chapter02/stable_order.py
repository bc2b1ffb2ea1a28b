"""Rows of a log in the order of time, where the file was written newest first."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def time_order(users: np.ndarray, items: np.ndarray, times: np.ndarray) -> np.ndarray:
    """users, items, times: (N,) arrays of a file, newest first. Returns (N,) row numbers."""
    return np.lexsort((_upwards(users), times, users))


def _upwards(rows: np.ndarray) -> np.ndarray:
    """(N,) numbers that fall: the file's last row is the earliest."""
    return -np.arange(len(rows))


def ties_as_in_the_file(users, items, times):
    return np.lexsort((times, users))


def item_on_ties(users, items, times):
    return np.lexsort((items, times, users))


def item_falling_on_ties(users, items, times):
    return np.lexsort((-items, times, users))


Kind = Literal["quicksort", "heapsort", "stable"]
HALF_STABLE: tuple[tuple[Kind, Kind], ...] = (("quicksort", "stable"), ("stable", "quicksort"))


def _two_sorts(first: Kind, second: Kind, turned: bool, looked_up: bool = True):
    """By time, then by user; ``turned``: from the file's last row up. ``looked_up``: in the first order."""

    def order(users, items, times):
        rows = np.arange(len(users))[::-1] if turned else np.arange(len(users))
        by_time = rows[np.argsort(times[rows], kind=first)]
        by_user = np.argsort(users[by_time], kind=second)
        return by_time[by_user] if looked_up else by_user

    return order


def rows_of_the_turned_file(users, items, times):
    return np.lexsort((times[::-1], users[::-1]))


def newest_first(users, items, times):
    return np.lexsort((-times, users))


def users_mixed(users, items, times):
    return np.lexsort((_upwards(users), times))


def users_mixed_as_in_the_file(users, items, times):
    return np.argsort(times, kind="stable")


def ties_by_user(users, items, times):
    return np.lexsort((users, times))


def result_turned_round(users, items, times):
    return np.lexsort((times, users))[::-1]


def time_before_user(users, items, times):
    return np.lexsort((_upwards(users), users, times))


def users_as_text(users, items, times):
    return np.lexsort((_upwards(users), times, users.astype(str)))


def times_rounded(users, items, times):
    return np.lexsort((_upwards(users), times.astype(np.float32), users))


def time_ignored(users, items, times):
    return np.argsort(users, kind="stable")


def turned_alone(users, items, times):
    return np.lexsort((_upwards(users), users))


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
            "as-given",
            "This does what the function of the task does: all three faults are still there.",
            _two_sorts("quicksort", "stable", turned=False, looked_up=False),
        ),
        Mutant(
            "ties-as-in-the-file",
            "Rows with the same time stand as in the file. But which of them happened first, if the file is "
            "written newest first?",
            ties_as_in_the_file,
        ),
        Mutant(
            "item-on-ties",
            "Rows with the same time are put in the order of their item numbers. Nothing in the log says "
            "that people act in that order, and a model will learn it.",
            item_on_ties,
            item_falling_on_ties,
        ),
        Mutant(
            "one-sort-unstable",
            "One of the two sorts keeps rows that are equal in order by now. In a long log the other mixes "
            "them up.",
            *(_two_sorts(first, second, turned) for turned in (True, False) for first, second in HALF_STABLE),
        ),
        Mutant(
            "unstable",
            "Short logs come out right, but in a long one rows with the same time are mixed up. Which kind "
            "of sort keeps them?",
            *(
                _two_sorts(kind, kind, turned)
                for turned in (True, False)
                for kind in ("quicksort", "heapsort")
            ),
        ),
        Mutant(
            "rows-of-the-turned-file",
            "These are row numbers of the file turned round. Say which rows of the file as it is they are.",
            rows_of_the_turned_file,
        ),
        Mutant(
            "result-turned-round",
            "The result is turned round as a whole, so the largest user comes first. Only rows with the same "
            "time are the wrong way round in the file.",
            result_turned_round,
        ),
        Mutant("newest-first", "Each user's rows run from the newest to the oldest.", newest_first),
        Mutant(
            "users-mixed",
            "The rows are sorted by time alone, so the users are mixed. Each user's rows belong together.",
            users_mixed,
            users_mixed_as_in_the_file,
            time_before_user,
            ties_by_user,
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
            *(
                _two_sorts(kind, kind, turned, False)
                for turned in (True, False)
                for kind in ("quicksort", "stable")
            ),
        ),
        Mutant(
            "time-ignored",
            "The users are together, but their rows are not sorted by time.",
            time_ignored,
            turned_alone,
        ),
        Mutant(
            "places",
            "This says at which place each row belongs. Wanted is the other way round: which row stands at "
            "each place.",
            places,
        ),
    ),
    hints=(
        "Take a file of five rows, and write the right order by hand before you look at the code.",
        "Three questions: what does a sort do with equal keys, which rows do the numbers of the second sort "
        "mean, and which of two rows with one time comes later in this file?",
    ),
)
