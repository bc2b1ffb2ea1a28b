"""The book's plots. Each returns a :class:`~seqrec_lib.figures.Picture`, with words and data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from ...messages import message
from .picture import BLUE, GREEN, GREY, ORANGE, Picture, in_style, new_figure, show


def shorten(title: str, letters: int = 24) -> str:
    """``title`` cut to ``letters``, with an ellipsis where something went."""
    return title if len(title) <= letters else title[: letters - 1].rstrip() + "…"


@in_style
def ladder(
    rows: Sequence[tuple[str, float, float, float]], ceiling: float, floor: float, metric: str = "NDCG@10"
) -> Picture:
    """Models on one scale between the best floor and the ceiling.

    Args:
        rows: ``(name, value, low, high)``: a figure and its interval, best last or first as you like.
        ceiling: the oracle's value on the same users. floor: the best simple method's value.
    """
    figure, axes = new_figure(height=1.1 + 0.42 * len(rows))
    for y, (_, value, low, high) in enumerate(rows):
        axes.plot([low, high], [y, y], color=BLUE, linewidth=2.5, solid_capstyle="butt")
        axes.plot(value, y, "o", color=BLUE, markersize=7)
        # Above its point, where neither of the two vertical lines can cross it for long.
        place = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center", "va": "bottom"}
        axes.annotate(f"{value:.3f}", (value, y), **place, fontsize=9.5)
    for x, colour, line, name in (
        (floor, ORANGE, "--", message("best floor")),
        (ceiling, GREEN, "-", message("ceiling")),
    ):
        axes.axvline(x, color=colour, linestyle=line, linewidth=1.8)
        axes.annotate(f"{name} {x:.3f}", (x, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                      textcoords="offset points", ha="center", va="bottom")  # fmt: skip
    axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
    axes.set(xlabel=message("test {metric}", metric=metric), ylim=(len(rows) - 0.6, -0.8))
    axes.set_xlim(0, max(ceiling, *(high for *_, high in rows)) * 1.12)
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
def attention_heatmap(weights: Tensor, steps: int | None = None) -> Picture:
    """All weights of one history: ``weights`` ``(T, T)``; row t looks at columns j <= t."""
    grid = weights[:steps, :steps].detach().cpu().numpy()
    figure, axes = new_figure(height=3.7)
    hidden = np.ma.masked_where(np.triu(np.ones_like(grid), 1) > 0, grid)
    picture = axes.pcolormesh(np.arange(1, len(grid) + 2) - 0.5, np.arange(1, len(grid) + 2) - 0.5, hidden,
                              cmap="viridis", vmin=0, rasterized=True)  # fmt: skip
    axes.invert_yaxis()
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_major_locator().set_params(integer=True)
    axes.set(xlabel=message("looks at step j"), ylabel=message("step t"), aspect="equal")
    figure.colorbar(picture, label=message("weight"), shrink=0.8)
    lag = np.arange(len(grid))[:, None] - np.arange(len(grid))
    strongest = [float(grid[lag == d].mean()) for d in range(len(grid))]
    top = int(np.argmax(strongest))
    alt = message(
        "A triangle of attention weights, {n} steps by {n}. Nothing lies above the diagonal. On average the "
        "weight is largest {top} steps back, {value:.2f}.",
        n=len(grid),
        top=top,
        value=strongest[top],
    )
    table = pd.DataFrame({message("steps back"): range(len(grid)), message("mean weight"): strongest})
    return show(figure, alt, table)


@in_style
def looked_at(
    titles: Sequence[str], weights: Tensor, shares: Tensor, target: str, newest: int = 18
) -> Picture:
    """What the last step of one history looked at, beside what called for the next item.

    Args:
        titles: of the history, oldest first. weights: ``(T,)``, the last row of attention.
        shares: ``(T,)``, each event's true share in the next item (the world's causes).
        target: title of the item that came. newest: how many of the newest steps to draw.
    """
    start = max(0, len(titles) - newest)
    names = [shorten(title) for title in titles[start:]]
    w = weights[start : len(titles)].detach().cpu().numpy()
    c = shares[start : len(titles)].detach().cpu().numpy()
    figure, axes = new_figure(height=1.3 + 0.24 * len(names))
    y = np.arange(len(names))
    axes.barh(y, w, height=0.62, color=BLUE, label=message("attention weight"))
    axes.plot(c, y, "D", color=ORANGE, markersize=6, label=message("true share in the next item"))
    axes.set_yticks(y, names)
    axes.invert_yaxis()
    axes.set(xlabel=message("weight, share"), xlim=(0, 1.05))
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0))
    k, j = int(np.argmax(w)), int(np.argmax(c))
    alt = message(
        "Bars over the newest {n} items of a history. Attention is largest on “{most}” ({w:.2f}). "
        "The next item was “{target}”; the event with the largest true share in it is “{cause}” ({c:.2f}).",
        n=len(names),
        most=names[k],
        w=float(w[k]),
        target=target,
        cause=names[j],
        c=float(c[j]),
    )
    table = pd.DataFrame({message("item"): names, message("attention"): w, message("true share"): c})
    return show(figure, alt, table)


@in_style
def by_distance(curves: dict[str, Sequence[float]], longest: int = 20) -> Picture:
    """Mean weight by distance from the last item, one line each: ``{name: values}``, distance 1 first."""
    figure, axes = new_figure(height=2.9 + 0.25 * (len(curves) > 2))
    x = np.arange(1, longest + 1)
    for (name, values), (colour, marker) in zip(
        curves.items(), ((BLUE, "o"), (ORANGE, "D"), (GREEN, "s"), (GREY, "^")), strict=False
    ):
        axes.plot(x, list(values)[:longest], color=colour, marker=marker, markersize=4, label=name)
    axes.set(
        xlabel=message("how many events ago (1 is the last item)"),
        ylabel=message("mean weight"),
        ylim=(0, None),
    )
    axes.set_xticks(x[::2])
    # Above the axes: with three lines or more there is no empty corner.
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    peaks = "; ".join(
        message(
            "{name} peaks {at} events ago with {value:.2f}", name=name, at=int(np.argmax(v)) + 1, value=max(v)
        )
        for name, v in ((name, list(v)[:longest]) for name, v in curves.items())
    )
    table = pd.DataFrame(
        {message("events ago"): x, **{name: list(v)[:longest] for name, v in curves.items()}}
    )
    return show(figure, message("Lines over distance. {peaks}.", peaks=peaks), table)


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
    figure, axes = new_figure(height=1.3 + 0.5 * len(rows))
    styles = ((first, BLUE, "o", -0.13), (second, ORANGE, "D", 0.13))
    for y, (_, *found) in enumerate(rows):
        for (label, colour, marker, away), (value, low, high) in zip(styles, found, strict=True):
            axes.plot([low, high], [y + away] * 2, color=colour, linewidth=2.5, solid_capstyle="butt")
            axes.plot(value, y + away, marker, color=colour, markersize=6.5, label=label if not y else None)
    axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
    axes.set(xlabel=message("test {metric}", metric=metric), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlim(0, max(high for _, *found in rows for *_, high in found) * 1.08)
    # Outside the axes, where the layout makes room for it; long names stand one below the other.
    figure.legend(loc="outside upper center", ncols=2 if len(first + second) < 32 else 1)
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
def spread(values: Sequence[float], label: str, bins: int = 50) -> Picture:
    """How ``values`` ``(N,)`` are spread: a histogram. ``label``: what they are, for the axis.

    Raises:
        ValueError: there are no values.
    """
    values = np.asarray(values, dtype=np.float64)
    if not len(values):
        raise ValueError("no values: there is nothing to draw")
    counts, edges = np.histogram(values, bins=bins)
    figure, axes = new_figure(height=2.6)
    axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=BLUE)
    axes.set(xlabel=label, ylabel=message("how many"), xlim=(edges[0], edges[-1]))
    middles = (edges[:-1] + edges[1:]) / 2
    # A hump is a bin that no bin within a tenth of the range exceeds, and that is not nearly empty.
    near = max(1, bins // 10)
    humps = [
        middle
        for n, middle in enumerate(middles)
        if counts[n] == counts[max(0, n - near) : n + near + 1].max() and counts[n] > counts.max() / 10
    ]
    alt = message(
        "A histogram of {n:,} values of {label}, from {low:.1f} to {high:.1f}. It has humps near {humps}.",
        n=len(values),
        label=label,
        low=float(values.min()),
        high=float(values.max()),
        humps=", ".join(f"{hump:.1f}" for hump in humps),
    )
    return show(figure, alt, pd.DataFrame({label: middles, message("how many"): counts}))
