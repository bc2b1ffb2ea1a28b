"""Diagrams of a mechanism: boxes with arrows between them, and grids of squares; drawn like every figure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.patches import FancyBboxPatch, Rectangle

from .picture import BLUE, GREY, Picture, in_style, new_figure, show

Box = tuple[float, float, str]


@in_style
def boxes(
    places: dict[str, Box],
    arrows: Sequence[tuple[str, ...]],
    alt: str,
    size: tuple[float, float] = (6.0, 3.0),
    box: tuple[float, float] = (1.2, 0.5),
) -> Picture:
    """Boxes with arrows between them.

    Args:
        places: name to ``(x, y, text)``: the middle of the box in inches from the lower left corner.
        arrows: ``(from, to)`` or ``(from, to, words)``, by the names of ``places``.
        alt: the diagram in words. size, box: of the whole and of a box, in inches; more lines, a higher box.
    """
    figure, axes = new_figure(*size)
    axes.set(xlim=(0, size[0]), ylim=(0, size[1]))
    axes.set_axis_off()
    patches = {}
    for name, (x, y, text) in places.items():
        width, height = box[0], box[1] + 0.17 * text.count("\n")
        corner = (x - width / 2, y - height / 2)
        style = "round,pad=0,rounding_size=0.08"
        patch = FancyBboxPatch(
            corner, width, height, boxstyle=style, facecolor="none", edgecolor=BLUE, lw=1.6
        )
        patches[name] = axes.add_patch(patch)
        axes.text(x, y, text, ha="center", va="center", fontsize=9.5)
    for start, end, *words in arrows:
        (x, y, _), (u, v, _) = places[start], places[end]
        line: dict = {"arrowstyle": "-|>", "color": GREY, "lw": 1.4, "shrinkA": 2, "shrinkB": 3}
        line |= {"patchA": patches[start], "patchB": patches[end]}
        axes.annotate("", (u, v), (x, y), arrowprops=line)
        if words:
            across = abs(u - x) > abs(v - y)
            away = {"ha": "center", "va": "bottom"} if across else {"ha": "left", "va": "center"}
            # along the arrow and not across it: level words over a slope would stand on the line
            slope = math.degrees(math.atan((v - y) / (u - x))) if across else 0.0
            shift = (0.0, 0.04) if across else (0.08, 0.0)
            axes.text((x + u) / 2 + shift[0], (y + v) / 2 + shift[1], words[0], fontsize=9, **away,
                      rotation=slope, rotation_mode="anchor")  # fmt: skip
    return show(figure, alt, diagram=True)


@in_style
def squares(grids: dict[str, Sequence[Sequence[tuple[str, bool]]]], alt: str, xlabel: str = "",
            ylabel: str = "", columns: int = 0) -> Picture:  # fmt: skip
    """Grids of squares side by side, each square with a text, filled or empty.

    Args:
        grids: title to rows of ``(text, filled)``, all of one shape. alt: the diagram in words.
        xlabel, ylabel: what columns and rows count, from 1. columns: grids beside each other; 0: all.
    """
    first, beside = next(iter(grids.values())), columns or len(grids)
    below = -(-len(grids) // beside)
    rows, columns = len(first), len(first[0])
    size = (max(4.4, 0.42 * columns * beside + 1.0), (0.42 * rows + 1.0) * below)
    figure, axes = new_figure(*size, nrows=below, ncols=beside, squeeze=False)
    for ax, (title, grid) in zip(axes.flat, grids.items(), strict=True):
        for i, row in enumerate(grid):
            for j, (text, filled) in enumerate(row):
                square = Rectangle((j + 0.55, i + 0.55), 0.9, 0.9, facecolor="none", edgecolor=GREY)
                if filled:  # pale, so that the text on it keeps the colour of the page's text
                    square.set(facecolor=BLUE, alpha=0.4)
                ax.add_patch(square)
                ax.text(j + 1, i + 1, text, ha="center", va="center", fontsize=9)
        ax.set(xlim=(0.4, columns + 0.6), ylim=(rows + 0.6, 0.4), aspect="equal", title=title)
        ax.set(xlabel=xlabel, ylabel=ylabel, xticks=range(1, columns + 1), yticks=range(1, rows + 1))
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
    return show(figure, alt, diagram=True)
