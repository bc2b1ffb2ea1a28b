"""Clicks that depend on the place: a loss that aims at relevance, whatever place an item had.

Sizes: ``B`` rows, ``C`` places.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from ..messages import InputError
from .objectives import Generators


def relevance_loss(logits: Tensor, clicks: Tensor, looked: Tensor) -> Tensor:
    """Log-loss of relevance, estimated from clicks without bias: of each entry, any shape.

    Where p(click) = looked * p(relevant), the mean of click / looked over clicks is p(relevant). So a click
    counts as 1 / looked relevant cases, and the rest, which is then below 0, as irrelevant ones (as in Saito
    et al. 2020). A shown item without a click keeps the weight 1 as an irrelevant case.
    """
    share = clicks / looked
    return share * F.softplus(-logits) + (1 - share) * F.softplus(logits)


class RelevanceObjective:
    """:func:`relevance_loss` over every shown item: ``batch.candidates`` with ``batch.labels``.

    Args:
        looked: ``(C,)`` how likely each place is looked at. clip: no smaller number is divided by: above 0
            this bounds the variance and brings a bias; 0 leaves all as they are.
    """

    name = "relevance"

    def __init__(self, looked: Tensor, clip: float = 0.0) -> None:
        if looked.dim() != 1 or bool((looked <= 0).any()) or bool((looked > 1).any()):
            raise InputError(
                "looked must be (C,), each above 0 and at most 1: a place nobody sees tells nothing"
            )
        self.looked = looked.clamp(min=clip)

    def prepare(self, model: Any, split: Split) -> None:
        """Nothing is needed."""

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        if batch.candidates is None or batch.labels is None:
            raise InputError("clicks need a batch with candidates and labels")
        if batch.candidates.shape[1] > len(self.looked):
            raise InputError(
                f"a slate of {batch.candidates.shape[1]} places, and looked has {len(self.looked)}"
            )
        shown = batch.candidates > 0  # (B, C)
        scores = model.score(batch, batch.candidates)
        looked = self.looked[: scores.shape[1]].to(scores).expand_as(scores)
        loss = relevance_loss(scores, batch.labels.to(scores.dtype), looked)
        return loss[shown].mean(), int(shown.sum())
