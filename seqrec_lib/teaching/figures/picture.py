"""How a figure reaches the page: inline SVG that follows the page's colours, with words for it.

A picture would keep one background in dark mode and say nothing to a screen reader. An SVG drawn
in ``currentColor`` takes the colour of the text around it, scales to a phone, and carries its
description. The same output shows in Jupyter, in Colab and in the static page.
"""

from __future__ import annotations

import functools
import hashlib
import html
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import rcsetup
from matplotlib.figure import Figure

from ...messages import message
from ..captions import Captioned
from ..names import display_name
from ..prose import true_minus

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

P = ParamSpec("P")
Drawn = TypeVar("Drawn")

# From Okabe & Ito's palette (2008); green, purple and grey are moved apart, for the original green and a
# middle grey look alike without green cones. Each is readable on white and on the theme's dark grey, and
# a test simulates how colour-blind readers see them. Lines and markers differ in shape as well.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#00A759", "#A982AD", "#6F6F6F"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, GREY)
PALETTE = {"grey": GREY, "orange": ORANGE, "green": GREEN, "blue": BLUE, "purple": PURPLE}

ON_PAGE = 1.2  # on a wide page a figure is drawn larger, so that its letters are those of the text
_INK = "#010203"  # stands for the page's own text colour until the SVG is written
STYLE: dict[Any, object] = {
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.prop_cycle": rcsetup.cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": _INK,
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "font.size": 10.5,
    "legend.frameon": False,
    "text.color": _INK,
    "text.parse_math": False,  # a title from data may hold a dollar sign
    "xtick.color": _INK,
    "ytick.color": _INK,
}


class Picture(Captioned):
    """A figure as HTML: SVG, alternative text, and the table of its data behind a fold.

    Attributes:
        alt: what the figure shows, in words. diagram: it shows a mechanism and no data.
        narrow: the same drawn for a phone, where the book's style shows it instead; "" if one will do.
    """

    narrow = ""

    def __init__(self, svg: str, alt: str, table: pd.DataFrame | None = None, diagram: bool = False) -> None:
        self.svg, self.alt, self.table, self.diagram = svg, alt, table, diagram

    def _repr_html_(self) -> str:
        data = ""
        if self.table is not None:
            rows = self.table.to_html(index=False, border=0, escape=True, float_format=_four_digits)
            label = html.escape(message("The data of this figure"))
            data = f"<details><summary>{label}</summary>{rows}</details>"
        kind = "plot diagram" if self.diagram else "plot"
        kind += " two-ways" if self.narrow else ""
        # Without the book's style, as in Colab, the wide one is all that is seen.
        narrow = self.narrow.replace('style="', 'style="display: none; ', 1)
        return f'<figure class="{kind}">{self.svg}{narrow}{self.figcaption()}{data}</figure>'

    def __repr__(self) -> str:
        return f"Picture: {self.alt}"


def _four_digits(value: float) -> str:
    return true_minus(f"{value:.4f}")


def table(frame: pd.DataFrame, digits: int = 3, missing: str = "–") -> Styler:
    """``frame`` as a table on the page: no index, ``digits`` after the point, nothing in it becomes markup.

    A cell or a column that holds a model's recipe shows the model's name.

    Use it instead of ``frame.style``, which takes a title such as ``<img ...>`` for markup.

    Returns:
        A pandas Styler, so that a notebook can go on with it.

    Raises:
        ValueError: the frame has an index of its own, which would be left out.
    """
    if not pd.api.types.is_integer_dtype(frame.index) or frame.index.name is not None:
        raise ValueError("a table shows no index, and this frame has one of its own: reset_index() first")
    safe = frame.rename(columns=lambda name: html.escape(display_name(str(name))))

    def shown(value: object) -> str:
        if isinstance(value, float | np.floating):
            return true_minus(f"{value:.{digits}f}")
        text = display_name(str(value))
        return true_minus(text) if isinstance(value, int | np.integer) else html.escape(text)

    return safe.style.hide(axis="index").format(shown, na_rep=missing)


def in_style(draw: Callable[P, Drawn]) -> Callable[P, Drawn]:
    """Decorate a plot function, so that all it draws is in the book's style."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Drawn:
        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return drawn


@in_style
def new_figure(width: float = 4.4, height: float = 3.0, **subplots: Any) -> tuple[Figure, Any]:
    """A figure of ``width`` by ``height`` inches in the book's style, and its axes.

    4.4 inches shrink little on a phone, so that letters stay readable without sideways scrolling.
    """
    figure = Figure(figsize=(width, height))
    return figure, figure.subplots(**subplots)


def show(figure: Figure, alt: str, table: pd.DataFrame | None = None, diagram: bool = False) -> Picture:
    """Turn ``figure`` into a :class:`Picture` described by ``alt``; a ``diagram`` has no data to give.

    Raises:
        ValueError: ``alt`` is empty; a figure without words is hidden from some readers.
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence or two what the figure shows")
    return Picture(as_svg(figure, alt), alt, table, diagram)


def as_svg(figure: Figure, alt: str, salted: str = "") -> str:
    """``figure`` as SVG that is described by ``alt``; ``salted`` tells apart drawings with the same words."""
    # Ids inside the SVG must differ between the figures of a page and be the same at each build.
    salt = hashlib.sha256((alt + salted).encode()).hexdigest()[:12]
    buffer = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.fonttype": "none", "svg.hashsalt": salt}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    svg = text[text.index("<svg") :].replace(_INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"'DejaVu Sans'[^;\"]*", "system-ui, sans-serif", svg)
    svg = svg.replace("#000000", "currentColor")
    # Text that was drawn outside the style has no colour of its own: it takes the root's.
    width = figure.get_figwidth() * 72 * ON_PAGE
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', "", svg, count=1)
    look = f"width: 100%; max-width: {width:g}pt; fill: currentColor"
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" style="{look}" ', 1)
