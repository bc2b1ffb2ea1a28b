"""Lines over a common axis, and the course of a training run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ...messages import message
from ..names import OTHERS, display_name, looks
from .labels import legend_below, wrapped
from .picture import BLUE, GREY, ORANGE, PALETTE, Picture, in_style, new_figure, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...training import History

# A line differs from its neighbours by marker and dash too, for readers who do not see its colour.
MOST_LINES = 5
LOOKS = tuple((PALETTE[look.colour], look.marker, look.dash) for look in OTHERS)


def draw_lines(axes: Axes, x: Sequence[float], lines: Mapping[str, Sequence[float]], every: int = 1) -> None:
    """One line a name, in that name's look, with a marker at each ``every``-th place."""
    for (name, line), look in zip(lines.items(), looks(lines), strict=True):
        axes.plot(
            x,
            line,
            color=PALETTE[look.colour],
            marker=look.marker,
            linestyle=look.dash,
            markersize=4.5,
            markevery=every,
            label=name,
        )


@in_style
def curves(
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    across: str,
    up: str,
    top: float | None = 1.03,
    log: bool = False,
) -> Picture:
    """One line a name over ``x``. A model of the book has the same look in each figure.

    Args:
        x: places, ascending. lines: name to one value a place, five names at most.
        across, up: what the two axes show. top: where the upward axis ends; None: just above the lines.
        log: whether ``x`` is drawn by its logarithm. Where a line goes below 0, a thin line marks 0.

    Raises:
        ValueError: no line, more than five, a line of another length than ``x``, or one above ``top``.
    """
    if not 1 <= len(lines) <= MOST_LINES or any(len(line) != len(x) for line in lines.values()):
        raise ValueError(f"give one to {MOST_LINES} lines, each with {len(x)} values")
    highest = max(max(line) for line in lines.values())
    if top is not None and highest > top:
        raise ValueError(
            f"a line reaches {highest:g}, and the axis ends at {top:g}: give another top, or None"
        )
    figure, axes = new_figure(height=3.4)
    lines = {display_name(name): line for name, line in lines.items()}
    draw_lines(axes, x, lines)
    axes.set(xlabel=wrapped(across, 44), ylabel=up)
    if min(min(line) for line in lines.values()) < 0:
        axes.axhline(0, color=GREY, linewidth=0.8)
    else:
        axes.set_ylim(0, top)
    if all(isinstance(value, int) for value in x):
        axes.xaxis.get_major_locator().set_params(integer=True)
    if log:
        axes.set_xscale("log")
        axes.set_xticks(x, [f"{value:,}" for value in x])
        axes.minorticks_off()
    if len(lines) > 1 or not up.endswith(next(iter(lines))):  # a single line that the axis names needs none
        legend_below(axes)
    said = "; ".join(
        message("{name} from {first:.3f} to {last:.3f}", name=name, first=line[0], last=line[-1])
        for name, line in lines.items()
    )
    alt = message(
        "Lines of {up} over {across}, {low:g} to {high:g}: {said}.",
        up=up,
        across=across,
        low=x[0],
        high=x[-1],
        said=said,
    )
    return show(figure, alt, pd.DataFrame({across: list(x), **lines}))


@in_style
def training_course(history: History) -> Picture:
    """Training loss by epoch and, below it, the validation metric that chose the epoch, if any was measured.

    The kept epoch is marked. In the data an epoch that was not evaluated has a gap.

    Raises:
        ValueError: no epoch was finished.
    """
    if not history.epochs:
        raise ValueError("no epoch was finished, so there is nothing to draw")
    epochs, losses = history.curve("loss")
    measured, values = history.curve(history.select)
    names = [message("training loss"), message("validation {metric}", metric=history.select)]
    panels = [(names[0], epochs, losses, ORANGE, "D")]
    if measured:
        panels.append((names[1], measured, values, BLUE, "o"))
    figure, rows = new_figure(height=0.6 + 1.9 * len(panels), nrows=len(panels), sharex=True, squeeze=False)
    for (axes,), (name, x, y, colour, marker) in zip(rows, panels, strict=True):
        axes.plot(x, y, color=colour, marker=marker, markersize=4)
        axes.set_ylabel(name)
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel(message("epoch"))
    alt = message(
        "Training loss by epoch goes from {first:.2f} to {last:.2f}.", first=losses[0], last=losses[-1]
    )
    if history.best_epoch:
        kept = {"epoch": history.best_epoch, "value": history.best[history.select], "metric": history.select}
        axes.axvline(history.best_epoch, color=GREY, linestyle=":", linewidth=1.5)
        # Above the panel, where no line can cross the words.
        axes.set_title(message("kept: epoch {epoch}, {value:.3f}", **kept), loc="right")
        alt += " " + message(
            "Below it, validation {metric} is best at epoch {epoch}, with {value:.3f}.", **kept
        )
    found = dict(zip(measured, values, strict=True))
    data = {names[0]: losses, names[1]: [found.get(epoch) for epoch in epochs]}
    return show(figure, alt, pd.DataFrame({message("epoch"): epochs, **data}))
