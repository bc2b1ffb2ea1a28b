"""NARM's two halves: a softmax over real steps, asked by the last real state."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _both(states, lengths, a1, a2, a, last=None, weigh=None, turned=False) -> Tensor:
    real = torch.arange(states.shape[1]) < lengths[:, None]  # (B, T)
    end = states[torch.arange(len(states)), lengths - 1]  # (B, D)
    asks = (end if last is None else last) @ a1.T
    scores = torch.sigmoid(asks[:, None] + states @ a2.T) @ a
    masked = scores.masked_fill(~real, -torch.inf).softmax(1)
    weights = masked if weigh is None else weigh(scores, real)
    mixed = (weights[..., None] * states).sum(1)
    return torch.cat([end, mixed] if turned else [mixed, end], -1)


def narm_both(states: Tensor, lengths: Tensor, a1: Tensor, a2: Tensor, a: Tensor) -> Tensor:
    """states: (B, T, D), lengths: (B,), a1, a2: (D, D), a: (D,). Returns (B, 2D)."""
    return _both(states, lengths, a1, a2, a)


def not_renormalised(states, lengths, a1, a2, a):
    return _both(states, lengths, a1, a2, a, weigh=lambda scores, real: scores.softmax(1) * real)


def zero_for_padding(states, lengths, a1, a2, a):
    def weigh(scores, real):
        return (scores * real).softmax(1) * real

    return _both(states, lengths, a1, a2, a, weigh=weigh)


def first_asks(states, lengths, a1, a2, a):
    return _both(states, lengths, a1, a2, a, last=states[:, 0])


def padding_asks(states, lengths, a1, a2, a):
    return _both(states, lengths, a1, a2, a, last=states[:, -1])


def turned_round(states, lengths, a1, a2, a):
    return _both(states, lengths, a1, a2, a, turned=True)


def last_column_behind(states, lengths, a1, a2, a):
    right = _both(states, lengths, a1, a2, a)
    return torch.cat([right[:, : states.shape[2]], states[:, -1]], -1)


def no_softmax(states, lengths, a1, a2, a):
    return _both(states, lengths, a1, a2, a, weigh=lambda scores, real: scores * real)


def _probes() -> list[Probe]:
    chance = torch.Generator().manual_seed(82)

    def case(about: str, b: int, t: int, d: int, lengths: list[int]) -> Probe:
        shapes = ((b, t, d), (d, d), (d, d), (d,))
        states, *rest = (torch.randn(s, generator=chance) for s in shapes)
        return Probe(about, (states, torch.tensor(lengths), *(2 * each for each in rest)))

    return [
        case("one row of three steps, one of them padding", 1, 3, 2, [2]),
        case("three rows of different lengths", 3, 6, 4, [4, 6, 2]),
        case("two rows, much padding", 2, 8, 3, [3, 5]),
    ]


EXERCISE = Exercise(
    name="narm-both",
    reference=narm_both,
    probes=_probes,
    mutants=(
        Mutant(
            "not-renormalised",
            "After the mask the weights no longer sum to 1. One more division mends it, "
            "or the mask comes before the softmax.",
            not_renormalised,
        ),
        Mutant(
            "zero-for-padding",
            "A score of 0 is no mask: under the softmax padding still takes its share.",
            zero_for_padding,
        ),
        Mutant(
            "first-asks",
            "The first state asks here. The question comes from the end of the history.",
            first_asks,
        ),
        Mutant(
            "padding-asks",
            "The last column may be padding, and padding should ask for nothing.",
            padding_asks,
        ),
        Mutant("turned", "The two halves stand the other way round.", turned_round),
        Mutant(
            "last-column",
            "The second half is the last column, which is padding in shorter rows.",
            last_column_behind,
        ),
        Mutant(
            "no-softmax",
            "This variant has a softmax over the real steps; here the weights are free.",
            no_softmax,
        ),
    ),
    hints=(
        "Print the weights of one padded row, and their sum.",
        "Which state asks, what must the weights sum to, and which half stands first? Compare with "
        "the formula.",
    ),
)
