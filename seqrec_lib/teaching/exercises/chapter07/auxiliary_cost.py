"""DIEN's auxiliary loss: which state, which item, and what a mean is taken over."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _costs(h: Tensor, fits: Tensor, other: Tensor) -> Tensor:
    """``(B, T-1)``."""
    return F.softplus(-(h * fits).sum(-1)) + F.softplus((h * other).sum(-1))


def _real(states: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(1, states.shape[1]) < lengths[:, None]  # (B, T-1)


def auxiliary_cost(states: Tensor, vectors: Tensor, negatives: Tensor, lengths: Tensor) -> Tensor:
    """states, vectors, negatives: (B, T, D), lengths: (B,). Returns a number."""
    costs = _costs(states[:, :-1], vectors[:, 1:], negatives[:, 1:])
    return costs[_real(states, lengths)].mean()


def over_padding(states, vectors, negatives, lengths):
    return _costs(states[:, :-1], vectors[:, 1:], negatives[:, 1:]).mean()


def divided_by_places(states, vectors, negatives, lengths):
    costs = _costs(states[:, :-1], vectors[:, 1:], negatives[:, 1:])
    return (costs * _real(states, lengths)).sum() / states.shape[0] / states.shape[1]


def same_step(states, vectors, negatives, lengths):
    costs = _costs(states, vectors, negatives)
    return costs[torch.arange(states.shape[1]) < lengths[:, None]].mean()


def one_step_too_many(states, vectors, negatives, lengths):
    last = torch.arange(states.shape[1] - 1) < lengths[:, None]
    return _costs(states[:, :-1], vectors[:, 1:], negatives[:, 1:])[last].mean()


def no_negatives(states, vectors, negatives, lengths):
    costs = F.softplus(-(states[:, :-1] * vectors[:, 1:]).sum(-1))
    return costs[_real(states, lengths)].mean()


def old_negatives(states, vectors, negatives, lengths):
    costs = _costs(states[:, :-1], vectors[:, 1:], negatives[:, :-1])
    return costs[_real(states, lengths)].mean()


def sum_of_a_history(states, vectors, negatives, lengths):
    costs = _costs(states[:, :-1], vectors[:, 1:], negatives[:, 1:])
    return (costs * _real(states, lengths)).sum(1).mean()


def mean_of_a_history(states, vectors, negatives, lengths):
    real = _real(states, lengths)
    costs = _costs(states[:, :-1], vectors[:, 1:], negatives[:, 1:]) * real
    has = real.any(1)
    return (costs.sum(1)[has] / real.sum(1)[has]).mean()


def halved(states, vectors, negatives, lengths):
    return auxiliary_cost(states, vectors, negatives, lengths) / 2


def signs_turned(states, vectors, negatives, lengths):
    return auxiliary_cost(states, negatives, vectors, lengths)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(74)

    def case(about: str, b: int, t: int, d: int, lengths: list[int]) -> Probe:
        parts = [torch.randn(b, t, d, generator=generator) for _ in range(3)]
        return Probe(about, (*parts, torch.tensor(lengths)))

    return [
        case("one history of two steps", 1, 2, 3, [2]),
        case("two histories, one padded", 2, 4, 3, [4, 2]),
        case("one history has a single step", 3, 5, 2, [5, 1, 3]),
        case("more histories", 5, 6, 4, [6, 2, 4, 3, 6]),
    ]


EXERCISE = Exercise(
    name="auxiliary-cost",
    reference=auxiliary_cost,
    probes=_probes,
    mutants=(
        Mutant(
            "over-padding",
            "Padded places are counted, and their vectors may be anything. A pair is real where its second "
            "step is.",
            over_padding,
        ),
        Mutant(
            "divided-by-places",
            "Padding adds nothing here, but it still divides: the same histories cost less in a wider batch.",
            divided_by_places,
        ),
        Mutant(
            "same-step",
            "The state after step t is held against item t, which it has just read. It is to know the next.",
            same_step,
        ),
        Mutant(
            "one-pair-too-many",
            "The last real step is paired with the padding after it.",
            one_step_too_many,
        ),
        Mutant(
            "no-negatives",
            "Only what fits is counted. Then large states that say yes to everything cost nothing.",
            no_negatives,
        ),
        Mutant(
            "negative-of-another-step",
            "The negative belongs to step t + 1, like the item that it stands against.",
            old_negatives,
        ),
        Mutant(
            "sum-of-a-history",
            "That is a sum over each history. Here every pair weighs the same.",
            sum_of_a_history,
        ),
        Mutant(
            "mean-of-a-history",
            "Each history weighs the same here. Every real pair should.",
            mean_of_a_history,
        ),
        Mutant("halved", "The two parts of a pair are added, not averaged.", halved),
        Mutant("signs-turned", "The negatives are called up and what fits is called down.", signs_turned),
    ),
    hints=(
        "Write the pairs of one history of three steps on paper: which state goes with which item?",
        "Cut the last state and the first item off, form both dot products, and keep the pairs whose second "
        "step is real.",
    ),
)
