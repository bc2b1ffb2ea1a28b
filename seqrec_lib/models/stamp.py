"""STAMP (Liu et al. 2018): the last item and a weighed sum of all items; no recurrence, so no order.

Sizes: ``B`` batch, ``T`` steps, ``D`` width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..attention import causal_mask
from ..data.batch import Batch
from .next_item import NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class STAMPSettings(NextItemSettings):
    """Settings of :class:`STAMP`.

    Attributes:
        add_mean: add the mean of the items to their weighed sum, as the authors' code does. The paper does
            not.
    """

    add_mean: bool = False

    def build(self) -> STAMP:
        return STAMP(self)


class STAMP(NextItemModel):
    """The state is tanh(W_s m_a + b_s) * tanh(W_t x_t + b_t), element by element.

    m_a is the sum of alpha_tj x_j over j <= t, with alpha_tj = w_0 . sigmoid(W_1 x_j + W_2 x_t + W_3 m_s + b)
    and m_s the mean of x_1 to x_t (equations 2, 7 and 8 of the paper; no softmax). The scores are plain dot
    products with the item vectors, under a softmax, as in the authors' code; the paper puts a sigmoid before
    that softmax.
    """

    settings: STAMPSettings

    def __init__(self, settings: STAMPSettings) -> None:
        super().__init__(settings)
        s = settings
        self.layers, self.weights_sum_to_one = 1, False
        self.dropout = nn.Dropout(s.dropout)
        self.of_item, self.of_last, self.of_mean = (
            nn.Linear(s.dim, s.dim, bias=last) for last in (False, False, True)
        )  # W_1, W_2, W_3 with b
        self.w = nn.Parameter(torch.randn(s.dim) / s.dim**0.5)
        self.long, self.short = nn.Linear(s.dim, s.dim), nn.Linear(s.dim, s.dim)  # W_s, W_t
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """As the frame's. The weights ``(B, 1, T, T)`` need not sum to 1, nor be positive."""
        vectors = self.dropout(self.item_vectors(batch))  # (B, T, D)
        mask = causal_mask(batch.lengths, vectors.shape[1])  # (B, T, T)
        even = mask.to(vectors.dtype)
        mean = (even / even.sum(-1, keepdim=True)) @ vectors  # (B, T, D)
        asks = self.of_last(vectors) + self.of_mean(mean)
        weights = stamp_weights(self.of_item(vectors), asks, self.w, mask)
        memory = weights @ vectors  # (B, T, D)
        if self.settings.add_mean:
            memory = memory + mean
        state = torch.tanh(self.long(memory)) * torch.tanh(self.short(vectors))
        return state, [weights[:, None]] if need_weights else []


def stamp_weights(item: Tensor, asks: Tensor, w: Tensor, mask: Tensor) -> Tensor:
    """``(B, T, S)``: w . sigmoid(item_j + asks_t) where ``mask`` is True, else 0; both are projected."""
    return (torch.sigmoid(asks.unsqueeze(-2) + item.unsqueeze(-3)) @ w) * mask  # (B, T, S, D) @ (D,)


RECIPES = {
    "stamp": Recipe(
        "STAMP: attention of the last item and the mean over all items, no recurrence",
        "Liu et al. 2018, with full cross-entropy over all steps",
        STAMPSettings,
        {},
        USUAL_TRAINING,
    ),
}
