"""Bi-attention of a history and the catalogue (after Seo et al. 2017). Sizes: ``B``, ``T``, ``D``, ``V``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..attention import bi_attention
from ..data.batch import Batch
from .next_item import HEADS, NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe

DIRECTIONS = ("both", "to-slate", "to-history", "none")


@dataclass(frozen=True)
class BiAttentionSettings(NextItemSettings):
    """Settings of :class:`BiAttentionModel`.

    Attributes:
        directions: ``both``; ``to-slate``: each step looks at the catalogue; ``to-history``: the catalogue
            looks at the steps; ``none``: the recurrent layer alone. What is left out is a vector of zeros.
    """

    directions: str = "both"

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"directions": DIRECTIONS, "head": HEADS}

    def build(self) -> BiAttentionModel:
        return BiAttentionModel(self)


class BiAttentionModel(NextItemModel):
    """Item vectors and the catalogue ask each other; a GRU reads what comes of it.

    The slate is the whole catalogue, so that no score depends on which candidates are asked for. As in the
    paper a recurrent layer stands above; the one below it is left out, so that weights belong to items and
    not to states. The catalogue's look at the history ends at each step, so every step can be trained.
    """

    settings: BiAttentionSettings

    def __init__(self, settings: BiAttentionSettings) -> None:
        super().__init__(settings)
        s = settings
        self.layers = 1 if s.directions in ("both", "to-history") else 0
        self.w = None if s.directions == "none" else nn.Parameter(torch.randn(3 * s.dim) / s.dim**0.5)
        self.dropout = nn.Dropout(s.dropout)
        self.inner = nn.Linear(4 * s.dim, s.dim)
        self.encoder = nn.GRU(s.dim, s.dim, batch_first=True)
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """As the frame's. The weights ``(B, 1, T, T)`` are the catalogue's look at the history."""
        states = self.dropout(self.item_vectors(batch))  # (B, T, D)
        nothing, weights = torch.zeros_like(states), []
        read = [states, nothing, nothing, nothing]
        if self.w is not None:
            slate = self.embedding.weight[1:]  # (V, D)
            slate = slate * self.settings.dim**0.5 if self.settings.scale_items else slate
            found = bi_attention(states, slate, self.w, batch.mask(), causal=True)
            given = found.mixed.chunk(4, dim=-1)  # (B, T, D) each
            if self.settings.directions != "to-history":
                read[1:3] = given[1:3]
            if self.settings.directions != "to-slate":
                read[3] = given[3]
            weights = [found.to_history[:, None]] if need_weights and self.layers else []
        return self.encoder(self.dropout(self.inner(torch.cat(read, dim=-1))))[0], weights


RECIPES = {
    "bi-attention": Recipe(
        "bi-attention between the history and the catalogue, then a GRU",
        "after Seo et al. 2017; chapter 6 of this book",
        BiAttentionSettings,
        {},
        USUAL_TRAINING,
    ),
}
