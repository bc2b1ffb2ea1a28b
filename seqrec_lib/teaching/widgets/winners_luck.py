"""The luck of a winner: what the best of n trials seems to be worth, and what it is worth to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...messages import message
from .view import View

DIGITS = 5
START = 200


def winners_luck(searches: Sequence[Mapping[str, Mapping[str, Sequence[float]]]]) -> View:
    """A view of the best of n trials, chosen by some users and judged by others.

    Args:
        searches: one mapping a search, from a number of choosing users (``"200"``) to ``chosen`` and
            ``worth``, each (trials,): the mean NDCG@10 of the best of the first n trials, by those who chose
            and by the others. All searches have the same numbers of users and as many trials.

    Raises:
        ValueError: no search, a search without users, or searches of different numbers.
    """
    if not searches or not searches[0]:
        raise ValueError("give one search at least, with the figures of one number of users")
    users = sorted(searches[0], key=int)
    shapes = {
        (tuple(sorted(one, key=int)), len(one[u][what])) for one in searches for u in one for what in _BOTH
    }
    if len(shapes) > 1:
        raise ValueError("give searches with the same numbers of users and of trials")
    table = np.array([[[one[u][what] for what in _BOTH] for u in users] for one in searches], dtype=float)
    names = [message("search {number}", number=n + 1) for n in range(len(searches))]
    whole = [*((name, each) for name, each in zip(names, table, strict=True))]
    if len(searches) > 1:
        whole.insert(0, (message("the mean of {number} searches", number=len(searches)), table.mean(0)))
    data = {
        "words": _words(),
        "users": [int(u) for u in users],
        "start": int(np.argmin([abs(int(u) - START) for u in users])),
        "searches": [
            {
                "name": name,
                "by": [dict(zip(_BOTH, both.round(DIGITS).tolist(), strict=True)) for both in each],
            }
            for name, each in whole
        ],
    }
    label = message(
        "Choose how many trials a search has and how many users choose: what is the winner worth?"
    )
    return View("winners_luck", label, data)


_BOTH = ("chosen", "worth")


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("What is the best of so many trials worth?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "go from one trial to thirty: which line rises more? Keep thirty, and let more users choose. "
            "Then let 50 choose: how much of what they see is there?"
        ),
        "choose": message("The search"),
        "search": message("trials of"),
        "trials": message("trials:"),
        "users": message("users who choose:"),
        "lines": [message("best trial, by the users who chose"), message("the same trial, by all others")],
        "across": message("trials so far"),
        "up": message("NDCG@10"),
        "told": message(
            "The best of {n}, chosen by {users} users: {chosen} to them and {worth} to others. It looks "
            "{gap} better than it is. Against a trial at random, choosing brought {brought}."
        ),
        "alt": message(
            "Two lines over the number of trials, to {n}. By the {users} users who chose, the best trial has "
            "{chosen} at the end; by all others it has {worth}."
        ),
        "table": message("The data of this figure"),
    }
