"""Faults of the weighted sum: its shape, and what it sums over."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe
from .fault import Fault, error_words
from .weight_faults import random_tensors


def pool_in_four_dimensions(weights, states):
    return torch.bmm(weights.unsqueeze(1), states).squeeze(1)


def pool_steps(weights: Tensor, states: Tensor) -> Tensor:
    """weights: (B, T, 1), states: (B, T, H). Returns (B, H), the weighted sum over steps."""
    return torch.bmm(weights.transpose(1, 2), states).squeeze(1)  # (B, 1, T) @ (B, T, H)


def _pool_mean(weights, states):
    return (weights * states).mean(1)


def _pool_units(weights, states):
    return (weights * states).sum(2)


def _bmm_cost() -> tuple[str, dict]:
    states, scores = random_tensors(10, (2, 5, 4), (2, 5, 1))
    error = error_words(pool_in_four_dimensions, scores.softmax(1), states)
    return "It never runs: {error}.", {"error": error}


BMM_4D = Fault(
    name="bmm-4d",
    title="A 4-D tensor for bmm",
    difficulty="medium",
    minutes=5,
    excerpt="        pooled = torch.bmm(weights.unsqueeze(1), states).squeeze(1)\n",
    faulty=pool_in_four_dimensions,
    measure=_bmm_cost,
    task="Return the weighted sum of the states over the steps, (B, H).",
    exercise=Exercise(
        name="bmm-4d",
        reference=pool_steps,
        probes=lambda: [
            Probe(
                "two rows", (random_tensors(11, (2, 3, 1))[0].softmax(1), random_tensors(12, (2, 3, 4))[0])
            ),
            Probe(
                "as many units as steps",
                (random_tensors(13, (2, 4, 1))[0].softmax(1), random_tensors(14, (2, 4, 4))[0]),
            ),
        ],
        mutants=(
            Mutant(
                "bmm-4d",
                "bmm multiplies (B, n, m) by (B, m, p) and takes nothing else. weights is (B, T, 1) "
                "already: unsqueeze makes it 4-D. Which two axes should change places instead?",
                pool_in_four_dimensions,
            ),
            Mutant("mean", "The weights sum to 1 already: add, do not average again.", _pool_mean),
            Mutant("over-units", "The sum runs over the units; it should run over the steps.", _pool_units),
        ),
        hints=(
            "Write the shapes beside the two factors. Which axes does bmm multiply, and how many may each "
            "factor have?",
        ),
    ),
)


def pool_with_padding(states, scores, lengths):
    weights = torch.softmax(scores, dim=1)
    return (weights[:, :, None] * states).sum(1)


def pool_real_steps(states: Tensor, scores: Tensor, lengths: Tensor) -> Tensor:
    """states: (B, T, H), scores: (B, T), lengths: (B,). Returns (B, H): real steps only."""
    real = torch.arange(scores.shape[1]) < lengths[:, None]  # (B, T)
    weights = scores.masked_fill(~real, -math.inf).softmax(1)
    return (weights[:, :, None] * states).sum(1)


def _scores_to_zero(states, scores, lengths):
    real = torch.arange(scores.shape[1]) < lengths[:, None]
    return pool_with_padding(states, scores * real, lengths)


def _states_to_zero(states, scores, lengths):
    real = torch.arange(scores.shape[1]) < lengths[:, None]
    return pool_with_padding(states * real[:, :, None], scores, lengths)


def _one_too_many(states, scores, lengths):
    return pool_real_steps(states, scores, lengths + 1)


def _pool_probe(about: str, seed: int, lengths: list[int], steps: int) -> Probe:
    states, scores = random_tensors(seed, (len(lengths), steps, 3), (len(lengths), steps))
    return Probe(about, (states, scores, torch.tensor(lengths)))


def _padding_cost() -> tuple[str, dict]:
    generator = torch.Generator().manual_seed(22)
    lengths = torch.randint(1, 13, (1000,), generator=generator)
    padding = torch.arange(12) >= lengths[:, None]
    weights = torch.randn(1000, 12, generator=generator).softmax(1)
    words = "With lengths from 1 to 12 in rows of 12, padding gets {share:.0%} of all weight before training."
    return words, {"share": float((weights * padding).sum(1).mean())}


PADDING_AS_DATA = Fault(
    name="padding-as-data",
    title="Padding read as data",
    difficulty="medium",
    minutes=10,
    excerpt="        weights = F.softmax(self.attend(states), dim=1)\n",
    faulty=pool_with_padding,
    measure=_padding_cost,
    task="Return the weighted sum of the states over the real steps; padding gets no weight at all.",
    exercise=Exercise(
        name="padding-as-data",
        reference=pool_real_steps,
        probes=lambda: [
            _pool_probe("unlike lengths", 23, [4, 2, 1], 4),
            _pool_probe("no padding", 24, [3, 3], 3),
            _pool_probe("much padding", 25, [1, 2], 8),
        ],
        mutants=(
            Mutant(
                "padding-as-data",
                "The lengths are not used, so padding gets weight like any step.",
                pool_with_padding,
            ),
            Mutant("zero-score", "A score of 0 is not a weight of 0. Which score is?", _scores_to_zero),
            Mutant(
                "zero-state",
                "Padding is set to zero, but it still takes weight from the real steps.",
                _states_to_zero,
            ),
            Mutant("one-too-many", "One step of padding is let in: steps count from 0.", _one_too_many),
        ),
        hints=("What does a softmax make of a score of 0? Which score would get no weight at all?",),
    ),
)
