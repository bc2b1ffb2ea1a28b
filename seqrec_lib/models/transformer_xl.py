"""Transformer-XL (Dai et al. 2019) over a history: segments, and a memory of the states before each.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``H`` heads, ``S`` steps a segment, ``M`` steps of memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..attention.segments import SegmentAttention
from ..data.batch import Batch
from ..encoders import Dropout
from ..messages import InputError
from .next_item import NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class TransformerXLSettings(NextItemSettings):
    """Settings of :class:`TransformerXL`.

    Attributes:
        layers: blocks. heads: H, of each block. ff_width: inner width of the feed-forward layers.
        segment: S. memory: M; 0: a segment sees nothing before it.
        stop_gradient: whether what a memory holds counts as given, as in the paper. False lets gradients flow
            through it, back to the first event.
        shared_bias: one u and one v for all layers, as the authors' code has by default.
    """

    max_len: int = 200
    dropout: float = 0.1
    scale_items: bool = True
    layers: int = 2
    heads: int = 1
    ff_width: int = 64
    segment: int = 16
    memory: int = 16
    stop_gradient: bool = True
    shared_bias: bool = True

    may_be_zero: ClassVar[tuple[str, ...]] = ("memory",)

    def idle(self) -> dict[str, str]:
        found = super().idle()
        if not self.memory:
            found["stop_gradient"] = "memory is 0"
        if self.layers == 1:
            found["shared_bias"] = "there is one layer"
        return found

    def build(self) -> TransformerXL:
        return TransformerXL(self)


class XLBlock(nn.Module):
    """Attention over segment and memory, then a feed-forward layer; each added to what it reads, normalised.

    The norm stands before each part (the authors' ``pre_lnorm``; their default is behind), which trains
    without a warm-up. The memory holds states before the norm, so the norm's own gain learns from it too.
    """

    def __init__(self, settings: TransformerXLSettings) -> None:
        super().__init__()
        s = settings
        self.attention = SegmentAttention(s.dim, s.heads, s.segment, s.memory)
        self.norm_attention, self.norm_ff = nn.LayerNorm(s.dim), nn.LayerNorm(s.dim)
        self.inner, self.outer = nn.Linear(s.dim, s.ff_width), nn.Linear(s.ff_width, s.dim)
        self.dropout = Dropout(s.dropout)
        self.stop_gradient = s.stop_gradient

    def forward(self, x: Tensor, u: Tensor, v: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """``x`` ``(B, T, D)`` -> ``((B, T, D), weights (B, H, T, T) or None)``."""
        fresh = self.norm_attention(x)
        old = self.norm_attention(x.detach()) if self.stop_gradient else fresh
        mixed, weights = self.attention(fresh, old, u, v, real)
        x = x + self.dropout(mixed)
        inner = self.dropout(self.inner(self.norm_ff(x)).relu())
        return x + self.dropout(self.outer(inner)), weights


class TransformerXL(NextItemModel):
    """A history is cut into segments, counted from its oldest event; each reads its own steps and a memory.

    What layer n of a segment remembers is what layer n read at the M steps before the segment. These numbers
    are the same whether the segments are read one after the other, as text was, or side by side, layer by
    layer, as here: so one pass over a batch of histories trains all segments, within the usual loop, and no
    memory outlives its history. Against the paper, whose steps of training lie between the segments, no
    memory is stale: it was made with the same weights.
    """

    settings: TransformerXLSettings

    def __init__(self, settings: TransformerXLSettings) -> None:
        super().__init__(settings)
        s = settings
        if s.dim % s.heads or s.dim % 2:
            raise InputError(f"dim is {s.dim}: it must be even, and {s.heads} heads must divide it")
        self.layers = s.layers
        shape = (1 if s.shared_bias else s.layers, s.heads, s.dim // s.heads)
        self.u, self.v = (nn.Parameter(torch.randn(shape) * 0.02) for _ in range(2))  # (layers or 1, H, d)
        self.blocks = nn.ModuleList(XLBlock(s) for _ in range(s.layers))
        self.last_norm, self.dropout = nn.LayerNorm(s.dim), Dropout(s.dropout)
        for layer in self.blocks.modules():
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.02)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        x = self.dropout(self.item_vectors(batch))  # (B, T, D)
        real = batch.mask() if need_weights else None
        found = []
        biases = zip(self.u.expand(self.layers, -1, -1), self.v.expand(self.layers, -1, -1), strict=True)
        for block, (u, v) in zip(self.blocks, biases, strict=True):
            x, weights = block(x, u, v, real)
            if weights is not None:
                found.append(weights)
        return self.last_norm(x), found


RECIPES = {
    "transformer-xl": Recipe(
        "Transformer-XL: segments with a memory, scores by content and distance, cross-entropy",
        "Dai et al. 2019",
        TransformerXLSettings,
        {},
        {**USUAL_TRAINING, "weight_decay": 0.0},
    ),
}
