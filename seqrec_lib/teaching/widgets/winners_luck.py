"""The luck of a winner: what the best of n trials seems to be worth, and what it is worth to others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...messages import message
from .view import View

DIGITS = 5
STEPS = (0.25, 0.5, 1, 2, 4, 8, 16)  # users who choose, in units of those who did


def winners_luck(searches: Sequence[Sequence[tuple[float, float]]], users: int) -> View:
    """A view of the best of n trials, chosen by some users and judged by others.

    Args:
        searches: one list a search, with (value, worth) of each trial: the figure of the users who choose and
            that of others. All have as many trials. users: how many chose. For other numbers of users the
            distance of value and worth is scaled by the root of the number, as the error of a mean is.

    Raises:
        ValueError: no search, no trial, or searches of different lengths.
    """
    if not searches or not searches[0] or len({len(one) for one in searches}) > 1:
        raise ValueError("give one search at least, all with as many trials")
    counts = [round(users * step) for step in STEPS]
    table = np.array([[best_of(_scaled(one, users / n)) for n in counts] for one in searches])
    named = [(message("search {number}", number=k + 1), each) for k, each in enumerate(table)]
    if len(searches) > 1:
        named.insert(0, (message("all {number} searches", number=len(searches)), table.mean(0)))
    data = {
        "words": _words(),
        "users": counts,
        "start": STEPS.index(1),
        "searches": [
            {
                "name": name,
                "by": [
                    {"chosen": a.round(DIGITS).tolist(), "worth": b.round(DIGITS).tolist()} for a, b in by
                ],
            }
            for name, by in named
        ],
    }
    label = message("Choose how many trials a search has and how many users choose: what is its best worth?")
    return View("winners_luck", label, data)


def best_of(trials: np.ndarray) -> np.ndarray:
    """``trials`` (N, 2), value and worth: both of the best by value among n of them, in the mean over draws.

    Returns (2, N), for n = 1 to N. Exact: the trial with the r-th best value is the best of n that are drawn
    without putting back if it is drawn and none of the r - 1 better ones is.
    """
    best_first = trials[np.argsort(-trials[:, 0], kind="stable")]
    total = len(trials)
    found = np.empty((2, total))
    for n in range(1, total + 1):
        chance = np.zeros(total)
        chance[0] = n / total
        for r in range(1, total - n + 1):
            chance[r] = chance[r - 1] * (total - r + 1 - n) / (total - r)
        found[:, n - 1] = chance @ best_first
    return found


def _scaled(trials: Sequence[tuple[float, float]], fewer: float) -> np.ndarray:
    """(N, 2) with the distance of value and worth as ``fewer`` times fewer users would have it."""
    both = np.array(trials, dtype=float)
    both[:, 0] = both[:, 1] + (both[:, 0] - both[:, 1]) * fewer**0.5
    return both


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("What is the best of so many trials worth?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "go from one trial to thirty: which line rises more? Then let 50 users choose, and 3,200. "
            "Last, compare the three searches: in which is luck the larger part?"
        ),
        "choose": message("The search"),
        "search": message("trials of"),
        "trials": message("trials:"),
        "users": message("users who choose:"),
        "lines": [
            message("the best trial, by the users who chose"),
            message("the same trial, by fresh users"),
        ],
        "across": message("trials"),
        "up": message("NDCG@10"),
        "told": message(
            "The best of {n}, by {users} users: {chosen} to them, {worth} to fresh users. It looks {gap} "
            "better than it is, of which {luck} comes from choosing. What choosing really brought: {brought}."
        ),
        "alt": message(
            "Two lines over the number of trials, to {n}. At the end the best trial has {chosen} by the "
            "{users} users who chose it and {worth} by fresh users."
        ),
        "table": message("The data of this figure"),
    }
