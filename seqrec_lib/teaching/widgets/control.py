"""One control over one figure: where a kernel runs, a choice draws the figure anew with the library.

A static page has no kernel, so it gets the figure of the first choice and no control that could not answer.
The control is a drop-down list of ipywidgets, for numbers too: a label names it to a screen reader and the
arrow keys step through it. (The handle of an ipywidgets slider, as of 8.1, has no name.)
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...messages import InputError, message
from ..captions import Captioned

if TYPE_CHECKING:
    from ipywidgets import VBox


class Control(Captioned):
    """A figure and the list that changes it, with one caption for all choices. See :func:`control`."""

    def __init__(
        self, draw: Callable[..., object], label: str, start: object, choices: dict[str, Sequence]
    ) -> None:
        if not label.strip():
            raise InputError("label is empty: say what a reader chooses here")
        if len(choices) != 1:
            raise InputError(f"give the values of one argument, not of {len(choices)}: {', '.join(choices)}")
        ((self.argument, values),) = choices.items()
        self.draw, self.label, self.values = draw, label, list(values)
        if not self.values:
            raise InputError(f"no values for {self.argument}: there is nothing to choose")
        self.start = self.values[0] if start is None else start
        if self.start not in self.values:
            raise InputError(f"start {start!r} is none of the values of {self.argument}")

    def page(self, value: object) -> str:
        """The figure of ``value`` as HTML.

        Raises:
            TypeError: what was drawn has no HTML.
        """
        figure = self.draw(**{self.argument: value})
        if not hasattr(figure, "_repr_html_"):
            raise TypeError(f"a {type(figure).__name__} has no HTML: return a Picture, as figures.show does")
        if not self.number:
            return figure._repr_html_()
        return f'<figure class="view">{figure._repr_html_()}{self.figcaption()}</figure>'

    def _repr_mimebundle_(self, **options: Any) -> dict[str, object] | tuple:
        first = self.page(self.start)
        page: dict[str, object] = {"text/html": first, "text/plain": repr(self)}
        # The build of the book has a kernel too, but its readers have none.
        widget = None if os.environ.get("SEQREC_STATIC_PAGE") else self.widget(first)
        if widget is None:
            return page
        found = widget._repr_mimebundle_(**options)
        live, about = found if isinstance(found, tuple) else (found or {}, {})
        return {**page, **live, "text/plain": repr(self)}, about

    def widget(self, page: str = "") -> VBox | None:
        """The list above the figure, as an ipywidgets box; None where ipywidgets is not installed.

        Args:
            page: the figure of the first choice, where it is drawn already.
        """
        try:
            import ipywidgets
        except ImportError:
            return None
        words = [f"{value:g}" if isinstance(value, float) else str(value) for value in self.values]
        chooser = ipywidgets.Dropdown(
            options=list(zip(words, self.values, strict=True)),
            value=self.start,
            description=self.label,
            style={"description_width": "initial"},
        )
        place = ipywidgets.HTML(page or self.page(self.start))

        def choose(change: dict) -> None:
            try:
                place.value = self.page(change["new"])
            except Exception as error:  # ipywidgets would hide it in a log, and the old figure would stay
                words = message("{kind}: {error}", kind=type(error).__name__, error=error)
                place.value = f'<p role="alert">{html.escape(words)}</p>'

        chooser.observe(choose, "value")
        return ipywidgets.VBox([chooser, place])

    def __repr__(self) -> str:
        return f"Control: {self.label}"


def control(
    draw: Callable[..., object], label: str, /, *, start: object = None, **choices: Sequence
) -> Control:
    """A figure with one control: ``control(lambda steps: heatmap(w, steps), "Steps", steps=range(5, 51))``.

    Args:
        draw: takes the one argument by name and returns a figure of the book, or anything with HTML.
        label: what the reader chooses, beside the list and for a screen reader.
        start: the value that is shown first, and alone in a static page; else the first one.
        choices: the argument's name and its values.

    Raises:
        InputError: an empty label, no value, a ``start`` that is none of them, or not just one argument.
    """
    return Control(draw, label, start, choices)
