"""Verdicts on privacy: what the stored rows of attacks, budgets and clients have shown."""

from __future__ import annotations

from collections.abc import Callable

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, apart, decided


def _part(part: str, variant: str) -> Results:
    return load_results("privacy").where(part=part, variant=variant)


def _attack(part: str, variant: str, score: str, figure: str = "auc") -> list[float]:
    return _part(part, variant).values(f"{score}/{figure}", "attack")


def _interval(values: list[float]) -> str:
    return decided(*Results("gaps", [{"test": {"gap": value}} for value in values]).interval("gap"))


def _calibration_helps() -> str:
    raw, known = (_attack("lira", "overfit", score) for score in ("raw", "calibrated"))
    return _interval([b - a for a, b in zip(raw, known, strict=True)])


def _above_chance() -> str:
    return _interval([value - 0.5 for value in _attack("private", "epsilon 1", "calibrated")])


def _between(part: str, first: str, second: str) -> Callable[[], str]:
    return lambda: apart(_part(part, first), _part(part, second))


_INTERVAL = "Take the difference seed by seed. On which side of 0 does its interval lie, if on one?"
_APART = "Compare the two intervals over seeds: do they overlap, and if not, which lies higher?"

EXERCISE = Reading(
    name="what-privacy-costs",
    sentences=(
        Sentence(_calibration_helps, dict.fromkeys((YES, NO, OPEN), _INTERVAL)),
        Sentence(_between("private", "epsilon 8", "regularised"), dict.fromkeys((YES, NO, OPEN), _APART)),
        Sentence(
            _above_chance,
            dict.fromkeys(
                (YES, NO, OPEN),
                "Chance is one half. Does the interval over seeds of the area under the curve hold it?",
            ),
        ),
        Sentence(_between("federated", "random", "type"), dict.fromkeys((YES, NO, OPEN), _APART)),
    ),
    hints=(
        "For each sentence find the rows that it is about, and think of how many seeds there are.",
        "A difference whose interval holds 0 decides nothing, whatever its mean is.",
    ),
)
