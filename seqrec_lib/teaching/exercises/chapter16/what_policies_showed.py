"""Verdicts on learned policies: what the rows of the world `feed` have shown."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _clicks(variant: str) -> list[float]:
    rows = load_results("policies").where(part="report", variant=variant).rows
    return [row["test"]["clicks"] for row in sorted(rows, key=lambda row: row["seed"])]


def _apart(one: str, other: str) -> str:
    """What the interval of the paired difference over the logs says."""
    gaps = [a - b for a, b in zip(_clicks(one), _clicks(other), strict=True)]
    return decided(*Results("gaps", [{"test": {"gap": gap}} for gap in gaps]).interval("gap"))


def _close_to_the_optimum() -> str:
    rows = load_results("policies").where(part="report").rows
    names = {row["variant"] for row in rows}
    best = max(sum(_clicks(name)) / len(_clicks(name)) for name in names)
    return YES if rows[0]["limits"]["optimum"] - best <= 0.2 else NO


_INTERVAL = "Take the difference log by log. On which side of 0 does its interval lie, if on one?"
_TABLE = "The table has the best learned policy and the optimum. How far apart are they?"

EXERCISE = Reading(
    name="what-policies-showed",
    sentences=(
        Sentence(
            lambda: _apart("SQN, value head", "SQN, imitation head"),
            dict.fromkeys((NO, OPEN), _INTERVAL),
        ),
        Sentence(
            lambda: _apart("SQN, value head", "SQN, value head, no future"),
            dict.fromkeys((NO, OPEN), _INTERVAL),
        ),
        Sentence(
            lambda: _apart("capped, with baseline", "corrected, capped"),
            dict.fromkeys((YES, NO), _INTERVAL),
        ),
        Sentence(_close_to_the_optimum, dict.fromkeys((YES, OPEN), _TABLE)),
    ),
    hints=(
        "For each sentence find the two rows that it is about; each has three logs.",
        "A difference whose interval holds 0 decides nothing, whatever its mean is.",
    ),
)
