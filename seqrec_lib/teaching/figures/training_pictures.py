"""Pictures of the chapter on training well: differences to a control, and what trials are worth to others."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ...messages import message
from .labels import legend_above, row_height, wrapped
from .picture import BLUE, GREY, ORANGE, Picture, in_style, new_figure, show
from .result_pictures import draw_point


@in_style
def differences(
    rows: Sequence[tuple[str, float, float, float]], control: str, metric: str = "NDCG@10"
) -> Picture:
    """How far each way stands from a control, with an interval; a line marks the control itself.

    Args:
        rows: ``(name, difference, low, high)``. control: its name, for the axis.
    """
    figure, axes = new_figure(height=1.0 + row_height([name for name, *_ in rows], 0.36) * len(rows))
    axes.axvline(0, color=GREY, linewidth=1.4)
    for y, (_, *point) in enumerate(rows):
        apart = point[1] > 0 or point[2] < 0
        draw_point(axes, y, (point[0], point[1], point[2]), BLUE, "o" if apart else "s", size=6.5)
    axes.set_yticks(range(len(rows)), [wrapped(name) for name, *_ in rows])
    axes.set(
        xlabel=message("{metric} minus that of {control}", metric=metric, control=control),
        ylim=(len(rows) - 0.5, -0.5),
    )
    said = "; ".join(f"{name} {value:+.3f} ({low:+.3f} to {high:+.3f})" for name, value, low, high in rows)
    alt = message("Points with intervals on both sides of a line at 0, which is {control}: {said}.",
                  control=control, said=said)  # fmt: skip
    table = pd.DataFrame(
        rows, columns=[message("name"), message("difference"), message("low"), message("high")]
    )
    return show(figure, alt, table)


@in_style
def own_and_fresh(
    own: Sequence[float], fresh: Sequence[float], best: int, metric: str = "NDCG@10"
) -> Picture:
    """Trials by what they had on their own users and on fresh ones; the chosen trial stands out.

    Args:
        own, fresh: one value a trial. best: which of them was chosen.
    """
    figure, axes = new_figure(height=3.4)
    least, most = min(*own, *fresh), max(*own, *fresh)
    edge = 0.05 * (most - least) or 0.01
    ends = (least - edge, most + edge)
    axes.plot(ends, ends, color=GREY, linewidth=1.2, label=message("worth as much to both"))
    rest = [n for n in range(len(own)) if n != best]
    axes.plot([own[n] for n in rest], [fresh[n] for n in rest], "o", color=BLUE, markersize=4.5,
              label=message("a trial"))  # fmt: skip
    axes.plot(own[best], fresh[best], "D", color=ORANGE, markersize=8, label=message("the chosen trial"))
    axes.set(
        xlabel=message("{metric} on validation", metric=metric),
        ylabel=message("{metric} of fresh users", metric=metric),
        xlim=ends,
        ylim=ends,
    )
    legend_above(figure)
    alt = message(
        "{n} points by validation and by fresh users, with the line on which the two are equal. The chosen "
        "trial has {own:.3f} on validation and {fresh:.3f} for fresh users.",
        n=len(own),
        own=own[best],
        fresh=fresh[best],
    )
    table = pd.DataFrame({message("on validation"): own, message("fresh users"): fresh})
    return show(figure, alt, table)
