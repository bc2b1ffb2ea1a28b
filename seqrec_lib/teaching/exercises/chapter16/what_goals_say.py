"""Verdicts on shared layers, selection and combined gradients: what the rows have shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _rows(part: str, variant: str, world: str = "selection") -> list[dict[str, Any]]:
    found = load_results("several_goals").where(part=part, variant=variant, world=world).rows
    return sorted(found, key=lambda row: row["seed"])


def _gap(values: Sequence[float]) -> str:
    return decided(*Results("gaps", [{"test": {"gap": gap}} for gap in values]).interval("gap"))


def _apart(one: list[float], other: list[float]) -> str:
    return _gap([a - b for a, b in zip(one, other, strict=True)])


def _error(variant: str, world: str = "selection") -> list[float]:
    return [row["purchases"]["conversion"]["error"] for row in _rows("tasks", variant, world)]


def _joint(part: str, variant: str) -> list[float]:
    return [row["purchases"]["test"]["joint log-loss"] for row in _rows(part, variant)]


def _fewer_bought() -> str:
    return _gap([r["selection"]["all"] - r["selection"]["clicked"] for r in _rows("tasks", "MMoE, clicked")])


_INTERVAL = "Take the difference seed by seed. On which side of 0 does its interval lie, if on one?"

EXERCISE = Reading(
    name="what-goals-say",
    sentences=(
        Sentence(_fewer_bought, dict.fromkeys((NO, OPEN), "Look at the two means of the true chances.")),
        Sentence(
            lambda: _apart(_error("separate, clicked"), _error("separate, entire")),
            dict.fromkeys((YES, OPEN), _INTERVAL),
        ),
        Sentence(
            lambda: _apart(_error("shared bottom, clicked"), _error("PLE, clicked")),
            dict.fromkeys((YES, NO), _INTERVAL),
        ),
        Sentence(
            lambda: _apart(_joint("weights", "weight 1"), _joint("weights", "PCGrad")),
            dict.fromkeys((YES, NO), _INTERVAL),
        ),
    ),
    hints=(
        "For each sentence find the rows that it is about, and think of how many seeds there are.",
        "A difference whose interval holds 0 decides nothing, whatever its mean is.",
    ),
)
