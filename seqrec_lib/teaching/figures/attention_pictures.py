"""Pictures of attention: all weights of a history, its last row beside the causes, weight by distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from ...messages import message
from .labels import legend_above
from .picture import BLUE, GREEN, GREY, ORANGE, PURPLE, Picture, in_style, new_figure, show

# Lines differ by marker as well as by colour.
LOOKS = ((BLUE, "o"), (ORANGE, "D"), (GREEN, "s"), (GREY, "^"), (PURPLE, "v"))


def shorten(title: str, letters: int = 24) -> str:
    """``title`` cut to ``letters``, with an ellipsis where something went."""
    return title if len(title) <= letters else title[: letters - 1].rstrip() + "…"


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
    """Mean weight by distance from the last item, one line each: ``{name: values}``, distance 1 first.

    Raises:
        ValueError: no line, or more than five; none is left out in silence.
    """
    if not 1 <= len(curves) <= len(LOOKS):
        raise ValueError(f"give one to {len(LOOKS)} lines, not {len(curves)}")
    figure, axes = new_figure(height=2.9 + 0.25 * ((len(curves) - 1) // 2))
    x = np.arange(1, longest + 1)
    for (name, values), (colour, marker) in zip(curves.items(), LOOKS, strict=False):
        axes.plot(x, list(values)[:longest], color=colour, marker=marker, markersize=4, label=name)
    axes.set(
        xlabel=message("how many events ago (1 is the last item)"),
        ylabel=message("mean weight"),
        ylim=(0, None),
    )
    axes.set_xticks(x[::2])
    legend_above(figure)  # with three lines or more there is no empty corner
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
