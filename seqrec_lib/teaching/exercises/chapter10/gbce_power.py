"""gBCE with the mean over the negatives: which power undoes it, and where the power stands."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _power(v: int, t: float) -> float:
    return 1 - t * (1 - 1 / (v - 1))


def _loss(positive: Tensor, negative: Tensor, up: float, down: float = 1.0) -> Tensor:
    return (up * F.softplus(-positive) + down * F.softplus(negative).mean(1)).mean()


def gbce_power(positive: Tensor, negative: Tensor, v: int, t: float) -> Tensor:
    """positive: (N,), negative: (N, K), v: int, t: float. Returns a number."""
    return _loss(positive, negative, _power(v, t))


def plain(positive, negative, v, t):
    return _loss(positive, negative, 1.0)


def power_of_the_sum(positive, negative, v, t):
    return _loss(positive, negative, 1 - t * (1 - min(1.0, negative.shape[1] / (v - 1))))


def power_of_the_sum_not_capped(positive, negative, v, t):
    return _loss(positive, negative, 1 - t * (1 - negative.shape[1] / (v - 1)))


def summed(positive, negative, v, t):
    return _loss(positive, negative, _power(v, t), negative.shape[1])


def as_published(positive, negative, v, t):
    k = negative.shape[1]
    return _loss(positive, negative, 1 - t * (1 - min(1.0, k / (v - 1))), k) / (k + 1)


def summed_with_its_power(positive, negative, v, t):
    return as_published(positive, negative, v, t) * (negative.shape[1] + 1)


def on_negatives(positive, negative, v, t):
    return _loss(positive, negative, 1.0, _power(v, t))


def reversed_t(positive, negative, v, t):
    return gbce_power(positive, negative, v, 1 - t)


def padding_counted(positive, negative, v, t):
    return gbce_power(positive, negative, v + 1, t)


def in_the_sigmoid(positive, negative, v, t):
    return _loss(_power(v, t) * positive, negative, 1.0)


def by_k(positive, negative, v, t):
    return gbce_power(positive, negative, v, t) / (negative.shape[1] + 1)


def by_two(positive, negative, v, t):
    return gbce_power(positive, negative, v, t) / 2


def over_steps(positive, negative, v, t):
    return gbce_power(positive, negative, v, t) * len(positive)


def the_rate(positive, negative, v, t):
    return _loss(positive, negative, 1 / (v - 1))


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
        Mutant("power-of-the-sum",
               "The power depends on K. In the mean over K negatives each weighs 1 / K: what is left of the "
               "rate then?",
               power_of_the_sum, power_of_the_sum_not_capped),
        Mutant("summed", "The negatives are summed. Here their mean is taken.",
               summed, as_published, summed_with_its_power),
        Mutant("on-negatives", "The power stands on the negatives. It weakens the push on the target.",
               on_negatives),
        Mutant("t-reversed", "t is turned round: at 0 nothing may change.", reversed_t),
        Mutant("padding-counted", "The rate is taken of V items. A target is never its own negative.",
               padding_counted),
        Mutant("in-the-sigmoid", "The score is multiplied by the power. The sigmoid is raised to it.",
               in_the_sigmoid),
        Mutant("divided", "The whole is divided once more. The negatives have been averaged already.",
               by_k, by_two),
        Mutant("over-steps", "This is the sum over steps. The loss is a mean.", over_steps),
        Mutant("the-rate", "The power is the same for every t. That is right for t = 1 alone.", the_rate),
    ),
    hints=(
        "Find the power first. With which weight does the best sigmoid equal the chance, if each negative "
        "weighs 1 / K?",
        "The logarithm of a power is a factor. Whose logarithm does it stand before?",
    ),
)  # fmt: skip
