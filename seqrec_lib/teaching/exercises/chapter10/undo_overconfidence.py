"""From the sigmoid of a model that was trained with sampled negatives back to a probability."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _from(odds_factor):
    """``odds_factor(rate, beta)``: what the odds are multiplied by."""

    def run(scores: Tensor, k: int, v: int, t: float) -> Tensor:
        rate = k / (v - 1)
        factor = odds_factor(rate, 1 - t * (1 - rate))
        return torch.sigmoid(scores + torch.tensor(factor, dtype=scores.dtype).log())

    return run


undo_overconfidence = _from(lambda rate, beta: rate / beta)


def multiplied(scores, k, v, t):
    rate = k / (v - 1)
    return torch.sigmoid(scores) * rate / (1 - t * (1 - rate))


def naive(scores, k, v, t):
    rate = k / (v - 1)
    odds = scores.exp() * rate / (1 - t * (1 - rate))
    return odds / (1 + odds)


def over_the_items(scores, k, v, t):
    return scores.softmax(0)


def all_items(scores, k, v, t):
    rate = k / v
    return torch.sigmoid(scores + torch.tensor(rate / (1 - t * (1 - rate))).log())


def scaled_to_one(scores, k, v, t):
    p = undo_overconfidence(scores, k, v, t)
    return p / p.sum()


def _probes() -> list[Probe]:
    def case(about: str, scores: list[float], k: int, v: int, t: float) -> Probe:
        return Probe(about, (torch.tensor(scores), k, v, t))

    return [
        case("one negative, two items scored", [2.0, -1.0], 1, 5, 0.0),
        case("gBCE with t = 0.75", [3.5, 0.0, -2.0], 4, 21, 0.75),
        case("t is 1: nothing to undo", [1.0, -3.0], 3, 30, 1.0),
        case("many items, scores far from 0", [12.0, 140.0, -7.5, 6.0, 9.0], 20, 3417, 0.0),
    ]


EXERCISE = Exercise(
    name="undo-overconfidence",
    reference=undo_overconfidence,
    probes=_probes,
    mutants=(
        Mutant("not-undone", "Nothing is undone: these are the sigmoids.", _from(lambda rate, beta: 1.0)),
        Mutant("the-wrong-way", "The probabilities grow. Too few negatives made them too large already.",
               _from(lambda rate, beta: beta / rate)),
        Mutant("no-power", "The power is left out: gBCE has undone a part itself.",
               _from(lambda rate, beta: rate)),
        Mutant("power-on-top", "The power works the other way: it made the odds smaller in training.",
               _from(lambda rate, beta: rate * beta)),
        Mutant("multiplied", "The probability is multiplied. It is the odds that training multiplied.",
               multiplied),
        Mutant("by-v", "The rate is taken of V items. A target is never its own negative.", all_items),
        Mutant("softmax", "A softmax over the scored items knows nothing of K and V.", over_the_items),
        Mutant("sums-to-one", "The scored items are not the whole catalogue: they need not sum to 1.",
               scaled_to_one),
        Mutant("overflow", "exp of a large score overflows. Stay with logarithms until the sigmoid.", naive),
    ),
    hints=(
        "Write the odds of the best sigmoid, and see what multiplies the odds of p.",
        "A factor of the odds is something that is added to a score.",
    ),
)  # fmt: skip
