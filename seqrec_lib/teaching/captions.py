"""A number and a sentence under what a reader sees: the same for figures, tabs, controls and views."""

from __future__ import annotations

import copy
import html
import re
from typing import TypeVar

from ..messages import message
from .prose import true_minus

Shown = TypeVar("Shown", bound="Captioned")


class Captioned:
    """Something on a page that can carry a caption.

    Attributes:
        number, finding: ``1.3`` and the caption's text; empty as long as there is none.
    """

    number = ""
    finding = ""

    def caption(self: Shown, number: str, text: str, **numbers: object) -> Shown:
        """The same thing with a caption under it: ``Figure number.`` and what is to be seen.

        Args:
            number: ``"1.3"``: the chapter's and the figure's, counted from 1 on each page.
            text: states the finding. numbers: measured figures for the ``{names}`` in it, as in ``tell``.
        """
        made = copy.copy(self)
        made.number, made.finding = number, true_minus(message(text, **numbers))
        return made

    @property
    def caption_words(self) -> tuple[str, str]:
        """``("Figure 1.3.", text)``, or two empty strings."""
        return (message("Figure {number}.", number=self.number), self.finding) if self.number else ("", "")

    def figcaption(self) -> str:
        """The caption as HTML, or an empty string. What stands between backticks becomes code."""
        name, text = (html.escape(part, quote=False) for part in self.caption_words)
        if not name:
            return ""
        coded = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
        return f"<figcaption><strong>{name}</strong> {coded}</figcaption>"
