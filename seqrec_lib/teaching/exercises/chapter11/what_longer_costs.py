"""Verdicts on the rows of chapter 6: what histories longer than training cost, by form of positions."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, apart


def _rows(form: str) -> Results:
    return load_results("family").where(part="relative", variant=form)


def _lost(form: str) -> float:
    return _rows(form).mean() - _rows(form).mean(part="test_long")


def _longer(one: str, other: str) -> str:
    return apart(_rows(one), _rows(other), part="test_long")


EXERCISE = Reading(
    name="what-longer-costs",
    sentences=(
        Sentence(
            lambda: YES if _lost("rope") > max(map(_lost, ("start", "distance", "buckets", "alibi"))) else NO,
            {
                NO: "Take the second column from the first in each row. Which difference is largest?",
                OPEN: "The sentence is about the means in the table. Take their differences.",
            },
        ),
        Sentence(
            lambda: YES if _lost("rope") <= 0 else NO,
            {
                YES: "RoPE has no number for a place. Does that keep its second column where the first is?",
                OPEN: "Compare the two columns of RoPE's row. Do their intervals meet?",
            },
        ),
        Sentence(
            lambda: _longer("buckets", "alibi"),
            {
                NO: "Look at the second column. Which form stands higher with up to 50 items?",
                OPEN: "Look at the second column of both rows. Do the two intervals meet?",
            },
        ),
        Sentence(
            lambda: OPEN,  # no row was trained on another length
            {
                YES: "Which rows were trained on more than 20 items?",
                NO: "Which rows were trained on more than 20 items? A row that was not made says nothing.",
            },
        ),
    ),
    hints=(
        "For each sentence find the rows of the table that it is about.",
        "“Open” is the right word where intervals overlap, and where no row is about the question.",
    ),
)
