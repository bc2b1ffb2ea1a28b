"""Rules that find what no person did: rows sent twice, users who are programs; and sessions.

Each rule has a function that finds and one that drops. Finding alone lets a rule be judged against a
truth, and looked at before anything is lost.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...messages import InputError
from ..errors import DataError
from ..interactions import Interactions


def echoes(log: Interactions, within: float = 10.0) -> np.ndarray:
    """``(N,)`` bool: True where the user met the same item at most ``within`` seconds before.

    The item need not be the one just before: another may lie between. A row that comes soon after an echo
    is an echo too. With ``within=inf`` every second meeting counts, as in ``drop_duplicates``.

    Raises:
        DataError: the log has no times. InputError: ``within`` is negative.
    """
    times = _times(log, "echoes")
    if not within >= 0:
        raise InputError(f"within is {within} seconds: it must be 0 or more")
    pair = log.users * (log.n_items + 1) + log.items  # (N,)
    order = np.argsort(pair, kind="stable")  # rows of one pair together, still by time
    same = pair[order][1:] == pair[order][:-1]
    found = np.zeros(len(log), dtype=bool)
    found[order[1:]] = same & (np.diff(times[order]) <= within)
    return found


def drop_echoes(log: Interactions, within: float = 10.0) -> Interactions:
    """Return the log without its :func:`echoes`; the first of each chain stays."""
    found = echoes(log, within)
    why = f"same user and item within {within:g} s, the first kept"
    return replace(log.take(~found), report=log.report.drop(int(found.sum()), "interactions", why))


def machine_users(log: Interactions, gap: float = 2.0, at_least: int = 20) -> np.ndarray:
    """``(U,)`` bool: users with ``at_least`` interactions, most of whose gaps are below ``gap`` seconds.

    Most means more than half: a program may rest, and a person may double-click now and then.

    Raises:
        DataError: the log has no times. InputError: ``gap`` is not above 0, ``at_least`` below 2.
    """
    times = _times(log, "machine_users")
    if not gap > 0 or at_least < 2:
        raise InputError(f"gap is {gap} and at_least {at_least}: use a gap above 0 s and at least 2 rows")
    step, same = np.diff(times), log.users[1:] == log.users[:-1]
    step, user = step[same], log.users[1:][same]
    quick = np.bincount(user, weights=step < gap, minlength=log.n_users)
    count = np.bincount(user, minlength=log.n_users)  # gaps, one fewer than rows
    return (2 * quick > count) & (count + 1 >= at_least)


def long_sessions(log: Interactions, at_least: int, gap: float = 1800.0) -> np.ndarray:
    """``(U,)`` bool: users with a session of ``at_least`` interactions (see :func:`sessions`).

    Raises:
        DataError: the log has no times. InputError: ``at_least`` is below 2.
    """
    if at_least < 2:
        raise InputError(f"at_least is {at_least}: a long session has 2 interactions or more")
    number = sessions(log, gap)
    _, first, size = np.unique(np.stack([log.users, number]), axis=1, return_index=True, return_counts=True)
    return np.bincount(log.users[first], weights=size >= at_least, minlength=log.n_users) > 0


def drop_users(log: Interactions, which: np.ndarray, why: str) -> Interactions:
    """Return the log without the users where ``which`` ``(U,)`` is True; ``why`` goes into the report.

    Users that are left are numbered again; items keep their numbers, even those that lose all rows.

    Raises:
        InputError: ``which`` has not one entry a user. DataError: no user is left.
    """
    which = np.asarray(which, dtype=bool)
    if which.shape != (log.n_users,):
        raise InputError(f"which has shape {which.shape}, but the log has {log.n_users} users")
    if which.all():
        raise DataError(f"{log.name}: no user is left once those with {why} are dropped: use a milder rule")
    left = log.take(~which[log.users])
    number = np.cumsum(~which) - 1
    report = log.report.drop(int(which.sum()), "users", why)
    report = report.drop(len(log) - len(left), "interactions", f"of those users ({why})")
    return replace(left, users=number[left.users], user_ids=log.user_ids[~which], report=report)


def sessions(log: Interactions, gap: float = 1800.0) -> np.ndarray:
    """``(N,)`` int64: the number of each row's session within its user, from 1.

    A session ends when more than ``gap`` seconds pass. Half an hour is a custom, not a law: look at the
    gaps of your own log.

    Raises:
        DataError: the log has no times. InputError: ``gap`` is negative.
    """
    times = _times(log, "sessions")
    if not gap >= 0:
        raise InputError(f"gap is {gap} seconds: it must be 0 or more")
    if not len(log):
        return np.zeros(0, dtype=np.int64)
    first = np.append(True, log.users[1:] != log.users[:-1])
    begins = first | np.append(True, np.diff(times) > gap)
    count = np.cumsum(begins)
    start = np.flatnonzero(first)
    return count - np.repeat(count[start] - 1, np.diff(np.append(start, len(log))))


def precision_recall(found: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Of what a rule found, the share that is true; of what is true, the share that it found.

    Either is NaN where there is nothing to divide by.

    Raises:
        InputError: the two have different shapes.
    """
    found, truth = np.asarray(found, dtype=bool), np.asarray(truth, dtype=bool)
    if found.shape != truth.shape:
        raise InputError(f"found has shape {found.shape}, truth {truth.shape}: give one entry a row in both")
    hits, whole = int((found & truth).sum()), (int(found.sum()), int(truth.sum()))
    precision, recall = (hits / count if count else float("nan") for count in whole)
    return precision, recall


def _times(log: Interactions, what: str) -> np.ndarray:
    if log.times is None:
        raise DataError(f"{log.name}: {what} needs times, and this log has none: name its time column")
    return log.times
