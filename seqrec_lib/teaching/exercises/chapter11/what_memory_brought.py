"""Verdicts on the rows of long histories: what memory, depth and gradients brought."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, apart


def _rows(variant: str) -> Results:
    return load_results("long").where(part="reach", variant=variant)


def _longer(variant: str) -> Results:
    return load_results("long").where(part="longer", variant=variant)


def _above(one: str, other: str) -> str:
    return apart(_rows(one), _rows(other))


EXERCISE = Reading(
    name="what-memory-brought",
    sentences=(
        Sentence(
            lambda: _above("memory 48, layers 1", "memory 0, layers 1"),
            {
                NO: "Find the two rows with one layer, and compare their intervals.",
                OPEN: "The two intervals do not meet.",
            },
        ),
        Sentence(
            lambda: _above("memory 16, layers 1", "memory 0, layers 1"),
            {
                YES: "The causes lie 37 to 43 events back. How far does one layer with a memory of 16 see?",
                NO: "Which interval lies lower? Do the two meet?",
            },
        ),
        Sentence(
            lambda: _above("memory 16, layers 2", "memory 48, layers 1"),
            {
                YES: "Compare the intervals of the two rows, not what the reach promises.",
                OPEN: "The two intervals are far apart.",
            },
        ),
        Sentence(
            lambda: apart(_longer("memory 16, layers 2, gradient through"), _longer("memory 16, layers 2")),
            {
                NO: "The sentence below the table tells of both. Which of them is higher?",
                OPEN: "Read what four times as many epochs gave, with the stop and without.",
            },
        ),
        Sentence(
            lambda: OPEN,  # no row has three layers
            {
                YES: "A longer reach is no promise. And which row has three layers?",
                NO: "Which row has three layers? A row that was not made says nothing.",
            },
        ),
    ),
    hints=(
        "For each sentence find two rows of the table, and compare their intervals.",
        "“Open” is the right word where intervals overlap, and where no row is about the question.",
    ),
)
