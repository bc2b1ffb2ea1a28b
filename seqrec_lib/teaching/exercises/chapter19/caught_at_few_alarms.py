"""True positives at few false ones: on whom the threshold is set, and on which side members lie."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def caught_at_few_alarms(members: Tensor, others: Tensor, rate: float) -> float:
    """members: (N,), others: (M,), rate: float. Returns a number."""
    allowed = math.floor(rate * len(others) + 1e-9)
    threshold = others.sort(descending=True).values[allowed]
    return float((members > threshold).double().mean())


def _accuracy(members: Tensor, others: Tensor, rate: float) -> float:
    places = torch.cat([members, others])
    best = max(
        (float((members > t).double().mean()) + float((others <= t).double().mean())) / 2 for t in places
    )
    return best


def _with(change: Callable) -> Callable:
    return lambda members, others, rate: caught_at_few_alarms(*change(members, others, rate))


def _of_members(members: Tensor, others: Tensor, rate: float) -> float:
    allowed = math.floor(rate * len(members) + 1e-9)
    return float((members > members.sort(descending=True).values[allowed]).double().mean())


def _caught_others(members: Tensor, others: Tensor, rate: float) -> float:
    return caught_at_few_alarms(others, members, rate)


def _precision(members: Tensor, others: Tensor, rate: float) -> float:
    threshold = others.sort(descending=True).values[math.floor(rate * len(others) + 1e-9)]
    right, wrong = (float((scores > threshold).sum()) for scores in (members, others))
    return right / max(1.0, right + wrong)


def _at_the_threshold(members: Tensor, others: Tensor, rate: float) -> float:
    allowed = math.floor(rate * len(others) + 1e-9)
    return float((members >= others.sort(descending=True).values[allowed]).double().mean())


def _rounded_up(members: Tensor, others: Tensor, rate: float) -> float:
    allowed = math.ceil(rate * len(others) - 1e-9)
    return float((members > others.sort(descending=True).values[allowed]).double().mean())


def _one_fewer(members: Tensor, others: Tensor, rate: float) -> float:
    allowed = math.floor(rate * len(others) + 1e-9)
    return float((members > others.sort(descending=True).values[allowed - 1]).double().mean())


def _middle(members: Tensor, others: Tensor, rate: float) -> float:
    return float((members > others.median()).double().mean())


def _probes() -> list[Probe]:
    def case(about: str, n: int, m: int, away: float, rate: float, seed: int, base: float = -3.0,
             shown: Callable = lambda scores: scores):  # fmt: skip
        draw = torch.Generator().manual_seed(seed)
        members = base + away + torch.randn(n, generator=draw, dtype=torch.float64)
        others = base + torch.randn(m, generator=draw, dtype=torch.float64)
        return Probe(about, (shown(members), shown(others), rate))

    # No member lies just above the lowest threshold: one halfway to the next of the others is as right.
    return [
        case("ten members, twenty others, one alarm", 10, 20, 1.0, 0.05, 50),
        case("one alarm in a hundred", 150, 300, 1.5, 0.01, 26),
        case("members look like others", 200, 170, 0.0, 0.1, 4),
        case("members have lower scores", 90, 120, -0.7, 0.1, 6, 0.5),
        case("the share is no whole number of others", 40, 57, 0.8, 0.1, 2),
        case("scores that tie", 60, 80, 0.6, 0.1, 2, shown=lambda scores: (2 * scores).round()),
    ]


EXERCISE = Exercise(
    name="caught-at-few-alarms",
    reference=caught_at_few_alarms,
    probes=_probes,
    mutants=(
        Mutant(
            "accuracy",
            "This is the best share of right guesses. Few users may be accused wrongly, and accuracy does "
            "not ask for that.",
            _accuracy,
        ),
        Mutant(
            "turned-round",
            "Users with low scores are taken for members. A high score speaks for a member.",
            _with(lambda members, others, rate: (-members, -others, rate)),
        ),
        Mutant(
            "threshold-of-members",
            "The threshold was set on the members, so the answer is the rate itself. It is set on those who "
            "were not in the data.",
            _of_members,
        ),
        Mutant("parts-exchanged", "Members and others have changed places here.", _caught_others),
        Mutant(
            "precision",
            "This is the share of the accused who are members. Asked for is the share of the members who are "
            "accused.",
            _precision,
        ),
        Mutant(
            "at-the-threshold",
            "Members who lie at the threshold are counted as well. Only those above it are accused.",
            _at_the_threshold,
        ),
        Mutant(
            "rounded-up",
            "More of the others may lie above this threshold than the share allows. Round their number "
            "down; a quantile does not.",
            _rounded_up,
        ),
        Mutant(
            "one-fewer",
            "One more of the others may lie above the threshold: the one at it is not above it.",
            _one_fewer,
        ),
        Mutant("half", "The threshold is the middle of the others: half of them are accused.", _middle),
    ),
    hints=(
        "First set the threshold, on those who were not in the training data. Then count members above it.",
        "Sort the others from the highest score. How many of them may lie above the threshold?",
    ),
)
