"""InfoNCE: each view is to find the other view of its row among all views."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _scores(first: Tensor, second: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    views = torch.cat([first, second])
    b = len(first)
    return views @ views.T / temperature, (torch.arange(2 * b) + b) % (2 * b)


def two_views(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """first, second: (B, D), temperature: float. Returns a number."""
    scores, positive = _scores(first, second, temperature)
    return F.cross_entropy(scores.fill_diagonal_(float("-inf")), positive)


def _itself(first, second, temperature):
    scores, positive = _scores(first, second, temperature)
    return F.cross_entropy(scores, positive)


def _set_to_zero(first, second, temperature):
    scores, positive = _scores(first, second, temperature)
    return F.cross_entropy(scores.fill_diagonal_(0.0), positive)


def _multiplied(first, second, temperature):
    return two_views(first, second, 1 / temperature)


def _one_way(first, second, temperature):
    scores, positive = _scores(first, second, temperature)
    b = len(first)
    return F.cross_entropy(scores.fill_diagonal_(float("-inf"))[:b], positive[:b])


def _across(first, second, temperature):
    scores = first @ second.T / temperature
    here = torch.arange(len(first))
    return (F.cross_entropy(scores, here) + F.cross_entropy(scores.T, here)) / 2


def _without_positive(first, second, temperature):
    scores, positive = _scores(first, second, temperature)
    scores.fill_diagonal_(float("-inf"))
    won = scores.gather(1, positive[:, None])
    rest = scores.scatter(1, positive[:, None], float("-inf"))
    return (rest.logsumexp(1) - won[:, 0]).mean()


def _summed(first, second, temperature):
    return two_views(first, second, temperature) * 2 * len(first)


def _cosine(first, second, temperature):
    return two_views(F.normalize(first, dim=1), F.normalize(second, dim=1), temperature)


def _probes() -> list[Probe]:
    draw = torch.Generator().manual_seed(0)

    def pair(b: int, d: int, noise: float, size: float = 1.0) -> tuple[Tensor, Tensor]:
        first = size * torch.randn(b, d, generator=draw)
        return first, first + noise * torch.randn(b, d, generator=draw)

    return [
        Probe("two rows", (*pair(2, 3, 0.3), 1.0)),
        Probe("five rows, a small temperature", (*pair(5, 4, 0.5, 0.6), 0.3)),
        Probe("views that have nothing in common", (*pair(4, 6, 2.0, 0.4), 0.7)),
        Probe("a zero vector among them", (torch.tensor([[0.0, 0.0], [1.0, -1.0], [0.5, 2.0]]),
                                            torch.tensor([[0.2, 0.1], [0.9, -0.4], [-0.3, 1.0]]), 2.0)),
        Probe("long vectors", (*pair(6, 5, 0.2, 2.0), 1.5)),
    ]  # fmt: skip


EXERCISE = Exercise(
    name="two-views",
    reference=two_views,
    probes=_probes,
    mutants=(
        Mutant(
            "itself",
            "A view is compared with itself too, and nothing is more like it. Which entries are those?",
            _itself,
        ),
        Mutant(
            "set-to-zero",
            "A view's similarity with itself is set to 0, and exp(0) is 1. It is still below the line.",
            _set_to_zero,
        ),
        Mutant("multiplied", "The temperature multiplies here. A small one is to sharpen.", _multiplied),
        Mutant(
            "one-way",
            "Only the first views look for their partner. The mean is over all 2B views.",
            _one_way,
        ),
        Mutant(
            "across-only",
            "A first view meets second views alone. The first views of other rows are negatives too.",
            _across,
        ),
        Mutant(
            "without-positive",
            "The sum below the line leaves the positive out. Then the loss can fall below 0.",
            _without_positive,
        ),
        Mutant(
            "turned-round",
            "The sign is wrong. The surer a view is of its partner, the smaller the loss.",
            lambda first, second, temperature: -two_views(first, second, temperature),
        ),
        Mutant("summed", "This is a sum over views. The loss is their mean.", _summed),
        Mutant(
            "cosine", "The vectors were brought to length 1. Here they are compared as they are.", _cosine
        ),
    ),
    hints=(
        "Put both views below each other, (2B, D), and compare all with all.",
        "Row n and row n + B belong together, both ways. It is a cross-entropy with 2B classes less one.",
    ),
)
