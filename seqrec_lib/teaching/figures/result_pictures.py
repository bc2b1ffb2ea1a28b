"""Pictures of results: models between floor and ceiling, two conditions side by side, a spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from ...messages import message
from ..names import Look, display_name, own_look
from .labels import keep_clear, legend_above, raise_if_touching, row_height, wrapped
from .picture import BLUE, GREEN, ORANGE, PALETTE, PURPLE, Picture, in_style, new_figure, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_point(
    axes: Axes,
    y: float,
    point: tuple[float, float, float],
    colour: str,
    marker: str,
    size: float = 6.0,
    label: str | None = None,
) -> None:
    """A ``(value, low, high)`` at the height ``y``: a marker on the bar of its interval."""
    value, low, high = point
    axes.plot([low, high], [y, y], color=colour, linewidth=2.5, solid_capstyle="butt")
    axes.plot(value, y, marker, color=colour, markersize=size, label=label)


@in_style
def ladder(
    rows: Sequence[tuple[str, float, float, float]],
    ceiling: float,
    floor: float,
    metric: str = "NDCG@10",
    start: float = 0.0,
) -> Picture:
    """Models on one scale between the best floor and the ceiling, each in its own colour.

    Args:
        rows: ``(name, value, low, high)``: a figure and its interval, best last or first as you like.
        ceiling: the oracle's value on the same users. floor: the best simple method's value.
        start: where the scale begins: at what chance gives, which is 0.5 for an AUC.
    """
    rows = [(display_name(name), value, low, high) for name, value, low, high in rows]
    figure, axes = new_figure(height=1.1 + row_height([name for name, *_ in rows], 0.42) * len(rows))
    values, ends = [], []
    for y, (name, value, low, high) in enumerate(rows):
        look = own_look(name) or Look("blue", "o", "-")
        draw_point(axes, y, (value, low, high), PALETTE[look.colour], look.marker, size=7)
        # Above its point, where neither of the two vertical lines can cross it for long.
        place = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center", "va": "bottom"}
        values.append(axes.annotate(f"{value:.3f}", (value, y), **place, fontsize=9.5))
    for x, colour, line, name in (
        (floor, ORANGE, "--", message("best floor")),
        (ceiling, GREEN, "-", message("ceiling")),
    ):
        axes.axvline(x, color=colour, linestyle=line, linewidth=1.8)
        ends.append(
            axes.annotate(f"{name} {x:.3f}", (x, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                          textcoords="offset points", ha="center", va="bottom")
        )  # fmt: skip
    axes.set_yticks(range(len(rows)), [wrapped(name) for name, *_ in rows])
    axes.set(xlabel=message("test {metric}", metric=metric), ylim=(len(rows) - 0.6, -0.8))
    axes.set_xlim(start, start + (max(ceiling, *(high for *_, high in rows)) - start) * 1.12)
    raise_if_touching(*ends)
    keep_clear(axes, values, (floor, ceiling))
    said = "; ".join(f"{name} {value:.3f}" for name, value, *_ in rows)
    alt = message(
        "Points on a scale of {metric}: {said}. Best floor {floor:.3f}, ceiling {ceiling:.3f}.",
        metric=metric,
        said=said,
        floor=floor,
        ceiling=ceiling,
    )
    table = pd.DataFrame(rows, columns=[message("model"), metric, message("low"), message("high")])
    return show(figure, alt, table)


@in_style
def pairs(
    rows: Sequence[tuple[str, tuple[float, float, float], tuple[float, float, float]]],
    first: str,
    second: str,
    metric: str = "NDCG@10",
) -> Picture:
    """The same measure under two conditions, one line for each name.

    Args:
        rows: ``(name, (value, low, high), (value, low, high))``: a figure and its interval under each.
        first, second: what the two conditions are called.
    """
    figure, axes = new_figure(height=1.3 + row_height([name for name, *_ in rows], 0.5) * len(rows))
    styles = ((first, BLUE, "o", -0.13), (second, ORANGE, "D", 0.13))
    for y, (_, *found) in enumerate(rows):
        for (label, colour, marker, away), point in zip(styles, found, strict=True):
            draw_point(axes, y + away, point, colour, marker, size=6.5, label=None if y else label)
    axes.set_yticks(range(len(rows)), [wrapped(name) for name, *_ in rows])
    axes.set(xlabel=message("test {metric}", metric=metric), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlim(0, max(high for _, *found in rows for *_, high in found) * 1.08)
    legend_above(figure)
    said = "; ".join(f"{name} {a[0]:.3f}, {b[0]:.3f}" for name, a, b in rows)
    alt = message(
        "Two points for each name on a scale of {metric}, first {first}, then {second}: {said}.",
        metric=metric,
        first=first,
        second=second,
        said=said,
    )
    ends = [message("low"), message("high")]
    columns = [message("name"), first, *ends, second, *ends]
    table = pd.DataFrame([(name, *a, *b) for name, a, b in rows], columns=columns)
    return show(figure, alt, table)


@in_style
def parts(rows: Sequence[tuple[str, Sequence[float]]], names: Sequence[str], across: str) -> Picture:
    """Stacked bars: what a whole is made of, one bar a row.

    Args:
        rows: ``(name, values)``, none below 0. names: of the values, four at most. across: what they measure.

    Raises:
        ValueError: a value below 0, or not one value a name.
    """
    if any(len(values) != len(names) or min(values) < 0 for _, values in rows):
        raise ValueError(f"give {len(names)} values of 0 or more for each row")
    figure, axes = new_figure(height=1.3 + 0.36 * len(rows))
    left = np.zeros(len(rows))
    looks = ((PURPLE, "//"), (ORANGE, ".."), (BLUE, ""), (GREEN, "xx"))
    for (colour, hatch), name, widths in zip(
        looks, names, zip(*(v for _, v in rows), strict=True), strict=False
    ):
        axes.barh(
            range(len(rows)), widths, left=left, color=colour, hatch=hatch, edgecolor="white", label=name
        )
        left = left + np.asarray(widths)
    for y, whole in enumerate(left):
        axes.annotate(f"{whole:.3f}", (whole, y), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(rows)), [wrapped(name) for name, _ in rows])
    axes.set(xlabel=across, ylim=(len(rows) - 0.5, -0.5), xlim=(0, float(left.max()) * 1.15))
    legend_above(figure)
    said = "; ".join(
        f"{row}: " + ", ".join(f"{name} {v:.3f}" for name, v in zip(names, values, strict=True))
        for row, values in rows
    )
    alt = message("Stacked bars of {across}. {said}.", across=across, said=said)
    table = pd.DataFrame([(row, *values) for row, values in rows], columns=["", *names])
    return show(figure, alt, table)


@in_style
def spread(values: Sequence[float], label: str, bins: int = 50) -> Picture:
    """How ``values`` ``(N,)`` are spread: a histogram. ``label``: what they are, for the axis.

    Whole numbers get bins of equally many of them, so that no bin is higher for holding one more.

    Raises:
        ValueError: there are no values.
    """
    found = np.asarray(values, dtype=np.float64)
    if not len(found):
        raise ValueError("no values: there is nothing to draw")
    figure, axes = new_figure(height=2.6)
    cuts: int | np.ndarray = bins
    if (found == found.round()).all():
        step = max(1, -(-int(found.max() - found.min() + 1) // bins))
        cuts = np.arange(found.min() - 0.5, found.max() + step, step)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    counts, edges = np.histogram(found, bins=cuts)
    axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=BLUE)
    axes.set(xlabel=label, ylabel=message("how many"), xlim=(edges[0], edges[-1]))
    middles = (edges[:-1] + edges[1:]) / 2
    # A hump is a bin that no bin within a tenth of the range exceeds, and that is not nearly empty.
    near = max(1, len(counts) // 10)
    humps = [
        middle
        for n, middle in enumerate(middles)
        if counts[n] == counts[max(0, n - near) : n + near + 1].max() and counts[n] > counts.max() / 10
    ]
    alt = message(
        "A histogram of {n:,} values of {label}, from {low:.1f} to {high:.1f}. It has humps near {humps}.",
        n=len(found),
        label=label,
        low=float(found.min()),
        high=float(found.max()),
        humps=", ".join(f"{hump:.1f}" for hump in humps),
    )
    return show(figure, alt, pd.DataFrame({label: middles, message("how many"): counts}))
