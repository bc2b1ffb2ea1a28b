"""Verdicts on what helps with little data: what the rows of fresh users have shown."""

from __future__ import annotations

from collections.abc import Sequence

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _apart(one: Sequence[float], other: Sequence[float]) -> str:
    """What the interval of a mean difference over seeds says."""
    gaps = [a - b for a, b in zip(one, other, strict=True)]
    return decided(*Results("gaps", [{"test": {"gap": gap}} for gap in gaps]).interval("gap"))


def _rows(part: str, variant: str, **more: object) -> list[dict]:
    rows = load_results("little_data").where(part=part, variant=variant, **more).rows
    return sorted(rows, key=lambda row: row["seed"])


def _fresh(part: str, variant: str, users: int = 300) -> list[float]:
    return [row["fresh"] for row in _rows(part, variant, users=users)]


def _auc(variant: str) -> list[float]:
    return [row["fresh"]["AUC"] for row in _rows("clicks", variant)]


def _worth(rule: str) -> list[float]:
    return [row["worth"][5] for row in _rows("questions", rule)]


_INTERVAL = "Take the difference seed by seed. On which side of 0 does its interval lie, if on one?"


def _hints(right: str) -> dict[str, str]:
    return {word: _INTERVAL for word in (YES, NO, OPEN) if word != right}


EXERCISE = Reading(
    name="what-little-data-says",
    sentences=(
        Sentence(lambda: _apart(_fresh("gain", "cl4srec"), _fresh("gain", "none")), _hints(YES)),
        Sentence(
            lambda: _apart(_fresh("gain", "same-target", 4000), _fresh("gain", "none", 4000)), _hints(NO)
        ),
        Sentence(
            lambda: _apart(_fresh("attributes", "attributes"), _fresh("attributes", "shuffled")),
            _hints(OPEN),
        ),
        Sentence(lambda: _apart(_auc("pseudo, 0.9"), _auc("labelled")), _hints(OPEN)),
        Sentence(
            lambda: _apart(_worth("exact, information"), _worth("popularity")),
            _hints(YES),
        ),
    ),
    hints=(
        "For each sentence find the rows that it is about, and think of how many seeds there are.",
        "A difference whose interval holds 0 decides nothing, whatever its mean is.",
    ),
)
