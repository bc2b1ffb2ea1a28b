"""Verdicts on processes, users, width and memory: what the rows of chapter 20 have shown."""

from __future__ import annotations

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _by_seed(**chosen: object) -> dict[int, float]:
    return {row["seed"]: row["test"]["NDCG@10"] for row in load_results("scale").where(**chosen).rows}


def _apart(one: dict[str, object], other: dict[str, object]) -> str:
    """What the interval over seeds of one's figure minus the other's says."""
    a, b = _by_seed(**one), _by_seed(**other)
    gaps = [{"test": {"gap": a[seed] - b[seed]}} for seed in sorted(a)]
    return decided(*Results("gaps", gaps).interval("gap"))


def _by_size(axis: str, more: int, less: int) -> str:
    return _apart({"part": "size", "axis": axis, "size": more}, {"part": "size", "axis": axis, "size": less})


def _longer_to_read() -> str:
    rows = load_results("scale").where(part="rows", size=20).rows
    seconds = {row["variant"]: row["seconds"] for row in rows}
    return YES if seconds["on disk"] > seconds["in memory"] else NO


_INTERVAL = "Take the difference seed by seed. On which side of 0 does its interval lie, if on one?"

EXERCISE = Reading(
    name="what-scale-says",
    sentences=(
        Sentence(
            lambda: _apart(
                {"part": "processes", "variant": "2 processes"},
                {"part": "processes", "variant": "1 processes"},
            ),
            dict.fromkeys((YES, NO), _INTERVAL),
        ),
        Sentence(lambda: _by_size("users", 800, 100), dict.fromkeys((NO, OPEN), _INTERVAL)),
        Sentence(lambda: _by_size("dim", 64, 4), dict.fromkeys((NO, OPEN), _INTERVAL)),
        Sentence(
            _longer_to_read,
            {
                YES: "The table of the two readers names both times. Disks need not be the slow part.",
                OPEN: "The sentence is about these two readings, and each has a figure.",
            },
        ),
    ),
    hints=(
        "For each sentence find the rows that it is about, and think of how many seeds there are.",
        "A difference whose interval holds 0 decides nothing, whatever its mean is.",
    ),
)
