"""Sentences with measured numbers in them."""

from __future__ import annotations

from ..messages import message


class Prose:
    """A sentence with measured numbers in it, shown as Markdown."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


def tell(text: str, **numbers: object) -> Prose:
    """Fill ``numbers`` into ``text`` and show it as prose: no figure in the book is typed by hand."""
    return Prose(message(text, **numbers))
