"""gBCE from its definition: the rate, the power, and where the power stands."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _power(k: int, v: int, t: float) -> float:
    return 1 - t * (1 - min(1.0, k / (v - 1)))


def _loss(positive: Tensor, negative: Tensor, up: float, down: float = 1.0) -> Tensor:
    total = up * F.softplus(-positive) + down * F.softplus(negative).sum(1)
    return total.mean() / (negative.shape[1] + 1)


def gbce_power(positive: Tensor, negative: Tensor, v: int, t: float) -> Tensor:
    """positive: (N,), negative: (N, K), v: int, t: float. Returns a number."""
    return _loss(positive, negative, _power(negative.shape[1], v, t))


def plain(positive, negative, v, t):
    return _loss(positive, negative, 1.0)


def on_negatives(positive, negative, v, t):
    return _loss(positive, negative, 1.0, _power(negative.shape[1], v, t))


def reversed_t(positive, negative, v, t):
    return gbce_power(positive, negative, v, 1 - t)


def padding_counted(positive, negative, v, t):
    return gbce_power(positive, negative, v + 1, t)


def not_capped(positive, negative, v, t):
    return _loss(positive, negative, 1 - t * (1 - negative.shape[1] / (v - 1)))


def in_the_sigmoid(positive, negative, v, t):
    beta = _power(negative.shape[1], v, t)
    return _loss(beta * positive, negative, 1.0)


def by_k(positive, negative, v, t):
    return gbce_power(positive, negative, v, t) * (negative.shape[1] + 1) / negative.shape[1]


def a_sum(positive, negative, v, t):
    return gbce_power(positive, negative, v, t) * (negative.shape[1] + 1)


def mean_of_negatives(positive, negative, v, t):
    beta = _power(negative.shape[1], v, t)
    return (beta * F.softplus(-positive) + F.softplus(negative).mean(1)).mean() / 2


def the_rate(positive, negative, v, t):
    return _loss(positive, negative, min(1.0, negative.shape[1] / (v - 1)))


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(3)

    def case(about: str, n: int, k: int, v: int, t: float, size: float = 1.0) -> Probe:
        positive, negative = torch.randn(n, generator=generator), torch.randn(n, k, generator=generator)
        return Probe(about, (size * positive, size * negative, v, t))

    return [
        case("one step, two negatives of four other items", 1, 2, 5, 0.75),
        case("t is 0", 3, 2, 30, 0.0),
        case("t is 1", 2, 3, 11, 1.0),
        case("more negatives than other items", 4, 7, 6, 0.6),
        case("scores far from 0", 5, 4, 40, 0.25, 200.0),
    ]


EXERCISE = Exercise(
    name="gbce-power",
    reference=gbce_power,
    probes=_probes,
    mutants=(
        Mutant("plain", "The power is missing: this is plain BCE whatever t is.", plain),
        Mutant("on-negatives", "The power stands on the negatives. It weakens the push on the target.",
               on_negatives),
        Mutant("t-reversed", "t is turned round: at 0 nothing may change.", reversed_t),
        Mutant("padding-counted", "The rate is taken of V items. A target is never its own negative.",
               padding_counted),
        Mutant("not-capped", "The rate is above 1 where more negatives are drawn than there are other items.",
               not_capped),
        Mutant("in-the-sigmoid", "The score is multiplied by the power. The sigmoid is raised to it.",
               in_the_sigmoid),
        Mutant("by-k", "It is divided by K. K negatives and the target are K + 1.", by_k),
        Mutant("not-divided", "It is not divided by K + 1.", a_sum),
        Mutant("mean-of-negatives", "The negatives are averaged. They are summed, and the whole is divided.",
               mean_of_negatives),
        Mutant("the-rate", "The power is the rate itself. That is right for t = 1 alone.", the_rate),
    ),
    hints=(
        "Find the power first. What must it be at t = 0, and at t = 1?",
        "The logarithm of a power is a factor. Whose logarithm does it stand before?",
    ),
)  # fmt: skip
