"""The shuffle test's log: the same users, the same items, the same times, and no order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...messages import InputError
from ..interactions import Interactions


def permute_order(log: Interactions, seed: int = 0, keep: int = 1) -> Interactions:
    """Return the log with each user's interactions in random order, all but the newest ``keep``.

    Items move with their event types and features; times stay where they are, so they still rise. With
    ``keep=1`` the last item of every user is the same as before, and so is the set of items before it:
    leave-one-out tests the same cases, on histories that have lost their order. The idea is that of
    Woolridge et al. (2021) and Klenitskiy et al. (2024).

    Args:
        log: ``N`` interactions. seed: of the random orders. keep: newest rows of each user that stay.

    Raises:
        InputError: ``keep`` is negative.
    """
    if keep < 0:
        raise InputError(f"keep is {keep}: it is a number of newest interactions, 0 or more")
    n = len(log)
    place = np.arange(n)
    movable = place < log.offsets[1:][log.users] - keep  # (N,)
    # Users stay apart and kept rows stay behind: only the random key orders what may move.
    key = np.where(movable, np.random.default_rng(seed).random(n), 1.0 + place)
    order = np.lexsort((key, log.users))
    return replace(
        log,
        items=log.items[order],
        events=None if log.events is None else log.events[order],
        features={name: values[order] for name, values in log.features.items()},
        name=f"{log.name}, shuffled",
        report=log.report.note(f"each user's order is random (seed {seed}), the newest {keep} stay"),
    )
