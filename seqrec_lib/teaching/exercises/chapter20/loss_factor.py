"""What each rank multiplies its mean loss by, when the engine averages gradients over ranks."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def loss_factor(counts: Tensor) -> Tensor:
    """counts: (W,), targets of each rank. Returns (W,)."""
    return len(counts) * counts / counts.sum()


def _mean_of_means(counts):
    return torch.ones(len(counts))


def _without_ranks(counts):
    return counts / counts.sum()


def _own_count(counts):
    return counts.float()


def _turned_round(counts):
    return counts.sum() / (len(counts) * counts.clamp(min=1))


def _by_the_largest(counts):
    return counts / counts.max()


def _ranks_twice(counts):
    return len(counts) ** 2 * counts / counts.sum()


def _probes() -> list[Probe]:
    return [
        Probe("two ranks, one with three times the targets", (torch.tensor([30, 10]),)),
        Probe("three ranks", (torch.tensor([512, 498, 17]),)),
        Probe("a rank without targets", (torch.tensor([7, 0, 12, 5]),)),
        Probe("equal shares", (torch.tensor([64, 64, 64]),)),
        Probe("eight ranks", (torch.tensor([900, 1024, 33, 875, 640, 1001, 2, 951]),)),
    ]


EXERCISE = Exercise(
    name="loss-factor",
    reference=loss_factor,
    probes=_probes,
    mutants=(
        Mutant(
            "mean-of-means",
            "A factor of 1 is the mean of means: where a rank has few targets, each weighs more than others.",
            _mean_of_means,
        ),
        Mutant(
            "ranks-forgotten",
            "These are the shares. The engine divides by the number of ranks afterwards: what undoes that?",
            _without_ranks,
        ),
        Mutant(
            "not-reduced",
            "Each rank knows its own count here and nobody knows the sum. The counts must be added up too.",
            _own_count,
        ),
        Mutant("turned-round", "A rank with many targets gets a small factor here.", _turned_round),
        Mutant(
            "by-the-largest",
            "The shares are taken of the largest count. Then the step grows and shrinks with chance.",
            _by_the_largest,
        ),
        Mutant("ranks-twice", "The number of ranks stands in there twice.", _ranks_twice),
    ),
    hints=(
        "Write down what you want, the sum over all targets divided by their number. What is done instead?",
        "With equal counts nothing needs to be mended: then every factor is 1.",
    ),
)
