"""Verdicts on the rows of page 13b: looks, shared lists and clipped weights."""

from __future__ import annotations

from typing import Any

from ....results import load_results
from ..reading import NO, OPEN, YES, Reading, Sentence


def _row(part: str, variant: str, **settings: object) -> dict[str, Any]:
    """The figures of the one row with these settings."""
    rows = load_results("ab_tests").where(part=part, variant=variant).rows
    (found,) = (row for row in rows if settings.items() <= row["settings"].items())
    test: dict[str, Any] = found["test"]
    return test


def _called(rule: str, looks: int, new: str) -> float:
    return float(_row("peeking", rule, looks=looks, new=new)["called"])


def _word(holds: bool) -> str:
    return YES if holds else NO


MORE = "one more popular item"

EXERCISE = Reading(
    name="what-the-tests-said",
    sentences=(
        Sentence(
            lambda: _word(_called("p < .05", 100, "as it is") > 0.25),
            {
                NO: "Find the first line of the table about looks, and the column of 100 looks.",
                OPEN: "There is a column for 100 looks.",
            },
        ),
        Sentence(
            lambda: _word(_called("mSPRT", 1000, MORE) > _called("Bonferroni", 1000, MORE)),
            {
                NO: "The lower half of the table is about gains that are there. Compare two of its lines.",
                OPEN: "The lower half of the table has both lines, and a column of 1,000 looks.",
            },
        ),
        Sentence(
            lambda: _word(
                2 * _row("interleaving", f"as it is, {MORE}")["users, interleaved"]
                < _row("interleaving", f"as it is, {MORE}")["users, A/B"]
            ),
            {
                YES: "Find the pair that shares most of its items, and compare its two numbers of users.",
                OPEN: "The pair has a line of its own in the table.",
            },
        ),
        Sentence(
            lambda: _word(
                _row("logs", "item by item, clipped at 5", policy="far")["held"]
                > _row("logs", "item by item", policy="far")["held"] - 0.02
            ),
            {
                YES: "Compare the last column of two lines: item by item, and the same with clipped weights.",
                OPEN: "Both lines are in the table of the logs.",
            },
        ),
        Sentence(
            lambda: OPEN,  # no row is about a service of that size
            {
                YES: "One pair in this world does. Which row is about a service with a million users?",
                NO: "Which row is about a service with a million users?",
            },
        ),
    ),
    hints=(
        "For each sentence find the table, then the line.",
        "“Open” is the right word where no row is about the question.",
    ),
)
