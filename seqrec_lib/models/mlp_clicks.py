"""Vectors in, MLP above: the base model that DIN is measured against (Zhou et al. 2018, section 4.2).

Sizes: ``B`` histories, ``T`` steps, ``C`` candidates, ``D`` width, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from .click_model import (
    PLACES,
    USUAL_CLICKS,
    ClickModel,
    ClickSettings,
    at_last_seen,
    mean_of_first,
    seen_of,
)
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class MLPClicksSettings(ClickSettings):
    """Settings of :class:`MLPClicks`. ``mlp_width``: of the one inner layer."""

    mlp_width: int = 64

    def build(self) -> MLPClicks:
        return MLPClicks(self)


class MLPClicks(ClickModel):
    """[mean of the history, last item, candidate] through an MLP, and a number for each item.

    The history is pooled before the candidate is known: whatever is asked about, its events weigh the same.
    """

    settings: MLPClicksSettings

    def __init__(self, settings: MLPClicksSettings) -> None:
        super().__init__(settings)
        s = settings
        self.embedding = self.item_table()
        self.dropout = nn.Dropout(s.dropout)
        self.inner = nn.Linear(3 * s.dim, s.mlp_width)
        self.outer = nn.Linear(s.mlp_width, 1)
        self.item = self.item_numbers()
        self.place = nn.Parameter(torch.zeros(PLACES)) if s.places else None

    def logits(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> Tensor:
        self.check_batch(batch)
        seen = seen_of(batch, candidates, seen)
        past = self.embedding(batch.items)  # (B, T, D)
        read = [mean_of_first(past, seen), at_last_seen(past, seen), self.embedding(candidates)]
        inner = self.inner(self.dropout(torch.cat(read, dim=-1))).relu()  # (B, C, mlp_width)
        return (self.outer(inner) + self.item(candidates)).squeeze(-1)


RECIPES = {
    "mlp-clicks": Recipe(
        "an MLP over the mean of the history, the last item and the candidate",
        "the base model of Zhou et al. 2018; the last item is ours",
        MLPClicksSettings,
        {"dim": 16, "dropout": 0.1},
        {**USUAL_TRAINING, "loss": "sampled", "negatives": 4, "lr": 1e-2, "epochs": 10},
        {**USUAL_CLICKS},
    ),
}
