"""Verdicts on remedies and searches: what the rows of fresh users have shown."""

from __future__ import annotations

from collections.abc import Sequence

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _interval(gaps: Sequence[float]) -> str:
    """What the interval of a mean difference over seeds says."""
    return decided(*Results("gaps", [{"test": {"gap": gap}} for gap in gaps]).interval("gap"))


def _fresh(way: str, when: str) -> list[float]:
    rows = load_results("training_well").where(part="report", variant=way).rows
    return [row[when]["fresh"] for row in sorted(rows, key=lambda row: row["seed"])]


def _apart(one: Sequence[float], other: Sequence[float]) -> str:
    return _interval([a - b for a, b in zip(one, other, strict=True)])


def _optimism() -> list[float]:
    found = []
    for row in load_results("training_well").where(part="search", variant="random").rows:
        chosen = next(trial for trial in row["trials"] if trial["trial"] == row["best"])
        found.append(chosen["value"] - chosen["fresh_validation"])
    return found


def _every_winner_is_flattered() -> str:
    signs = {gap > 0 for gap in _optimism()}
    return {frozenset({True}): YES, frozenset({False}): NO}.get(frozenset(signs), NO)


def _searched(kind: str) -> list[float]:
    rows = load_results("training_well").where(part="search", variant=kind).rows
    return [row["fresh"] for row in sorted(rows, key=lambda row: row["seed"])]


_INTERVAL = "Take the difference seed by seed. On which side of 0 does its interval lie, if on one?"

EXERCISE = Reading(
    name="what-remedies-say",
    sentences=(
        Sentence(
            lambda: _apart(_fresh("gradient", "equal steps"), _fresh("noise", "equal steps")),
            dict.fromkeys((YES, NO), _INTERVAL),
        ),
        Sentence(
            lambda: _apart(_fresh("none", "last"), _fresh("none", "equal steps")),
            dict.fromkeys((YES, OPEN), _INTERVAL),
        ),
        Sentence(
            _every_winner_is_flattered,
            {
                NO: "The text names the optimism of each search. What are their signs?",
                OPEN: "The sentence is about these searches alone, and each has a figure.",
            },
        ),
        Sentence(
            lambda: _apart(_searched("TPE"), _searched("random")),
            dict.fromkeys((YES, NO), _INTERVAL),
        ),
    ),
    hints=(
        "For each sentence find the rows that it is about, and think of how many seeds there are.",
        "A difference whose interval holds 0 decides nothing, whatever its mean is.",
    ),
)
