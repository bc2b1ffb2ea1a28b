"""How many users a guardrail takes: from the true change down to the loss that one is ready to bear."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

from ..exercise import Exercise, Mutant, Probe


def _needed(
    spread: float, bought: float, lift: float, risk: float, power: float, level: float, *,
    tails: int = 2, arms: float = 2.0, square: float = 2.0, room: str = "both", relative: bool = True,
    powered: bool = True, up: Callable = math.ceil,
) -> int:  # fmt: skip
    z = NormalDist().inv_cdf
    reach = z(1 - (1 - level) / tails) + (z(power) if powered else 0.0)
    share = {"both": lift + risk, "rail": risk, "lift": lift or 1e-3, "less": abs(lift - risk)}[room]
    gap = share * (bought if relative else 1.0)
    return int(up(arms * reach**2 * spread**square / gap**2))


def guardrail_users(
    spread: float, bought: float, lift: float, risk: float, power: float, level: float
) -> int:
    """All are floats. Returns int: users of one arm."""
    return _needed(spread, bought, lift, risk, power, level)


def _known(**changes: Any) -> Callable:
    return lambda *given: _needed(*given, **changes)


def _probes() -> list[Probe]:
    return [
        Probe("the new list sells as much as the old one", (0.8, 0.6, 0.0, 0.05, 0.8, 0.95)),
        Probe("it sells a little less", (0.8, 0.6, -0.01, 0.04, 0.8, 0.95)),
        Probe("it sells more, at another level", (1.3, 0.25, 0.03, 0.02, 0.9, 0.99)),
    ]


EXERCISE = Exercise(
    name="guardrail-users",
    reference=guardrail_users,
    probes=_probes,
    mutants=(
        Mutant(
            "lift-forgotten",
            "The new list is taken to change nothing. How far is the truth from the rail where it does?",
            _known(room="rail"),
        ),
        Mutant(
            "gain-to-find",
            "That finds a change from 0. Here it is the rail that must be left below.",
            _known(room="lift"),
        ),
        Mutant("wrong-side", "The rail lies below 0. Is the way from the truth to it longer or shorter?",
               _known(room="less")),
        Mutant("absolute", "Both are shares of what was bought; the interval is in purchases.",
               _known(relative=False)),
        Mutant("one-sided", "The interval of the rule has two ends, and its level is shared by both.",
               _known(tails=1)),
        Mutant("one-mean", "The difference of two means varies more than one mean does.", _known(arms=1.0)),
        Mutant("both-arms", "That is how many both arms need together.", _known(arms=4.0)),
        Mutant("deviation", "The spread stands in the formula as a variance.", _known(square=1.0)),
        Mutant("no-power", "The power plays no part here.", _known(powered=False)),
        Mutant("cut-off", "A part of a user is no user: which way must it be rounded?",
               _known(up=math.floor)),
    ),
    hints=(
        "Draw a line with the rail, 0 and the true change. Which distance must the interval fit into?",
        "It is the formula for the size of a test with another distance in it.",
    ),
)  # fmt: skip
