"""Dice: which statistics, over what, and on which side the slope stands."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

EPS = 1e-8


def _bent(s: Tensor, mean: Tensor, variance: Tensor, alpha: Tensor, root: bool = True) -> Tensor:
    size = (variance + EPS).sqrt() if root else variance + EPS
    p = ((s - mean) / size).sigmoid()
    return p * s + (1 - p) * alpha * s


def _of_batch(s: Tensor) -> tuple[Tensor, Tensor]:
    return s.mean(0), s.var(0, unbiased=False)


def dice_unit(s: Tensor, mean: Tensor, variance: Tensor, alpha: Tensor, training: bool) -> Tensor:
    """s: (B, D), mean, variance, alpha: (D,), training: bool. Returns (B, D)."""
    return _bent(s, *(_of_batch(s) if training else (mean, variance)), alpha)


def always_the_batch(s, mean, variance, alpha, training):
    return _bent(s, *_of_batch(s), alpha)


def never_the_batch(s, mean, variance, alpha, training):
    return _bent(s, mean, variance, alpha)


def turned(s, mean, variance, alpha, training):
    return dice_unit(s, mean, variance, alpha, not training)


def over_features(s, mean, variance, alpha, training):
    if not training:
        return _bent(s, mean, variance, alpha)
    return _bent(s, s.mean(1, keepdim=True), s.var(1, keepdim=True, unbiased=False), alpha)


def one_for_all(s, mean, variance, alpha, training):
    return _bent(s, *((s.mean(), s.var(unbiased=False)) if training else (mean, variance)), alpha)


def other_branch(s, mean, variance, alpha, training):
    mean, variance = _of_batch(s) if training else (mean, variance)
    p = ((s - mean) / (variance + EPS).sqrt()).sigmoid()
    return (1 - p) * s + p * alpha * s


def no_root(s, mean, variance, alpha, training):
    mean, variance = _of_batch(s) if training else (mean, variance)
    return _bent(s, mean, variance, alpha, root=False)


def divided_by_n_less_1(s, mean, variance, alpha, training):
    return _bent(s, *((s.mean(0), s.var(0)) if training else (mean, variance)), alpha)


def hard(s, mean, variance, alpha, training):
    mean = s.mean(0) if training else mean
    return torch.where(s > mean, s, alpha * s)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(72)

    def case(about: str, b: int, d: int, training: bool) -> Probe:
        s = 2 * torch.randn(b, d, generator=generator) + torch.arange(d) - 1
        mean, variance = torch.randn(d, generator=generator), 0.3 + torch.rand(d, generator=generator)
        return Probe(about, (s, mean, variance, torch.linspace(-0.4, 0.8, d), training))

    return [
        case("three rows, two features, in training", 3, 2, True),
        case("the same sizes, at test", 3, 2, False),
        case("one row alone, at test", 1, 4, False),
        case("many rows, in training", 7, 3, True),
    ]


EXERCISE = Exercise(
    name="dice-unit",
    reference=dice_unit,
    probes=_probes,
    mutants=(
        Mutant(
            "always-the-batch",
            "At test this uses the batch too. Then an answer depends on who else is asked about.",
            always_the_batch,
        ),
        Mutant(
            "never-the-batch",
            "In training the statistics are those of the batch. (So it is in the authors' code, by the way: "
            "its running numbers never move.)",
            never_the_batch,
        ),
        Mutant("modes-changed-over", "The two modes are changed over: when does the batch count?", turned),
        Mutant(
            "over-features",
            "Mean and variance are taken over the features of a row. They belong to a feature, over rows.",
            over_features,
        ),
        Mutant("one-for-all", "One mean serves all features. Each feature has its own.", one_for_all),
        Mutant(
            "other-branch",
            "The slope stands on the wrong side: far above the mean Dice returns s itself.",
            other_branch,
        ),
        Mutant("no-root", "It divides by the variance and not by its root.", no_root),
        Mutant(
            "divided-by-n-less-1",
            "The variance divides by B - 1. Here, as in every batch norm, it divides by B.",
            divided_by_n_less_1,
        ),
        Mutant("hard", "That bend is sharp. Dice goes over from one slope to the other by a sigmoid.", hard),
    ),
    hints=(
        "First choose mean and variance by the mode. From there on there is one formula.",
        "p is a sigmoid of how many standard deviations s lies above the mean; it weighs s against alpha s.",
    ),
)
