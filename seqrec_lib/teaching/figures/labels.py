"""Words in a figure that must not run into a line, into each other, or over the edge."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

CLEAR = 3.0  # points between a word and a line


def wrapped(name: str, letters: int = 18) -> str:
    """``name`` in lines of at most ``letters``, broken between words, so that the axes keep their width."""
    return "\n".join(textwrap.wrap(name, letters, break_long_words=False)) or name


def row_height(names: Sequence[str], least: float) -> float:
    """Inches that a row needs for the longest of its ``names`` as :func:`wrapped` breaks them."""
    return max(least, 0.18 * max(wrapped(name).count("\n") + 1 for name in names) + 0.02)


def legend_above(figure: Figure) -> None:
    """One legend for all axes above them, in as many columns as the width of the figure holds."""
    names = [text for axes in figure.axes for text in axes.get_legend_handles_labels()[1]]
    for columns in range(len(names), 0, -1):
        legend = figure.legend(loc="outside upper center", ncols=columns)
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            return
        legend.remove()


def legend_below(axes: Axes) -> None:
    """The legend under the words of the x axis, in two columns, or in one where two reach over the edge."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    down = -0.2 - 0.08 * axes.get_xlabel().count("\n")
    for columns in (2, 1):
        legend = axes.legend(loc="upper left", bbox_to_anchor=(0, down), ncols=columns)
        figure.draw_without_rendering()
        if legend.get_window_extent().x1 <= figure.bbox.x1:
            return


def keep_clear(axes: Axes, labels: Sequence[Annotation], lines: Sequence[float]) -> None:
    """Move each label sideways off the upright ``lines``, which stand at these places of the x axis."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    for _ in range(2):  # a label that moves may change the layout a little
        figure.draw_without_rendering()  # places are known only now
        points = 72 / figure.dpi
        for label in labels:
            box = label.get_window_extent()
            for x in lines:
                at = axes.transData.transform((x, 0))[0]
                right, left = at + CLEAR / points - box.x0, box.x1 - (at - CLEAR / points)
                if right > 0 and left > 0:
                    by = right if right <= left else -left
                    label.xyann = (label.xyann[0] + by * points, label.xyann[1])
                    box = box.translated(by, 0)


def raise_if_touching(lower: Annotation, upper: Annotation, by: float = 14) -> None:
    """Put ``upper`` a line of text higher where the two labels would touch."""
    figure = upper.get_figure()
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    one, other = lower.get_window_extent(), upper.get_window_extent()
    if one.x0 < other.x1 + 4 and other.x0 < one.x1 + 4:
        upper.xyann = (upper.xyann[0], upper.xyann[1] + by)
