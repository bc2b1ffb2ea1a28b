"""Verdicts on new items and new users: what the rows of `ads` have shown."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _rows(part: str, variant: str) -> list[dict]:
    rows = load_results("cold_start").where(part=part, variant=variant, world="ads").rows
    return sorted(rows, key=lambda row: row["seed"])


def _items(variant: str, key: str) -> list[float]:
    return [row["test"][key] for row in _rows("items", variant)]


def _apart(one: list[float], other: list[float]) -> str:
    """What the interval of the paired difference over seeds says."""
    gaps = [a - b for a, b in zip(one, other, strict=True)]
    return decided(*Results("gaps", [{"test": {"gap": gap}} for gap in gaps]).interval("gap"))


def _after_one() -> tuple[list[float], list[float]]:
    model = [row["test"]["1"] for row in _rows("users", "all steps")]
    popular = [row["floors"]["popularity"]["1"] for row in _rows("users", "oracle")]
    return model, popular


_INTERVAL = "Take the difference seed by seed. On which side of 0 does its interval lie, if on one?"


def _hints(right: str) -> dict[str, str]:
    return {word: _INTERVAL for word in (YES, NO, OPEN) if word != right}


EXERCISE = Reading(
    name="what-newcomers-need",
    sentences=(
        Sentence(lambda: _apart(_items("text", "cold"), _items("ids", "cold")), _hints(YES)),
        Sentence(
            lambda: _apart(_items("both, 75% hidden", "warm"), _items("both, 0% hidden", "warm")),
            _hints(OPEN),
        ),
        Sentence(lambda: _apart(*_after_one()), _hints(YES)),
        Sentence(lambda: _apart(_items("reserved places", "warm"), _items("ids", "warm")), _hints(NO)),
    ),
    hints=(
        "For each sentence find the rows that it is about, and think of how many seeds there are.",
        "A difference whose interval holds 0 decides nothing, whatever its mean is.",
    ),
)
