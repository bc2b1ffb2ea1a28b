"""Label smoothing from scores: which items share the mass, and how much each gets."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _loss(scores: Tensor, targets: Tensor, smoothing: float, *, first: int = 1, rest: Callable | None = None,
          mean: bool = True) -> Tensor:  # fmt: skip
    logs = scores[:, first:].log_softmax(1)  # (N, V)
    own = logs.gather(1, targets[:, None] - first)[:, 0]
    rest = rest or (lambda logs, own: logs.mean(1))
    each = -(1 - smoothing) * own - smoothing * rest(logs, own)
    return each.mean() if mean else each.sum()


def smoothed_loss(scores: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    """scores: (N, V+1), targets: (N,), smoothing: float. Returns a number."""
    return _loss(scores, targets, smoothing)


def _known(**changes) -> Callable:
    return lambda scores, targets, smoothing: _loss(scores, targets, smoothing, **changes)


def _others(logs: Tensor, own: Tensor) -> Tensor:
    return (logs.sum(1) - own) / (logs.shape[1] - 1)


def _only_own(scores, targets, smoothing):
    return _loss(scores, targets, 0.0) * (1 - smoothing)


def _of_probabilities(scores, targets, smoothing):
    p = scores[:, 1:].softmax(1)
    own = p.gather(1, targets[:, None] - 1)[:, 0]
    return -((1 - smoothing) * own + smoothing * p.mean(1)).log().mean()


def _exponentials(scores, targets, smoothing):
    p = scores[:, 1:].exp() / scores[:, 1:].exp().sum(1, keepdim=True)
    own = p.gather(1, targets[:, None] - 1)[:, 0]
    return -((1 - smoothing) * own.log() + smoothing * p.log().mean(1)).mean()


def _turned(scores, targets, smoothing):
    return _loss(scores, targets, 1 - smoothing)


def _probes() -> list[Probe]:
    def case(about: str, steps: int, items: int, smoothing: float, size: float, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        scores = size * torch.randn(steps, items + 1, generator=draw, dtype=torch.float64)
        targets = torch.randint(1, items + 1, (steps,), generator=draw)
        return Probe(about, (scores, targets, smoothing))

    return [
        case("one step, three items", 1, 3, 0.2, 1.0, 0),
        case("several steps", 6, 10, 0.1, 2.0, 1),
        case("scores far from 0", 4, 7, 0.3, 1000.0, 2),
        case("no smoothing", 5, 4, 0.0, 1.0, 3),
    ]


EXERCISE = Exercise(
    name="smoothed-loss",
    reference=smoothed_loss,
    probes=_probes,
    mutants=(
        Mutant(
            "padding-shares",
            "Column 0 takes part in the softmax or in the sharing. It belongs to padding, which is no item.",
            _known(first=0),
        ),
        Mutant(
            "others-alone",
            "The share is spread over the other items here. It is spread over all, the target too.",
            _known(rest=_others),
        ),
        Mutant(
            "summed-share",
            "Each item gets the whole share. Together they get it once.",
            _known(rest=lambda logs, own: logs.sum(1)),
        ),
        Mutant("share-lost", "The target's weight is right, but the other items get nothing.", _only_own),
        Mutant(
            "inside-the-log",
            "The probabilities are mixed before the logarithm. Smoothing mixes the targets: the logarithm "
            "comes first.",
            _of_probabilities,
        ),
        Mutant(
            "exponentials",
            "The exponential of a score far from 0 is infinite, or 0, and has no logarithm. Take the "
            "logarithm of the softmax in one step.",
            _exponentials,
        ),
        Mutant("turned", "The target has the small share and the others the large one.", _turned),
        Mutant("summed", "This is a sum over the steps. Asked for is the mean.", _known(mean=False)),
    ),
    hints=(
        "Write the target of one step as probabilities that add up to 1. What does each item have?",
        "Cross-entropy with such a target is minus the sum of its entries times the log probabilities.",
    ),
)
