"""What ``check`` returns: a verdict in words, with a symbol as well as a colour."""

from __future__ import annotations

import html
from dataclasses import dataclass

from ...messages import message

# Dark enough on white and bright enough on black for a border; the text keeps the page's colour.
_COLOURS = {True: "#2e8b57", False: "#d2691e"}


@dataclass(frozen=True)
class CheckResult:
    """The verdict on an answer. It is true in an ``if`` when the answer passed.

    Attributes:
        passed: whether the answer is right on every input it was tried on.
        message: what to know next, in one or two sentences; never the answer.
        mistake: the name of the mistake, or None: a mutant's name, or one of ``not-written``,
            ``not-a-function``, ``signature``, ``error``, ``time-out``, ``type``, ``shape``, ``nan``,
            ``constant``, ``changing``, ``value``, ``unknown-exercise``, ``checker``.
        exercise: the exercise's name. printed: what the function printed, cut after 1,000 letters.
    """

    passed: bool
    message: str
    mistake: str | None = None
    exercise: str = ""
    printed: str = ""

    def __bool__(self) -> bool:
        return self.passed

    @property
    def heading(self) -> str:
        """The verdict: a symbol and a word."""
        return message("✓ Right") if self.passed else message("✗ Not yet")

    def __repr__(self) -> str:
        lines = [f"{self.heading} · {self.exercise}", self.message]
        if self.printed:
            lines.append(message("It printed: {text}", text=self.printed))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        style = f"border-left: 0.3em solid {_COLOURS[self.passed]}; padding: 0.4em 0.8em; margin: 0.5em 0"
        body = html.escape(self.message).replace("\n", "<br>")
        printed = ""
        if self.printed:
            label = html.escape(message("It printed:"))
            printed = f"<details><summary>{label}</summary><pre>{html.escape(self.printed)}</pre></details>"
        return (
            f'<div role="status" class="seqrec-check" style="{style}">'
            f"<strong>{html.escape(self.heading)}</strong> · "
            f"<code>{html.escape(self.exercise)}</code><br>{body}{printed}</div>"
        )
