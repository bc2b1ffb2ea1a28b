"""Verdicts on privacy: what the stored rows of attacks, budgets and clients have shown."""

from __future__ import annotations

from collections.abc import Callable

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _part(part: str, variant: str) -> Results:
    return load_results("privacy").where(part=part, variant=variant)


def _attack(part: str, variant: str, score: str, figure: str = "auc") -> list[float]:
    return _part(part, variant).values(f"{score}/{figure}", "attack")


def _interval(values: list[float]) -> str:
    return decided(*Results("gaps", [{"test": {"gap": value}} for value in values]).interval("gap"))


def _calibration_helps() -> str:
    raw, known = (_attack("private", "overfit", score) for score in ("raw", "calibrated"))
    return _interval([b - a for a, b in zip(raw, known, strict=True)])


def _clipping_is_enough() -> str:
    return _interval([0.5 - value for value in _attack("private", "clipped, no noise", "calibrated")])


def _better(part: str, first: str, second: str) -> Callable[[], str]:
    """Whether the first variant ranks better than the second, seed by seed."""

    def right() -> str:
        values = (_part(part, variant).values() for variant in (first, second))
        return _interval([a - b for a, b in zip(*values, strict=True)])

    return right


_INTERVAL = "Take the difference seed by seed. On which side of 0 does its interval lie, if on one?"

EXERCISE = Reading(
    name="what-privacy-costs",
    sentences=(
        Sentence(_calibration_helps, dict.fromkeys((NO, OPEN), _INTERVAL)),
        Sentence(_better("private", "clipped, no noise", "regularised"), dict.fromkeys((YES, NO), _INTERVAL)),
        Sentence(
            _clipping_is_enough,
            dict.fromkeys(
                (YES, OPEN),
                "Guessing has an area of one half. On which side of it does the interval over seeds lie?",
            ),
        ),
        Sentence(_better("federated", "random", "type"), dict.fromkeys((YES, OPEN), _INTERVAL)),
    ),
    hints=(
        "For each sentence find the rows that it is about, and think of how many seeds there are.",
        "A difference whose interval holds 0 decides nothing, whatever its mean is.",
    ),
)
