"""DIN's sum: weights that need not add up to 1."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _real(states: Tensor, lengths: Tensor) -> Tensor:
    return (torch.arange(states.shape[1]) < lengths[:, None])[:, None]  # (B, 1, T)


def din_pool(scores: Tensor, states: Tensor, lengths: Tensor) -> Tensor:
    """scores: (B, C, T), states: (B, T, D), lengths: (B,). Returns (B, C, D)."""
    return torch.where(_real(states, lengths), scores, 0.0) @ states


def softmaxed(scores, states, lengths):
    return scores.masked_fill(~_real(states, lengths), -math.inf).softmax(2) @ states


def padding_counted(scores, states, lengths):
    return scores @ states


def divided_by_length(scores, states, lengths):
    return din_pool(scores, states, lengths) / lengths[:, None, None]


def divided_by_the_sum(scores, states, lengths):
    kept = torch.where(_real(states, lengths), scores, 0.0)
    return kept / kept.sum(2, keepdim=True) @ states


def negatives_cut(scores, states, lengths):
    return din_pool(scores.clamp(min=0), states, lengths)


def squashed(scores, states, lengths):
    return din_pool(scores.sigmoid(), states, lengths)


def last_real_left_out(scores, states, lengths):
    return din_pool(scores, states, lengths - 1)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(26)

    def case(about: str, b: int, c: int, t: int, dim: int, lengths: list[int]) -> Probe:
        scores = torch.randn(b, c, t, generator=generator)
        return Probe(about, (scores, torch.randn(b, t, dim, generator=generator), torch.tensor(lengths)))

    return [
        case("one row, one candidate, two steps", 1, 1, 2, 3, [2]),
        case("two rows, one of them padded", 2, 3, 4, 2, [4, 1]),
        case("many candidates, much padding", 3, 5, 6, 4, [2, 6, 3]),
    ]


EXERCISE = Exercise(
    name="din-pool",
    reference=din_pool,
    probes=_probes,
    mutants=(
        Mutant(
            "softmax",
            "The weights add up to 1 here. That is the authors' code; the paper keeps the scores as they "
            "are, so that two fitting events count for more than one.",
            softmaxed,
        ),
        Mutant(
            "padding-counted",
            "Padded steps are summed as well. Their vectors need not be zero, and the unit's bias gives them "
            "a score.",
            padding_counted,
        ),
        Mutant("divided-by-length", "This is a mean. A longer history must give more.", divided_by_length),
        Mutant(
            "divided-by-the-sum",
            "The weights are divided by their sum, which may be near 0 or below it.",
            divided_by_the_sum,
        ),
        Mutant(
            "negatives-cut",
            "Negative scores became 0. An event may speak against a candidate.",
            negatives_cut,
        ),
        Mutant("squashed", "The scores went through a sigmoid; they are used as they are.", squashed),
        Mutant("last-left-out", "The newest real step is missing.", last_real_left_out),
    ),
    hints=(
        "What should happen to the result when every event of a history stands there twice?",
        "One product sums over the steps. Padding must add nothing to it: which of its two factors can see "
        "to that?",
    ),
)
