"""Pictures of several goals: compromises as points and curves between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ...messages import message
from ..names import OTHERS
from .labels import legend_below, wrapped
from .picture import PALETTE, Picture, in_style, new_figure, show

MOST_WAYS = 7
Interval = tuple[float, float]


@in_style
def fronts(
    ways: Mapping[str, Sequence[tuple[float, float]]],
    across: str,
    up: str,
    least: str | None = None,
    spans: Mapping[str, Sequence[tuple[Interval, Interval]]] | None = None,
) -> Picture:
    """Compromises between two goals: a curve a way, or a point where a way has only one.

    Args:
        ways: name to its ``(first goal, second goal)``, in the order of its weight; seven ways at most.
        across, up: what the two goals are. least: a way of one point that is no compromise but a floor.
        spans: name to the intervals of each of its points, ``((low, high) across, (low, high) up)``.

    Raises:
        ValueError: no way, more than seven, a way without a point, or other spans than points.
    """
    spans = spans or {}
    if any(len(ways.get(name, ())) != len(each) for name, each in spans.items()):
        raise ValueError("give each point of a way its two intervals, or none to all of them")
    if not 1 <= len(ways) <= MOST_WAYS or any(not len(points) for points in ways.values()):
        raise ValueError(f"give one to {MOST_WAYS} ways, each with a point at least")
    figure, axes = new_figure(height=3.7)
    for n, (name, points) in enumerate(ways.items()):
        look = OTHERS[n % len(OTHERS)]
        x, y = zip(*points, strict=True)
        line = look.dash if len(points) > 1 else "none"
        marker = "x" if name == least else look.marker
        size = 5 if len(points) > 1 else 8
        for (a, b), (wide, high) in zip(points, spans.get(name, ()), strict=False):
            axes.plot(wide, (b, b), color=PALETTE[look.colour], linewidth=1, alpha=0.55)
            axes.plot((a, a), high, color=PALETTE[look.colour], linewidth=1, alpha=0.55)
        axes.plot(
            x, y, color=PALETTE[look.colour], marker=marker, linestyle=line, markersize=size, label=name
        )
    axes.set(xlabel=wrapped(across, 44), ylabel=up)
    legend_below(axes)
    said = "; ".join(_said(name, points) for name, points in ways.items())
    alt = message("Points of {up} over {across}: {said}.", up=up, across=across, said=said)
    columns = [message("way"), across, up]
    rows: list[tuple] = [(name, *point) for name, points in ways.items() for point in points]
    if spans:
        columns += [f"{goal}, {end}" for goal in (across, up) for end in (message("low"), message("high"))]
        none = (float("nan"),) * 4
        ends = [
            (*spans[name][n][0], *spans[name][n][1]) if name in spans else none
            for name, points in ways.items()
            for n in range(len(points))
        ]
        rows = [(*row, *end) for row, end in zip(rows, ends, strict=True)]
        alt += " " + message("Thin lines are the intervals of each point.")
    return show(figure, alt, pd.DataFrame(rows, columns=columns))


def _said(name: str, points: Sequence[tuple[float, float]]) -> str:
    """Where a way begins and ends, in words."""
    (a, b), (c, d) = points[0], points[-1]
    if len(points) == 1:
        return message("{name} ({a:.3f}, {b:.3f})", name=name, a=a, b=b)
    return message("{name} from ({a:.3f}, {b:.3f}) to ({c:.3f}, {d:.3f})", name=name, a=a, b=b, c=c, d=d)
