"""How many users does each arm need? From a relative lift, for a stated power."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

from ..exercise import Exercise, Mutant, Probe


def _needed(
    spread: float, base: float, lift: float, power: float, level: float, *,
    tails: int = 2, arms: float = 2.0, square: float = 2.0, relative: bool = True, powered: bool = True,
    up: Callable = math.ceil,
) -> int:  # fmt: skip
    z = NormalDist().inv_cdf
    reach = z(1 - (1 - level) / tails) + (z(power) if powered else 0.0)
    difference = base * lift if relative else lift
    return int(up(arms * reach**2 * spread**square / difference**2))


def size_of_a_test(spread: float, base: float, lift: float, power: float, level: float) -> int:
    """spread, base, lift, power, level: float. Returns int: users of one arm."""
    return _needed(spread, base, lift, power, level)


def _known(**changes: Any) -> Callable:
    return lambda spread, base, lift, power, level: _needed(spread, base, lift, power, level, **changes)


def _probes() -> list[Probe]:
    return [
        Probe("a tenth more of 0.5 clicks", (0.7, 0.5, 0.1, 0.8, 0.95)),
        Probe("a twentieth less", (1.3, 1.18, -0.05, 0.9, 0.95)),
        Probe("a rare purchase, at another level", (0.21, 0.046, 0.08, 0.7, 0.99)),
    ]


EXERCISE = Exercise(
    name="size-of-a-test",
    reference=size_of_a_test,
    probes=_probes,
    mutants=(
        Mutant("one-sided", "The z of the level belongs to one tail; a test looks at both.", _known(tails=1)),
        Mutant("both-arms", "That is how many both arms need together.", _known(arms=4.0)),
        Mutant(
            "one-mean",
            "The difference of two means varies more than one mean does.",
            _known(arms=1.0),
        ),
        Mutant("deviation", "The spread stands in the formula as a variance.", _known(square=1.0)),
        Mutant("no-power", "The power plays no part here.", _known(powered=False)),
        Mutant(
            "absolute",
            "The lift is a share of the base; the formula wants a difference in clicks.",
            _known(relative=False),
        ),
        Mutant(
            "cut-off", "A part of a user is no user: which way must it be rounded?", _known(up=math.floor)
        ),
    ),
    hints=(
        "Turn the lift into a difference of means first.",
        "Two z-values are added and squared: one for the level, one for the power. How many means vary?",
    ),
)
