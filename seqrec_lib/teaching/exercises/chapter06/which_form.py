"""Verdicts on the family of attentions: what candidates and distances have shown, and what not."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, apart


def _rows(part: str, variant: str) -> Results:
    return load_results("family").where(part=part, variant=variant)


def _asked_long(variant: str) -> Results:
    """Its figures with up to 50 items, as if they were its own."""
    rows = _rows("relative", variant).rows
    return Results("long", [{"test": row["test_long"]} for row in rows])


def _auc(one: str, other: str) -> str:
    return apart(_rows("targets", one), _rows("targets", other), "AUC")


EXERCISE = Reading(
    name="which-form",
    sentences=(
        Sentence(
            lambda: _auc("target, softmax", "fixed query, softmax"),
            {
                NO: "Find the two bars that differ in who asks, and in nothing else.",
                OPEN: "The two intervals do not meet. Which of them lies higher?",
            },
        ),
        Sentence(
            lambda: _auc("target, no softmax", "fixed query, softmax"),
            {
                YES: "Find the bar of the candidate without a softmax. Where does its interval lie?",
                NO: "Its mean is not the higher one. Does that decide it, with these two intervals?",
            },
        ),
        Sentence(
            lambda: apart(_rows("relative", "rope"), _rows("relative", "distance")),
            {
                YES: "A mean that is higher in the third digit decides nothing. Look at both intervals.",
                NO: "Its mean is not the lower one, and the two intervals overlap.",
            },
        ),
        Sentence(
            lambda: apart(_asked_long("alibi"), _asked_long("distance")),
            {
                YES: "It loses little. How much has it to lose, and what is left to each form in the end?",
                OPEN: "Asked with up to 50 items, the two intervals are far apart.",
            },
        ),
    ),
    hints=(
        "For each sentence find the two lines or points that it is about, and their two intervals.",
        "To lose little is one thing and to be good another. A higher mean decides nothing where the "
        "intervals overlap.",
    ),
)
