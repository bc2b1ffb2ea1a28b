"""Verdicts on hidden items: what the rows of architecture, objective, loss and length have shown."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, apart


def _rows(variant: str) -> Results:
    return load_results("masked").where(part="report", variant=variant)


EXERCISE = Reading(
    name="what-gaps-say",
    sentences=(
        Sentence(
            lambda: apart(_rows("masked, back, CE"), _rows("masked, both ways, CE")),
            {
                NO: "Find the two rows that differ in the direction alone. Which of them lies higher?",
                OPEN: "The two intervals do not meet.",
            },
        ),
        Sentence(
            lambda: apart(_rows("SASRec, BCE"), _rows("masked, both ways, CE")),
            {
                NO: "Look at the two rows again: which of them lies higher?",
                OPEN: "The two intervals do not meet.",
            },
        ),
        Sentence(
            lambda: apart(_rows("masked, back, CE"), _rows("SASRec, BCE")),
            {
                YES: "The figure with hidden items is the smaller one of the two.",
                OPEN: "The two intervals do not meet.",
            },
        ),
        Sentence(
            lambda: apart(_rows("SASRec, CE"), load_results("masked").where(part="longer")),
            {
                YES: "Its mean is a little lower. Do the two intervals over runs meet?",
                NO: "Its mean is not the higher one. Do the two intervals over runs meet?",
            },
        ),
    ),
    hints=(
        "For each sentence find the rows that it is about, and see whether their intervals meet.",
        "A row says what was measured. What nobody measured is open.",
    ),
)
