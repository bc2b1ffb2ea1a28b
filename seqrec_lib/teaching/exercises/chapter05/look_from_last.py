"""One look back for each history: the last real state asks, through a bilinear score."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _last(states: Tensor, lengths: Tensor) -> Tensor:
    return states[torch.arange(len(states)), lengths - 1]  # (B, D)


def _look(scores: Tensor, states: Tensor, allowed: Tensor | None) -> Tensor:
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -math.inf)
    return (scores.softmax(-1).unsqueeze(1) @ states).squeeze(1)  # (B, D)


def _real(states: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(states.shape[1]) < lengths[:, None]  # (B, T)


def _scores(query: Tensor, states: Tensor, weight: Tensor) -> Tensor:
    return torch.einsum("bd,de,bte->bt", query, weight, states)


def look_from_last(states: Tensor, lengths: Tensor, weight: Tensor) -> Tensor:
    """states: (B, T, D), lengths: (B,), weight: (D, D). Returns (B, D)."""
    scores = _scores(_last(states, lengths), states, weight)
    return _look(scores, states, _real(states, lengths))


def turned(states, lengths, weight):
    return look_from_last(states, lengths, weight.T)


def both_sides(states, lengths, weight):
    scores = _scores(_last(states, lengths) @ weight, states, weight.T)
    return _look(scores, states, _real(states, lengths))


def asks_from_padding(states, lengths, weight):
    return _look(_scores(states[:, -1], states, weight), states, _real(states, lengths))


def padding_as_key(states, lengths, weight):
    return _look(_scores(_last(states, lengths), states, weight), states, None)


def no_mask_at_all(states, lengths, weight):
    return _look(_scores(states[:, -1], states, weight), states, None)


def one_too_far(states, lengths, weight):
    step = lengths.clamp(max=states.shape[1] - 1)
    query = states[torch.arange(len(states)), step]
    return _look(_scores(query, states, weight), states, _real(states, lengths))


def scaled(states, lengths, weight):
    return look_from_last(states, lengths, weight / math.sqrt(states.shape[-1]))


def hands_over_mapped(states, lengths, weight):
    return look_from_last(states, lengths, weight) @ weight.T


def no_weight(states, lengths, weight):
    return look_from_last(states, lengths, torch.eye(len(weight)))


def itself_left_out(states, lengths, weight):
    """A history of one step has nothing else, and looks at itself."""
    before = torch.arange(states.shape[1]) < (lengths - 1).clamp(min=1)[:, None]
    return _look(_scores(_last(states, lengths), states, weight), states, before)


def _probes() -> list[Probe]:
    draw = torch.Generator().manual_seed(57)

    def case(about: str, lengths: list[int], t: int, dim: int, size: float = 1.0) -> Probe:
        states = torch.randn(len(lengths), t, dim, generator=draw) * size
        return Probe(about, (states, torch.tensor(lengths), torch.randn(dim, dim, generator=draw) * size))

    return [
        case("one history of three steps, no padding", [3], 3, 2),
        case("one step, and two of five", [1, 2], 5, 3),
        case("three histories, one full", [4, 6, 3], 6, 5),
        case("as many histories as features", [2, 5, 7, 4], 7, 4),
        case("small states", [3, 4], 5, 6, 0.6),
    ]


EXERCISE = Exercise(
    name="look-from-last",
    reference=look_from_last,
    probes=_probes,
    mutants=(
        Mutant(
            "weight-turned",
            "The matrix stands the other way round: the query stands on its left, the key on its right.",
            turned,
        ),
        Mutant(
            "both-sides",
            "The matrix is applied to the query and to the key. It stands between them.",
            both_sides,
        ),
        Mutant(
            "asks-from-padding",
            "states[:, -1] is padding in a short history, and padding asks here. The last real step asks.",
            asks_from_padding,
        ),
        Mutant("padding-as-key", "Padding gets weight. Only real steps may be looked at.", padding_as_key),
        Mutant(
            "no-mask",
            "Padding asks, and padding is looked at. `lengths` must decide both.",
            no_mask_at_all,
        ),
        Mutant("one-too-far", "Counted from 0, the last real step is lengths − 1.", one_too_far),
        Mutant("scaled", "The score is divided by √D. This form has no such scale.", scaled),
        Mutant(
            "mapped-values",
            "The result is multiplied by the matrix again. The states themselves are mixed.",
            hands_over_mapped,
        ),
        Mutant("no-weight", "The matrix plays no part: that is the bare dot product.", no_weight),
        Mutant(
            "itself-left-out",
            "The last real step is not looked at. It is real, and it may be looked at.",
            itself_left_out,
        ),
    ),
    hints=(
        "Two places need `lengths`: who asks, and who may be looked at.",
        "(B, D) times (D, D) is the query's side, (B, D). Its product with every state gives the scores, "
        "(B, T).",
    ),
)
