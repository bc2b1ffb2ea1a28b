"""Sentences with measured numbers in them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from ..messages import message

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Prose:
    """A sentence with measured numbers in it, shown as Markdown; the commands that made them in a fold."""

    def __init__(self, text: str, made_by: tuple[str, ...] = ()) -> None:
        self.text, self.made_by = text, made_by

    def _repr_markdown_(self) -> str:
        if not self.made_by:
            return self.text
        lines = "".join(f"<br><code>{html.escape(command)}</code>" for command in self.made_by)
        fold = f'<details class="reproduce"><summary>{message("Reproduce")}</summary>{lines}</details>'
        return f"{self.text}\n\n{fold}"

    def __repr__(self) -> str:
        return "\n".join([self.text, *self.made_by])


def over_runs(count: int) -> str:
    """What the intervals of stored rows are over; a single run has none, and that is said."""
    if count == 1:
        return message("One run each, so there are no intervals: small differences say nothing.")
    return message("Intervals are over {n} runs.", n=count)


def scientific(value: float) -> str:
    """``3e-08`` as it is written: ``3 × 10⁻⁸``."""
    digit, power = f"{value:.0e}".split("e")
    return f"{digit} × 10{str(int(power)).translate(RAISED)}"


def true_minus(text: str) -> str:
    """``text`` with a minus sign in front of negative numbers, and none in front of a rounded zero.

    A hyphen in a name (``ML-1M``), a range (``8-14``), a date or code between backticks stays as it is.
    """
    parts = re.split(r"(`[^`]*`)", text)  # every second one is code
    parts[::2] = [_in_prose(part) for part in parts[::2]]
    return "".join(parts)


def _in_prose(text: str) -> str:
    text = re.sub(r"(?<![\w.)\]-])[-−](0(?:\.0+)?)(?![\w.])", r"\1", text)
    return re.sub(r"(?<![\w.)\]-])-(?=\d)", "−", text)


def tell(text: str, made_by: str | Iterable[str] = (), **numbers: object) -> Prose:
    """Fill ``numbers`` into ``text`` and show it as prose: no figure in the book is typed by hand.

    Args:
        made_by: the commands that made the numbers: one folded line, "Reproduce", below the sentence.
    """
    commands = (made_by,) if isinstance(made_by, str) else tuple(dict.fromkeys(made_by))
    return Prose(true_minus(message(text, **numbers)), commands)
