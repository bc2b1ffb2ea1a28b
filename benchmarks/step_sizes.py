"""The step size of a variant: the best on a ladder, which is climbed until the best is not at its end."""

from __future__ import annotations

from collections.abc import Callable

LADDER = (0.0016, 0.004, 0.01, 0.025, 0.06, 0.15)


def best_step_size(
    value_of: Callable[[float], float],
    start: tuple[float, ...] = (0.01, 0.025),
    ladder: tuple[float, ...] = LADDER,
) -> float:
    """The step size with the largest ``value_of``. What stands beside the best on the ladder is tried too."""
    tried = {rate: value_of(rate) for rate in start}
    while True:
        best = max(tried, key=lambda rate: tried[rate])
        place = ladder.index(best)
        beside = [rate for rate in ladder[max(place - 1, 0) : place + 2] if rate not in tried]
        if not beside:
            return best
        tried |= {rate: value_of(rate) for rate in beside}
