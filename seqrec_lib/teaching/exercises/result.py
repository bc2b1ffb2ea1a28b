"""What ``check`` returns: a verdict in words, with a symbol as well as a colour."""

from __future__ import annotations

import copy
import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...messages import message
from .values import describe

# Dark enough on white and bright enough on black for a border; the text keeps the page's colour.
_RIGHT, _WRONG, _OPEN = "#2e8b57", "#d2691e", "#808080"


class Hint(str):
    """A hint: text in a terminal, and in a notebook a fold that shows it when the reader asks."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        label, text = html.escape(message("Hint")), html.escape(self)
        return f'<details class="seqrec-hint"><summary>{label}</summary><p>{text}</p></details>'


@dataclass(frozen=True, eq=False)  # inputs are arrays, and two cases are never the same one
class FailedCase:
    """An input on which an answer went wrong. ``my_function(*result.case)`` runs it again.

    Attributes:
        about: what the input shows. inputs: argument name to value.
        yours: the answer's own result in words. wanted: what was expected, without the numbers.
    """

    about: str
    inputs: Mapping[str, object]
    yours: str = ""
    wanted: str = ""

    def __iter__(self) -> Iterator[object]:
        return iter(copy.deepcopy(list(self.inputs.values())))

    def lines(self, already: str = "") -> list[str]:
        """The case in words, one line or two; ``already`` holds what has been said before."""
        inputs = ", ".join(f"{name} = {describe(value)}" for name, value in self.inputs.items())
        about = message("The case “{about}”: {inputs}", about=self.about, inputs=inputs)
        lines = [] if inputs in already else [about]
        return (
            lines
            + ([message("Your result: {yours}", yours=self.yours)] if self.yours else [])
            + ([message("Expected: {wanted}", wanted=self.wanted)] if self.wanted else [])
        )

    def __repr__(self) -> str:
        return "\n".join(self.lines())


@dataclass(frozen=True)
class CheckResult:
    """The verdict on an answer. It is true in an ``if`` when the answer passed.

    Attributes:
        passed: whether the answer is right on every input it was tried on.
        message: what to know next, in one or two sentences; never the answer.
        mistake: the name of the mistake, or None: a mutant's name, or one of ``not-written``,
            ``not-a-function``, ``signature``, ``error``, ``time-out``, ``type``, ``shape``, ``nan``,
            ``constant``, ``changing``, ``value``, ``unknown-exercise``, ``checker``; of an input
            ``invalid`` or the function that it does not catch, of a verdict ``sentence-2-yes`` and the like.
        exercise: the exercise's name. printed: what the function printed, cut after 1,000 letters.
        case: the first input on which it went wrong, if there is one.
    """

    passed: bool
    message: str
    mistake: str | None = None
    exercise: str = ""
    printed: str = ""
    case: FailedCase | None = None

    def __bool__(self) -> bool:
        return self.passed

    @property
    def heading(self) -> str:
        """The verdict: a symbol and a word. What nobody has written yet is no failure."""
        if self.mistake == "not-written":
            return message("○ To do")
        return message("✓ Right") if self.passed else message("✗ Not yet")

    def __repr__(self) -> str:
        lines = [f"{self.heading} · {self.exercise}", self.message, *self._case_lines()]
        if self.printed:
            lines.append(message("It printed: {text}", text=self.printed))
        return "\n".join(lines)

    def _case_lines(self) -> list[str]:
        return [] if self.case is None else self.case.lines(self.message)

    def _repr_html_(self) -> str:
        colour = _OPEN if self.mistake == "not-written" else _RIGHT if self.passed else _WRONG
        style = f"border-left: 0.3em solid {colour}; padding: 0.4em 0.8em; margin: 0.5em 0"
        body = "<br>".join(html.escape("\n".join([self.message, *self._case_lines()])).split("\n"))
        printed = ""
        if self.printed:
            label = html.escape(message("It printed:"))
            printed = f"<details><summary>{label}</summary><pre>{html.escape(self.printed)}</pre></details>"
        return (
            f'<div role="status" class="seqrec-check" style="{style}">'
            f"<strong>{html.escape(self.heading)}</strong> · "
            f"<code>{html.escape(self.exercise)}</code><br>{body}{printed}</div>"
        )
