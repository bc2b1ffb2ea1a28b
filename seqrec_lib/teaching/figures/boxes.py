"""Diagrams of a mechanism: boxes with arrows between them, and grids of squares; drawn like every figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from .picture import BLUE, GREY, Picture, as_svg, in_style, new_figure, show

Box = tuple[float, float, str]


PHONE = 4.9  # inches: drawn wider than this, the letters are too small for a phone
APART = 0.3  # inches between two boxes of a diagram that was turned
STEEP = 20.0  # degrees


@in_style
def boxes(
    places: dict[str, Box],
    arrows: Sequence[tuple[str, ...]],
    alt: str,
    size: tuple[float, float] = (6.0, 3.0),
    box: tuple[float, float] = (1.2, 0.5),
) -> Picture:
    """Boxes with arrows between them; on a phone from top to bottom where they went from left to right.

    Args:
        places: name to ``(x, y, text)``: the middle of the box in inches from the lower left corner.
        arrows: ``(from, to)`` or ``(from, to, words)``, by the names of ``places``.
        alt: the diagram in words. size, box: of the whole and of a box, in inches; more lines, a higher box.
    """
    picture = show(_boxes(places, arrows, size, box), alt, diagram=True)
    if size[0] > PHONE:
        upright, tall = turned(places, box)
        if tall[0] < 0.85 * size[0]:
            # between boxes that stand close there is no room beside a slope; the picture's words say it
            level = [one if _upright(one, upright) else one[:2] for one in arrows]
            picture.narrow = as_svg(_boxes(upright, level, tall, box), alt, "narrow")
    return picture


def _upright(arrow: tuple[str, ...], places: dict[str, Box]) -> bool:
    return abs(places[arrow[0]][0] - places[arrow[1]][0]) < 0.1


def _height(box: tuple[float, float], text: str) -> float:
    return box[1] + 0.17 * text.count("\n")


def turned(places: dict[str, Box], box: tuple[float, float]) -> tuple[dict[str, Box], tuple[float, float]]:
    """``places`` with left to right made top to bottom, as close as boxes allow, and the size of it all."""
    high = max(_height(box, text) for *_, text in places.values())
    pairs = [(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in combinations(places.values(), 2)]
    # Boxes that stood one above the other stand side by side now, and the other way round.
    across = max([(box[0] + APART) / dy for dx, dy in pairs if dx < box[0] and dy > 0], default=1.0)
    down = max([(high + APART) / dx for dx, dy in pairs if dy < high and dx > 0], default=1.0)
    left, top = min(x for x, *_ in places.values()), max(y for _, y, _ in places.values())
    edge = (box[0] / 2 + 0.05, high / 2 + 0.05)
    x_of = {name: edge[0] + across * (top - y) for name, (_, y, _) in places.items()}
    depth = {name: edge[1] + down * (x - left) for name, (x, _, _) in places.items()}
    tall = (max(x_of.values()) + edge[0], max(depth.values()) + edge[1])
    return {name: (x_of[name], tall[1] - depth[name], text) for name, (*_, text) in places.items()}, tall


def _boxes(
    places: dict[str, Box],
    arrows: Sequence[tuple[str, ...]],
    size: tuple[float, float],
    box: tuple[float, float],
) -> Figure:
    figure, axes = new_figure(*size)
    axes.set(xlim=(0, size[0]), ylim=(0, size[1]))
    axes.set_axis_off()
    patches = {}
    for name, (x, y, text) in places.items():
        width, height = box[0], _height(box, text)
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
            slope = math.degrees(math.atan((v - y) / (u - x))) if across else 0.0
            if abs(slope) > STEEP:  # level and beside the arrow, where turned words would reach into a box
                away = {"ha": "left", "va": "center"}
                axes.text((x + u) / 2 + 0.15, (y + v) / 2, words[0], fontsize=9, **away)
                continue
            away = {"ha": "center", "va": "bottom"} if across else {"ha": "left", "va": "center"}
            # along the arrow and not across it: level words over a slope would stand on the line
            shift = (0.0, 0.04) if across else (0.08, 0.0)
            axes.text((x + u) / 2 + shift[0], (y + v) / 2 + shift[1], words[0], fontsize=9, **away,
                      rotation=slope, rotation_mode="anchor")  # fmt: skip
    return figure


@in_style
def squares(grids: dict[str, Sequence[Sequence[tuple[str, bool]]]], alt: str, xlabel: str = "",
            ylabel: str = "", columns: int = 0) -> Picture:  # fmt: skip
    """Grids of squares side by side, on a phone below each other; each square with a text, filled or empty.

    Args:
        grids: title to rows of ``(text, filled)``, all of one shape. alt: the diagram in words.
        xlabel, ylabel: what columns and rows count, from 1. columns: grids beside each other; 0: all.
    """
    picture = show(_squares(grids, xlabel, ylabel, columns or len(grids)), alt, diagram=True)
    if len(grids) > 1:
        picture.narrow = as_svg(_squares(grids, xlabel, ylabel, 1), alt, "narrow")
    return picture


def _squares(
    grids: dict[str, Sequence[Sequence[tuple[str, bool]]]], xlabel: str, ylabel: str, beside: int
) -> Figure:
    first = next(iter(grids.values()))
    rows, columns, down = len(first), len(first[0]), -(-len(grids) // beside)
    size = (max(3.6 if beside == 1 else 4.4, 0.42 * columns * beside + 1.0), (0.42 * rows + 1.0) * down)
    figure, axes = new_figure(*size, nrows=down, ncols=beside, squeeze=False)
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
    return figure
