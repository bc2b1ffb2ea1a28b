"""Plots of what training costs: rates with their range, and growth on log-log axes with its exponent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ...messages import message
from .labels import legend_below, wrapped
from .lines import draw_lines
from .picture import BLUE, GREY, ORANGE, Picture, in_style, new_figure, show


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """How ``values`` grow with ``sizes``: the slope of the straight line through their logarithms.

    1 is proportional, 2 quadratic, 0 not at all; fitted by least squares.

    Raises:
        ValueError: fewer than 2 points, or a number that is not above 0.
    """
    x, y = np.asarray(sizes, dtype=float), np.asarray(values, dtype=float)
    if len(x) < 2 or len(x) != len(y):
        raise ValueError(f"{len(x)} sizes and {len(y)} values: a slope needs 2 points or more")
    if (x <= 0).any() or (y <= 0).any():
        raise ValueError("a size or a value is not above 0, so it has no logarithm")
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def _plain(axis: Axis) -> None:
    """Ticks of a logarithmic axis as plain numbers: the book's text in figures is no TeX."""
    axis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


@in_style
def rates(rows: Sequence[tuple[str, float, float, float]], ours: Sequence[str] = ()) -> Picture:
    """Trained targets a second on a logarithmic axis, for contestants that differ a thousandfold.

    A point and the range of its rounds, and no bar: the axis has no zero for a bar to start from.

    Args:
        rows: ``(name, median, slowest, fastest)`` of several rounds, from top to bottom.
        ours: names to draw in blue, as discs; the others are grey diamonds.
    """
    figure, axes = new_figure(height=1.0 + 0.42 * len(rows))
    for y, (name, median, slowest, fastest) in enumerate(rows):
        colour, marker = (BLUE, "o") if name in ours else (GREY, "D")
        axes.plot([slowest, fastest], [y, y], color=colour, linewidth=2.5, solid_capstyle="butt")
        axes.plot(median, y, marker, color=colour, markersize=7)
        place = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center", "va": "bottom"}
        axes.annotate(f"{median:,.0f}", (median, y), **place, fontsize=9.5)
    axes.set_yticks(range(len(rows)), [wrapped(name, 22) for name, *_ in rows])
    ends = min(low for _, _, low, _ in rows) / 2, max(high for *_, high in rows) * 3
    axes.set(xscale="log", xlim=ends, ylim=(len(rows) - 0.6, -0.8))
    _plain(axes.xaxis)
    axes.set_xlabel(message("targets a second"))
    said = "; ".join(f"{name} {median:,.0f} ({low:,.0f} to {high:,.0f})" for name, median, low, high in rows)
    alt = message(
        "Points on a logarithmic axis: the median of targets trained a second, and the range of the rounds. "
        "{said}.",
        said=said,
    )
    columns = [message("contestant"), message("median"), message("slowest"), message("fastest")]
    return show(figure, alt, pd.DataFrame(rows, columns=columns))


@in_style
def growth(
    sizes: Sequence[float], seconds: Sequence[float], gigabytes: Sequence[float], grows: str
) -> Picture:
    """Seconds of a training step, and below them peak memory, as one size is doubled, on log-log axes.

    Args:
        sizes: what was doubled. gigabytes: peak of resident memory of a fresh process, Python and
            PyTorch included. grows: what the sizes are, for the axis.
    """
    figure, (upper, lower) = new_figure(height=5.0, nrows=2)
    slopes = []
    for axes, values, name, colour, marker in (
        (upper, seconds, message("seconds"), BLUE, "o"),
        (lower, gigabytes, message("peak memory, GB"), ORANGE, "D"),
    ):
        slopes.append(exponent(sizes, values))
        axes.plot(sizes, values, color=colour, marker=marker, markersize=5)
        straight = values[0] * np.asarray(sizes, dtype=float) / sizes[0]
        axes.plot(sizes, straight, color=GREY, linestyle=":", linewidth=1.5)  # what proportional growth is
        axes.set(xscale="log", yscale="log", xlabel=grows, ylabel=name)
        _plain(axes.yaxis)
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.set_title(message("exponent {slope:.2f}", slope=slopes[-1]))
    alt = message(
        "Two log-log plots as {grows} grows from {first:,} to {last:,}. Seconds go from {s0:.3g} to "
        "{s1:.3g}, exponent {a:.2f}; peak memory from {m0:.2f} to {m1:.2f} GB, exponent {b:.2f}. Dotted: "
        "proportional growth.",
        grows=grows, first=sizes[0], last=sizes[-1], s0=seconds[0], s1=seconds[-1], a=slopes[0],
        m0=gigabytes[0], m1=gigabytes[-1], b=slopes[1],
    )  # fmt: skip
    columns = [grows, message("seconds"), message("peak memory, GB")]
    return show(figure, alt, pd.DataFrame(zip(sizes, seconds, gigabytes, strict=True), columns=columns))


@in_style
def step_costs(
    sizes: Sequence[int],
    seconds: Mapping[str, Sequence[float]],
    gigabytes: Mapping[str, Sequence[float]],
    grows: str,
) -> Picture:
    """Seconds of a step, and below them peak memory, of several ways of training on log-log axes.

    Args:
        sizes: what grew, ascending. seconds, gigabytes: name to one value a size, the same names in both.
        grows: what the sizes are, for the axis.
    """
    figure, (upper, lower) = new_figure(height=5.2, nrows=2)
    for axes, lines, name in (
        (upper, seconds, message("seconds of a step")),
        (lower, gigabytes, message("peak memory, GB")),
    ):
        draw_lines(axes, sizes, lines)
        axes.set(xscale="log", yscale="log", ylabel=name)
        _plain(axes.yaxis)
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
    lower.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    lower.set_xlabel(grows)
    legend_below(lower)
    said = "; ".join(
        f"{name} {seconds[name][0]:.3f} to {seconds[name][-1]:.3f} s and "
        f"{gigabytes[name][0]:.2f} to {gigabytes[name][-1]:.2f} GB"
        for name in seconds
    )
    alt = message(
        "Two log-log plots over {grows}, {first:,} to {last:,}: seconds of a step and peak memory. {said}.",
        grows=grows,
        first=sizes[0],
        last=sizes[-1],
        said=said,
    )
    told = {f"{name}, s": line for name, line in seconds.items()}
    told |= {f"{name}, GB": line for name, line in gigabytes.items()}
    return show(figure, alt, pd.DataFrame({grows: list(sizes), **told}))
