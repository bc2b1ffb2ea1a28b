"""Lines over a common axis, as an inline figure with words and data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ...messages import message
from .picture import BLUE, GREEN, GREY, ORANGE, PURPLE, Picture, in_style, new_figure, show

# A line differs from its neighbours by marker and dash too, for readers who do not see its colour.
LOOKS = ((GREY, "^", ":"), (ORANGE, "D", "--"), (GREEN, "s", "-."), (BLUE, "o", "-"), (PURPLE, "v", "--"))


@in_style
def curves(x: Sequence[float], lines: Mapping[str, Sequence[float]], across: str, up: str) -> Picture:
    """One line a name over ``x``.

    Args:
        x: places, ascending. lines: name to one value a place, five names at most.
        across, up: what the two axes show.

    Raises:
        ValueError: no line, more than five, or a line of another length than ``x``.
    """
    if not 1 <= len(lines) <= len(LOOKS) or any(len(line) != len(x) for line in lines.values()):
        raise ValueError(f"give one to {len(LOOKS)} lines, each with {len(x)} values")
    figure, axes = new_figure(height=3.4)
    for (name, line), (colour, marker, dash) in zip(lines.items(), LOOKS, strict=False):
        axes.plot(x, line, color=colour, marker=marker, linestyle=dash, markersize=4.5, label=name)
    axes.set(xlabel=across, ylabel=up, ylim=(0, 1.03))
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.2), ncols=2)
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
    return show(figure, alt, pd.DataFrame({across: x, **lines}))
