"""The loss of pseudo-labels: which are kept, and what they weigh."""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _loss(scores, threshold, weight, *, sure=None, labels=None, over=None):
    p = scores.sigmoid()
    labels = (p > 0.5).to(p.dtype) if labels is None else labels(scores, p)
    sure = torch.maximum(p, 1 - p) >= threshold if sure is None else sure(scores, p)
    each = F.binary_cross_entropy_with_logits(scores, labels, reduction="none")
    count = len(scores) if over is None else over(sure)
    return weight * (each * sure).sum() / count


def labels_of_ones_own(scores: Tensor, threshold: float, weight: float) -> Tensor:
    """scores: (N,), threshold, weight: float. Returns a number."""
    return _loss(scores, threshold, weight)


def _probes() -> list[Probe]:
    def probe(name: str, scores: list[float], threshold: float, weight: float) -> Probe:
        return Probe(name, (torch.tensor(scores, dtype=torch.float64), threshold, weight))

    return [
        probe("a few of each", [-3.0, 2.6, 0.3, -0.4, 1.9], 0.9, 0.5),
        probe("mostly no", [-4.1, -2.3, -3.3, -0.2, 0.95, -2.0, -1.1], 0.8, 0.3),
        probe("nobody is sure", [0.1, -0.2, 0.0, 0.4], 0.9, 1.0),
        probe("scores far out", [45.0, -52.0, 3.0, -0.7, 0.85, 0.0], 0.7, 2.0),
        probe("sure of yes alone", [2.5, 4.0, -1.0, -0.5, 1.2], 0.9, 0.1),
    ]


EXERCISE = Exercise(
    name="labels-of-ones-own",
    reference=labels_of_ones_own,
    probes=_probes,
    mutants=(
        Mutant(
            "threshold-on-scores",
            "A score is compared with the threshold. The threshold is a probability.",
            lambda scores, threshold, weight: _loss(
                scores, threshold, weight, sure=lambda s, p: s.abs() >= threshold
            ),
        ),
        Mutant(
            "yes-alone",
            "Only places that the model calls clicked are kept. It can be sure of the other too.",
            lambda scores, threshold, weight: _loss(
                scores, threshold, weight, sure=lambda s, p: p >= threshold
            ),
        ),
        Mutant(
            "mean-of-the-kept",
            "The sum is divided by the number that is kept. Then one sure place weighs as much as many.",
            *(
                partial(_loss, over=lambda sure, least=least: sure.sum().clamp_min(least))
                for least in (1, 0)  # 0 of 0 where nobody is sure
            ),
        ),
        Mutant(
            "summed",
            "This is a sum over the items. The loss is their mean.",
            partial(_loss, over=lambda sure: 1),
        ),
        Mutant(
            "full-weight",
            "These labels weigh as much as true ones. What is the weight for?",
            lambda scores, threshold, weight: _loss(scores, threshold, 1.0),
        ),
        Mutant(
            "soft-labels",
            "The label is the probability itself. A pseudo-label is 0 or 1.",
            lambda scores, threshold, weight: _loss(scores, threshold, weight, labels=lambda s, p: p),
        ),
        Mutant(
            "all-kept",
            "All places are kept, those too of which the model is not sure.",
            lambda scores, threshold, weight: _loss(
                scores, threshold, weight, sure=lambda s, p: torch.ones_like(p, dtype=torch.bool)
            ),
        ),
    ),
    hints=(
        "From scores to probabilities first. Then two questions: which label, and sure enough or not.",
        "The mean is over all N places; those that are not sure add nothing to the sum.",
    ),
)
