"""Which list ships: a gain that is sure, and a guardrail that is a share of what was bought before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..exercise import Exercise, Mutant, Probe

Told = tuple[float, float, float]


def _decided(
    clicks: Told, purchases: Told, bought: float, risk: float, *,
    sure: int = 1, rail: int = 1, relative: bool = True, side: float = -1.0, both: Callable = all,
) -> bool:  # fmt: skip
    floor = side * risk * (bought if relative else 1.0)
    return bool(both([clicks[sure] > 0, purchases[rail] > floor]))


def ships(clicks: Told, purchases: Told, bought: float, risk: float) -> bool:
    """clicks, purchases: (difference, low, high); bought, risk: float. Returns bool."""
    return _decided(clicks, purchases, bought, risk)


def _known(**changes: Any) -> Callable:
    return lambda clicks, purchases, bought, risk: _decided(clicks, purchases, bought, risk, **changes)


def _probes() -> list[Probe]:
    return [
        Probe("more clicks that are not sure", ((0.03, -0.01, 0.07), (0.02, 0.001, 0.039), 0.6, 0.02)),
        Probe("few purchases before", ((0.05, 0.01, 0.09), (0.001, -0.012, 0.014), 0.3, 0.02)),
        Probe("many purchases before", ((0.05, 0.01, 0.09), (0.01, -0.03, 0.05), 2.0, 0.02)),
        Probe("both hold", ((0.05, 0.01, 0.09), (0.004, -0.005, 0.013), 0.6, 0.02)),
        Probe("a small sure loss within the risk", ((0.08, 0.05, 0.11), (-0.006, -0.009, -0.003), 0.6, 0.02)),
        Probe("fewer clicks for sure", ((-0.04, -0.06, -0.02), (0.05, 0.03, 0.07), 0.6, 0.02)),
        Probe("fewer clicks that are not sure", ((-0.01, -0.05, 0.03), (0.05, 0.03, 0.07), 0.6, 0.02)),
        Probe("a loss that may be too large", ((0.05, 0.01, 0.09), (-0.02, -0.05, 0.01), 0.6, 0.02)),
        Probe("neither", ((0.01, -0.03, 0.05), (-0.05, -0.09, -0.01), 0.6, 0.02)),
    ]


EXERCISE = Exercise(
    name="ships",
    reference=ships,
    probes=_probes,
    mutants=(
        Mutant(
            "difference-alone",
            "The guardrail is right. More clicks in one test are no sure gain: what must lie above 0?",
            _known(sure=0),
        ),
        Mutant(
            "absolute-risk",
            "The clicks are right. The risk is a share: of what?",
            _known(relative=False),
        ),
        Mutant(
            "both-faults",
            "Both faults are still there. Which number of a result is sure, and what is the risk a share of?",
            _known(sure=0, relative=False),
        ),
        Mutant(
            "rail-at-the-mean",
            "The guardrail looks at the difference. By chance a list that loses more may show that.",
            _known(rail=0),
        ),
        Mutant(
            "no-loss-allowed",
            "No loss at all is allowed here, and a gain is asked for. On which side of 0 is the rail?",
            _known(side=1.0),
        ),
        Mutant("either", "One of the two conditions is enough here.", _known(both=any)),
        Mutant("upper-end", "The upper end of an interval says what is possible, not what is sure.",
               _known(sure=2)),
    ),
    hints=(
        "Take the rule of the page line by line, and find the number that each line speaks of.",
        "A result has three numbers. For a sure gain and for a guardrail it is the same one that counts.",
    ),
)  # fmt: skip
