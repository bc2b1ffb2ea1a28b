"""Explanations of one item side by side: a row an event, a column a method, the cause marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle
from torch import Tensor

from ...messages import message
from .attention_pictures import shorten
from .picture import ORANGE, Picture, in_style, new_figure, show


@in_style
def side_by_side(
    titles: Sequence[str], shares: Mapping[str, Tensor], cause: int, target: str, newest: int = 16
) -> Picture:
    """What each method says of the newest events of one history, each method on its own scale.

    Args:
        titles: of the history, oldest first. shares: method to ``(T,)``. cause: the event that called for the
            item, from 0. target: title of that item. newest: how many events are drawn, the cause among them.
    """
    first = min(max(0, len(titles) - newest), cause)
    names = [shorten(title, 20) for title in titles[first:]]
    columns = [each.detach().double().numpy()[first : len(titles)] for each in shares.values()]
    grid = np.stack([column / max(np.abs(column).max(), 1e-12) for column in columns], 1)  # (T, M)
    figure, axes = new_figure(width=4.6, height=1.5 + 0.23 * len(names))
    drawn = axes.imshow(grid, cmap="PuOr_r", vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    tops = grid.argmax(0)
    for column, row in enumerate(tops):
        axes.plot(column, row, marker="*", markersize=9, color="white", markeredgecolor="black")
    here = cause - first
    axes.add_patch(
        Rectangle((-0.5, here - 0.5), len(columns), 1, fill=False, edgecolor=ORANGE, linewidth=2.2)
    )
    axes.set_yticks(range(len(names)), names)
    axes.get_yticklabels()[here].set_fontweight("bold")
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(shares)), list(shares), fontsize=9, rotation=35, ha="left")
    axes.tick_params(length=0)
    figure.colorbar(
        drawn, orientation="horizontal", shrink=0.7, label=message("share, largest of the method = 1")
    )
    right = [name for name, row in zip(shares, tops, strict=True) if row == here]
    alt = message(
        "A grid of {n} events and {m} methods. The item was “{target}”, called for by “{cause}”, {back} "
        "events before it. The cause has the largest share by: {right}.",
        n=len(names),
        m=len(shares),
        target=target,
        cause=names[here],
        back=len(titles) - cause,
        right=", ".join(right) or message("none"),
    )
    table = pd.DataFrame(
        {message("event"): names, **{name: column for name, column in zip(shares, columns, strict=True)}}
    )
    return show(figure, alt, table)
