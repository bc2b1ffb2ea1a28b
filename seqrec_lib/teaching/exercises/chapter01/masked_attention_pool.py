"""Causal attention by hand: scores, masked softmax, weighted sum."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _allowed(real: Tensor) -> Tensor:
    steps = real.shape[1]
    return torch.ones(steps, steps, dtype=torch.bool).tril() & real[:, None, :]  # (B, T, T)


def _scores(states: Tensor) -> Tensor:
    return states @ states.transpose(1, 2) / math.sqrt(states.shape[-1])  # (B, T, T)


def _masked(scores: Tensor, allowed: Tensor, low: float = -math.inf) -> Tensor:
    return scores.masked_fill(~allowed, low)


def attention_pool(states: Tensor, real: Tensor) -> Tensor:
    """states: (B, T, D), real: (B, T) bool. Returns (B, T, D)."""
    weights = _masked(_scores(states), _allowed(real)).softmax(-1)  # (B, T, T)
    return weights @ states


def no_causal_mask(states: Tensor, real: Tensor) -> Tensor:
    return _masked(_scores(states), real[:, None, :]).softmax(-1) @ states


def padding_as_key(states: Tensor, real: Tensor) -> Tensor:
    return attention_pool(states, torch.ones_like(real))


def no_mask_at_all(states: Tensor, real: Tensor) -> Tensor:
    return _scores(states).softmax(-1) @ states


def no_scale(states: Tensor, real: Tensor) -> Tensor:
    return _masked(states @ states.transpose(1, 2), _allowed(real)).softmax(-1) @ states


def scale_by_width(states: Tensor, real: Tensor) -> Tensor:
    return _masked(_scores(states) / math.sqrt(states.shape[-1]), _allowed(real)).softmax(-1) @ states


def _wrong_axis(low: float, axis: int):
    def pool(states: Tensor, real: Tensor) -> Tensor:
        return _masked(_scores(states), _allowed(real), low).softmax(axis) @ states

    return pool


def mask_after_softmax(states: Tensor, real: Tensor) -> Tensor:
    return (_scores(states).softmax(-1) * _allowed(real)) @ states


def zero_embedding_as_mask(states: Tensor, real: Tensor) -> Tensor:
    return padding_as_key(states * real[..., None], real)


def scores_times_mask(states: Tensor, real: Tensor) -> Tensor:
    return (_scores(states) * _allowed(real)).softmax(-1) @ states


def _mask_of_the_asker(low: float):
    """The step that asks must be real here, and the step that is looked at need not be."""

    def pool(states: Tensor, real: Tensor) -> Tensor:
        steps = real.shape[1]
        mask = torch.ones(steps, steps, dtype=torch.bool).tril() & real[:, :, None]
        return _masked(_scores(states), mask, low).softmax(-1) @ states

    return pool


def padding_taken_for_the_end(states: Tensor, real: Tensor) -> Tensor:
    first = torch.arange(real.shape[1]) < real.sum(1, keepdim=True)
    return attention_pool(states, first)


def scale_by_steps(states: Tensor, real: Tensor) -> Tensor:
    scores = states @ states.transpose(1, 2) / math.sqrt(real.shape[1])
    return _masked(scores, _allowed(real)).softmax(-1) @ states


def scores_as_weights(states: Tensor, real: Tensor) -> Tensor:
    return (_scores(states) * _allowed(real)) @ states


def mean_instead(states: Tensor, real: Tensor) -> Tensor:
    allowed = _allowed(real).to(states.dtype)
    return allowed @ states / allowed.sum(-1, keepdim=True)


def _itself_left_out(low: float):
    def pool(states: Tensor, real: Tensor) -> Tensor:
        allowed = _allowed(real).tril(-1)
        return _masked(_scores(states), allowed, low).softmax(-1) @ states

    return pool


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(1)

    def states(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator) * 1.5

    end = torch.arange(5) < torch.tensor([[5], [3]])
    front = torch.arange(5) >= torch.tensor([[0], [2]])
    hole = torch.tensor([[True, False, True, True], [True, True, False, True], [False, True, True, False]])
    return [
        Probe("one full row", (states(1, 4, 3), torch.ones(1, 4, dtype=torch.bool))),
        Probe("padding at the end", (states(2, 5, 4), end)),
        Probe("padding at the front", (states(2, 5, 4), front)),
        Probe("padding in the middle", (states(3, 4, 2), hole)),
        Probe("one step", (states(2, 1, 8), torch.ones(2, 1, dtype=torch.bool))),
        Probe("large states", (states(2, 5, 6) * 4, end)),
    ]


EXERCISE = Exercise(
    name="masked-attention-pool",
    reference=attention_pool,
    probes=_probes,
    focus=lambda pooled, states, real: pooled[real.numpy()],
    mutants=(
        Mutant(
            "no-causal-mask",
            "Step t looks at later steps. In training those are the answers: hide every j after t.",
            no_causal_mask,
        ),
        Mutant(
            "padding-as-key",
            "Padding gets weight. It is no item: hide it wherever it stands. Does your mask ask whether "
            "step j is real, or whether step t is?",
            padding_as_key,
            *(_mask_of_the_asker(low) for low in (-math.inf, -1e9)),
        ),
        Mutant(
            "no-mask",
            "Every step looks at every other: neither the future nor padding is hidden.",
            no_mask_at_all,
        ),
        Mutant(
            "no-scale",
            "The scores are not divided by √D. They grow with the width, and the softmax saturates.",
            no_scale,
        ),
        Mutant(
            "as-given",
            "This still has both faults: the mask asks the wrong step whether it is real, and what it hides "
            "gets weight.",
            _mask_of_the_asker(0.0),
        ),
        Mutant(
            "padding-taken-for-the-end",
            "The mask counts the real steps and takes the first ones. Padding may stand anywhere: use `real` "
            "itself.",
            padding_taken_for_the_end,
        ),
        Mutant(
            "scale-by-steps",
            "The scores are divided by the root of the number of steps. It is the width that makes dot "
            "products grow.",
            scale_by_steps,
        ),
        Mutant("scale-by-width", "The scores are divided by D. Divide by its square root.", scale_by_width),
        Mutant(
            "wrong-axis",
            "The softmax runs over the wrong axis: for each step t, the weights over j must sum to 1.",
            *(_wrong_axis(low, axis) for low in (-math.inf, -1e9) for axis in (1, 0)),
        ),
        Mutant(
            "mask-after-softmax",
            "The mask comes after the softmax, so what is hidden takes its share first and the rest no "
            "longer sums to 1. Mask the scores.",
            mask_after_softmax,
        ),
        Mutant(
            "zero-embedding-as-mask",
            "Padding is set to zero but not hidden. A zero state scores 0, and a score of 0 still "
            "gets weight.",
            zero_embedding_as_mask,
        ),
        Mutant(
            "zero-score-as-mask",
            "Hidden scores are set to 0, which is a score like any other. What must a score be to "
            "get weight 0?",
            scores_times_mask,
        ),
        Mutant(
            "scores-as-weights", "The scores are used as weights: the softmax is missing.", scores_as_weights
        ),
        Mutant(
            "mean", "Every step that may be seen gets the same weight. Let the scores decide.", mean_instead
        ),
        Mutant(
            "itself-left-out",
            "Step t does not look at itself. Its own item is known by then: only later steps are hidden.",
            _itself_left_out(-math.inf),
            _itself_left_out(-1e9),
        ),
    ),
    hints=(
        "Print the weights of one row: each must sum to 1, with exact zeros where step t may not look.",
        "Entry (b, t, j) of the mask says whether step t may look at step j. Which of the two must be "
        "real, and what does a softmax make of a score of 0?",
    ),
)
