"""LRURec (Yue et al. 2024): linear recurrent units (Orvieto et al. 2023) over item vectors.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``P = 2 D`` numbers in the state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..encoders import Dropout
from .next_item import NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class LRUSettings(NextItemSettings):
    """Settings of :class:`LRURec`. ``layers``: blocks. ``ff_width``: inner width of feed-forward layers."""

    max_len: int = 200
    scale_items: bool = True
    layers: int = 2
    ff_width: int = 256

    def build(self) -> LRURec:
        return LRURec(self)


def linear_scan(rate: Tensor, given: Tensor) -> Tensor:
    """h_t = rate * h_{t-1} + given_t for all t: ``rate`` ``(P,)``, ``given`` ``(B, T, P)``, both complex.

    With no activation in between, h_t is the sum of rate^k given_{t-k}. After each round below, the sum
    reaches twice as far back: log2 T rounds in place of T steps.
    """
    reach = 1
    while reach < given.shape[1]:
        earlier = nn.functional.pad(given, (0, 0, reach, 0))[:, : given.shape[1]]  # reach steps back, else 0
        given, rate, reach = given + rate * earlier, rate * rate, 2 * reach
    return given


class LRU(nn.Module):
    """A recurrence without an activation: h_t = λ ∘ h_{t-1} + γ ∘ (W v_t + b), then a linear map of h_t.

    λ = exp(-exp(a) + i exp(b)) is learned; its size stays below 1 and starts between 0.8 and 0.99, uniform
    over that ring. γ = √(1 - |λ|²) keeps the state's size whatever λ is.
    """

    def __init__(self, dim: int, low: float = 0.8, high: float = 0.99) -> None:
        super().__init__()
        size = (torch.rand(2 * dim) * (high**2 - low**2) + low**2).sqrt()
        self.decay = nn.Parameter((-size.log()).log())  # (P,)
        self.turn = nn.Parameter((torch.rand(2 * dim) * 2 * math.pi).log())  # (P,)
        self.into, self.out = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)  # P complex numbers are 2 P

    def rate(self) -> Tensor:
        """λ, ``(P,)`` complex."""
        return torch.exp(torch.complex(-self.decay.exp(), self.turn.exp()))

    def given(self, vectors: Tensor) -> Tensor:
        """γ ∘ (W v + b): ``(B, T, D)`` -> ``(B, T, P)`` complex."""
        rate = self.rate()
        made = self.into(vectors).to(rate.real.dtype)  # (B, T, 2 P)
        return torch.view_as_complex(made.unflatten(-1, (-1, 2))) * (1 - rate.abs() ** 2).sqrt()

    def forward(self, vectors: Tensor) -> Tensor:
        """``(B, T, D)`` -> ``(B, T, D)``."""
        states = linear_scan(self.rate(), self.given(vectors))  # (B, T, P)
        return self.out(torch.view_as_real(states).flatten(-2))  # (B, T, 2 P) -> (B, T, D)


class LRUBlock(nn.Module):
    """LRU, then a feed-forward layer, each added to what it reads; the norm stands behind the sum."""

    def __init__(self, settings: LRUSettings) -> None:
        super().__init__()
        s = settings
        self.lru, self.norm_lru, self.norm_ff = LRU(s.dim), nn.LayerNorm(s.dim), nn.LayerNorm(s.dim)
        self.inner, self.outer = nn.Linear(s.dim, s.ff_width), nn.Linear(s.ff_width, s.dim)
        self.dropout = Dropout(s.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, T, D)`` -> ``(B, T, D)``."""
        x = self.norm_lru(x + self.dropout(self.lru(x)))
        inner = self.dropout(nn.functional.gelu(self.inner(x)))
        return self.norm_ff(x + self.dropout(self.outer(inner)))


class LRURec(NextItemModel):
    """Item vectors, LRU blocks, dot products: the whole past in one state of fixed size, and no attention."""

    def __init__(self, settings: LRUSettings) -> None:
        super().__init__(settings)
        self.norm, self.dropout = nn.LayerNorm(settings.dim), Dropout(settings.dropout)
        self.blocks = nn.ModuleList(LRUBlock(settings) for _ in range(settings.layers))
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        x = self.norm(self.dropout(self.item_vectors(batch)))  # (B, T, D)
        for block in self.blocks:
            x = block(x)
        return x, []


RECIPES = {
    "lru": Recipe(
        "LRURec: linear recurrences without an activation, full cross-entropy",
        "Yue et al. 2024",
        LRUSettings,
        {},
        USUAL_TRAINING,
    ),
}
