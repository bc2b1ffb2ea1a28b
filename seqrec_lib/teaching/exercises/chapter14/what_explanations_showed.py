"""Verdicts on the rows of explanations: who names the cause, and what that shows."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _rows(model: str) -> Results:
    return load_results("explanations").where(part="methods", model=model)


def _in_all(model: str, one: str, other: str) -> str:
    """Whether ``one`` names the cause more often than ``other`` in every run, by its interval over users."""
    name, sign = f"{one} - {other}", 1
    found = []
    for row in _rows(model).rows:
        if name not in row["paired"]:
            name, sign = f"{other} - {one}", -1
        _, low, high = row["paired"][name]
        found.append(decided(*sorted((sign * low, sign * high))))
    return found[0] if len(set(found)) == 1 else OPEN


def _always_faster() -> str:
    """No, where log p falls less by the world's shares, which always name the cause, than by a method's."""
    for row in _rows("lstm-attention").rows:
        if row["test"]["true shares"]["fall"] >= row["test"]["integrated"]["fall"]:
            return OPEN  # without this case another one would have to be looked for
    return NO


EXERCISE = Reading(
    name="what-explanations-showed",
    sentences=(
        Sentence(
            lambda: _in_all("lstm-attention", "integrated", "attention"),
            {
                NO: "Which of the two names the cause more often?",
                OPEN: "The interval of the difference leaves 0 out in every run, on one side.",
            },
        ),
        Sentence(
            lambda: _in_all("sasrec", "integrated", "occlusion, quiet items"),
            {
                YES: "That is so on average for the LSTM. Which of the two names more of SASRec's causes?",
                OPEN: "The interval of the difference leaves 0 out in every run, on one side.",
            },
        ),
        Sentence(
            _always_faster,
            {
                YES: "“Always” falls with one order. Which line names every cause by its making?",
                OPEN: "One line is enough against “always”. Look at the lines of every model.",
            },
        ),
        Sentence(
            lambda: OPEN,  # nobody was asked
            {
                YES: "Which row asked a person anything?",
                NO: "Which row asked a person anything?",
            },
        ),
    ),
    hints=(
        "For each sentence find the row that is about it, and the interval of the difference.",
        "“Open” is the right word where runs differ, where an interval holds 0, or nothing was measured.",
    ),
)
