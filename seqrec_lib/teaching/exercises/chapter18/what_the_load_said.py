"""Verdicts on waits at several loads, from the formula and from a queue that is walked through."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ....deploy import arrival_times, mean_wait, waits
from ..reading import NO, OPEN, YES, Reading, Sentence

COUNT = 40_000
LONG = (np.arange(10) == 0) * 9.0 + 1.0  # one in ten takes ten times as long


def _tenfold() -> str:
    return YES if mean_wait(0.9, 1.0) > 10 * mean_wait(0.5, 1.0) else NO


def _long_doubles() -> str:
    spread = float((LONG / LONG.mean()).std())
    return YES if mean_wait(0.9, 1.0, spread) > 2 * mean_wait(0.9, 1.0) else NO


@lru_cache(maxsize=1)
def _two_alike() -> str:
    """Whether two workers wait within a tenth of what one does, at the same load of each."""
    takes = np.ones(COUNT)
    one, two = (waits(arrival_times(0.9 * n, COUNT, seed=8), takes, n).mean() for n in (1, 2))
    return YES if abs(two / one - 1) < 0.1 else NO


_ABOVE = "Take the service itself off the means of the table, and compare what is left."

EXERCISE = Reading(
    name="what-the-load-said",
    sentences=(
        Sentence(_tenfold, dict.fromkeys((YES, OPEN), "Put both loads into the formula, with a mean of 1.")),
        Sentence(_long_doubles, dict.fromkeys((NO, OPEN), _ABOVE)),
        Sentence(_two_alike, dict.fromkeys((YES, OPEN), _ABOVE)),
        Sentence(
            lambda: OPEN,
            dict.fromkeys((YES, NO), "Which line of the table has a worker that answers several at once?"),
        ),
    ),
    hints=(
        "For each sentence find the two lines that it compares, or the two loads.",
        "What no line has tried is open, however plausible it is.",
    ),
)
