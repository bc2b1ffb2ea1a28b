"""How many items a query looks at: the exponential of the entropy of its weights, at a temperature."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _weights(scores: Tensor, lengths: Tensor, temperature: float) -> Tensor:
    hidden = torch.arange(scores.shape[1]) >= lengths[:, None]  # (B, T)
    return (scores / temperature).masked_fill(hidden, -math.inf).softmax(-1)


def _entropy(weights: Tensor) -> Tensor:
    return -torch.special.xlogy(weights, weights).sum(-1)  # 0 log 0 is 0


def items_looked_at(scores: Tensor, lengths: Tensor, temperature: float) -> Tensor:
    """scores: (B, T), lengths: (B,), temperature: float above 0. Returns (B,)."""
    return _entropy(_weights(scores, lengths, temperature)).exp()


def multiplied(scores, lengths, temperature):
    return items_looked_at(scores, lengths, 1 / temperature)


def no_temperature(scores, lengths, temperature):
    return items_looked_at(scores, lengths, 1.0)


def padding_counted(scores, lengths, temperature):
    return _entropy((scores / temperature).softmax(-1)).exp()


def _padding_scores_zero(scores, lengths, temperature):
    real = torch.arange(scores.shape[1]) < lengths[:, None]
    return _entropy((scores * real / temperature).softmax(-1)).exp()


def entropy_itself(scores, lengths, temperature):
    return _entropy(_weights(scores, lengths, temperature))


def nan_of_zero(scores, lengths, temperature):
    weights = _weights(scores, lengths, temperature)
    return (-(weights * weights.log()).sum(-1)).exp()


def other_base(scores, lengths, temperature):
    return (_entropy(_weights(scores, lengths, temperature)) / math.log(2)).exp()


def _small_number_inside(scores, lengths, temperature):
    weights = _weights(scores, lengths, temperature)
    return (-(weights * (weights + 1e-3).log()).sum(-1)).exp()


def squares(scores, lengths, temperature):
    return 1 / (_weights(scores, lengths, temperature) ** 2).sum(-1)


def mean_of_steps(scores, lengths, temperature):
    return (_entropy(_weights(scores, lengths, temperature)) / lengths).exp()


def temperature_after(scores, lengths, temperature):
    weights = _weights(scores, lengths, 1.0) / temperature
    return _entropy(weights).exp()


def _probes() -> list[Probe]:
    draw = torch.Generator().manual_seed(56)

    def case(about: str, lengths: list[int], t: int, temperature: float, size: float = 1.0) -> Probe:
        scores = torch.randn(len(lengths), t, generator=draw) * size
        return Probe(about, (scores, torch.tensor(lengths), temperature))

    even = torch.full((2, 5), -3.0)
    return [
        case("one history, three real steps of four", [3], 4, 2.0),
        Probe("equal scores below 0", (even, torch.tensor([5, 2]), 0.5)),
        case("three histories, cold", [6, 1, 4], 6, 0.25),
        case("large scores, weights of exactly 0", [5, 3], 5, 0.5, 200.0),
        case("hot", [7, 2, 5, 6], 7, 10.0, 3.0),
    ]


EXERCISE = Exercise(
    name="items-looked-at",
    reference=items_looked_at,
    probes=_probes,
    mutants=(
        Mutant(
            "multiplied",
            "The scores are multiplied by the temperature. A high temperature must even the weights out.",
            multiplied,
        ),
        Mutant("no-temperature", "The temperature plays no part here.", no_temperature),
        Mutant(
            "temperature-after",
            "The weights are divided by the temperature, so they no longer sum to 1. It belongs to the "
            "scores.",
            temperature_after,
        ),
        Mutant(
            "padding-counted",
            "Padding is looked at too. Equal scores over two real steps must give 2.",
            padding_counted,
            _padding_scores_zero,
        ),
        Mutant(
            "entropy-itself",
            "That is the entropy. How many items is it, if all weigh the same?",
            entropy_itself,
        ),
        Mutant(
            "nan-of-zero",
            "A weight of 0 gives 0 · log 0, which is NaN in code and 0 in the formula.",
            nan_of_zero,
        ),
        Mutant(
            "small-number-inside",
            "A small number inside the logarithm saves it from 0, and it moves every result. Leave out "
            "weights of 0.",
            _small_number_inside,
        ),
        Mutant(
            "other-base",
            "The logarithm has base 2 and the exponential base e. Both must have the same base.",
            other_base,
        ),
        Mutant(
            "squares",
            "One over the sum of squared weights is another count of items. Here the entropy is asked for.",
            squares,
        ),
        Mutant(
            "mean-of-steps",
            "The entropy is a sum over steps. It is divided by the number of steps here.",
            mean_of_steps,
        ),
    ),
    hints=(
        "Try equal scores first: over n real steps the result is n at any temperature.",
        "torch.special.xlogy(w, w) is w · log w, and 0 where w is 0.",
    ),
)
