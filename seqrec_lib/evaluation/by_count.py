"""A metric apart for items of which training had few events and many.

Size: ``N`` cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..messages import InputError


@dataclass(frozen=True)
class Group:
    """Cases whose target has ``low`` to ``high`` training events (None: no upper end).

    ``mean`` is the metric over ``cases`` of them; NaN without any.
    """

    low: int
    high: int | None
    cases: int
    mean: float

    @property
    def name(self) -> str:
        """``none``, ``1 to 5``, ``over 200``."""
        if self.high is None:
            return f"over {self.low - 1}"
        if self.high == 0:
            return "none"
        return f"{self.low} to {self.high}" if self.low < self.high else str(self.low)


def by_count(
    values: np.ndarray, counts: np.ndarray, edges: Sequence[int] = (0, 5, 50, 200)
) -> tuple[Group, ...]:
    """One group up to each edge, and one above the last.

    Args:
        values: ``(N,)`` a metric a case, such as ``evaluate(...).values("NDCG@10")``.
        counts: ``(N,)``: how many training events the target of each case has.
        edges: rising; the last events that a group takes.

    Raises:
        InputError: arrays of unequal length, or edges that do not rise from 0 or more.
    """
    if values.shape != counts.shape:
        raise InputError(f"{len(values)} values and {len(counts)} counts: give one of each a case")
    if not edges or edges[0] < 0 or any(b <= a for a, b in zip(edges, edges[1:], strict=False)):
        raise InputError(f"edges are {list(edges)}: they must rise, from 0 or more")
    lows = [0, *(edge + 1 for edge in edges)]
    groups = []
    for low, high in zip(lows, [*edges, None], strict=True):
        inside = (counts >= low) & (counts <= (np.inf if high is None else high))
        mean = float(values[inside].mean()) if inside.any() else float("nan")
        groups.append(Group(low, high, int(inside.sum()), mean))
    return tuple(groups)
