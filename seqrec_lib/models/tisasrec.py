"""TiSASRec (Li, Wang & McAuley 2020): self-attention that reads the time between events.

Sizes: ``B`` batch, ``H`` heads, ``T`` steps, ``D`` width, ``d = D / H``, ``K`` the largest interval number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..attention import UNITS, SelfAttention, causal_mask, interval_numbers, masked_softmax
from ..data.batch import Batch
from ..encoders import Block, Dropout, start_small
from .next_item import HEADS, NextItemModel, NextItemSettings
from .recipe import Recipe
from .sasrec import RECIPES as SASREC


@dataclass(frozen=True)
class TiSASRecSettings(NextItemSettings):
    """Settings of :class:`TiSASRec`.

    Attributes:
        layers: blocks. heads: H. ff_width: inner width of the feed-forward layers.
        unit: what intervals are counted in. ``smallest``, as published: each user's smallest gap. ``fixed``:
            the same ``unit_minutes`` for all users. ``log``: buckets that grow by 35%. ``none``: no times.
        span: the largest interval number; longer intervals share it.
        request: count to when the next item is asked for, and not to the last step. The paper does not.
    """

    max_len: int = 50
    dropout: float = 0.1
    scale_items: bool = True
    layers: int = 2
    heads: int = 1
    ff_width: int = 64
    unit: str = "smallest"
    unit_minutes: int = 60
    span: int = 256
    request: bool = False

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"unit": UNITS, "head": HEADS}

    @property
    def timed(self) -> bool:
        return self.unit != "none"

    def idle(self) -> dict[str, str]:
        found = super().idle()
        if self.unit != "fixed":
            found["unit_minutes"] = "unit is not fixed"
        if self.unit == "none":
            found |= dict.fromkeys(("span", "request"), "unit is none, so intervals are not read")
        return found

    def build(self) -> TiSASRec:
        return TiSASRec(self)


class IntervalAttention(SelfAttention):
    """Causal self-attention whose keys and values also have a part of their place and of their interval.

    Score (Li et al. 2020): q_t . (k_j + place key_j + interval key_r) / sqrt(d), with r the number of the
    interval between t and j. Output: the weighted sum of v_j + place value_j + interval value_r.
    """

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__(dim, heads, project_values=True)

    def forward(
        self,
        states: Tensor,
        mask: Tensor | None,
        need_weights: bool = True,
        keys: Tensor | None = None,
        bias: Tensor | None = None,
        places: Tensor | None = None,
        tables: Tensor | None = None,
        numbers: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """As :meth:`SelfAttention.forward`.

        Args:
            places: ``(2, B, T, D)``, what each place adds to key and to value. tables: ``(2, K+1, D)``, what
                each interval adds. numbers: ``(B, T, T)``, the interval of each pair. Each may be None.

        No ``(B, T, T, D)`` is made: each query meets the K+1 rows of the table once, and weights of the same
        interval are added up before they meet its value. Both hold ``(B, H, T, K+1)`` numbers.
        """
        assert (
            self.query is not None
            and self.key is not None
            and self.value is not None
            and self.mix is not None
        )
        b, t, dim = states.shape
        keys = states if keys is None else keys
        query = self._split(self.query(states))  # (B, H, T, d)
        key, value = self.key(keys), self.value(keys)
        if places is not None:
            key, value = key + places[0], value + places[1]
        scores = query @ self._split(key).mT  # (B, H, T, T)
        if tables is not None and numbers is not None:
            to_key, to_value = tables.view(2, -1, self.heads, dim // self.heads).transpose(
                1, 2
            )  # (H, K+1, d)
            index = numbers[:, None].expand_as(scores)
            scores = scores + (query @ to_key.mT).gather(-1, index)  # (B, H, T, K+1) -> (B, H, T, T)
        scores = scores / math.sqrt(dim // self.heads)
        if mask is None:
            mask = torch.ones(1, t, t, dtype=torch.bool, device=states.device).tril()
        weights = masked_softmax(scores if bias is None else scores + bias, mask[:, None])
        mixed = weights.to(value.dtype) @ self._split(value)  # (B, H, T, d)
        if tables is not None and numbers is not None:
            shares = weights.new_zeros(b, self.heads, t, tables.shape[1]).scatter_add(-1, index, weights)
            mixed = mixed + shares.to(value.dtype) @ to_value
        output = self.mix(mixed.transpose(1, 2).reshape(b, t, dim))  # (B, T, D)
        return output, (weights if need_weights else None)


class TiSASRec(NextItemModel):
    """SASRec's blocks with :class:`IntervalAttention`; places and intervals have one table for all blocks.

    Scores and outputs are the paper's. The block is this library's pre-norm one, with a projection after the
    heads and dropout on what attention brings; the loss is chosen as for SASRec; and a step's unit is one it
    can know (see ``attention.smallest_gap``). Places are counted from the newest item, as in the authors'
    code, which pads at the front.

    Raises:
        DataError: a batch without times, unless ``unit`` is ``none``.
    """

    settings: TiSASRecSettings

    def __init__(self, settings: TiSASRecSettings) -> None:
        super().__init__(settings)
        s = settings
        self.layers, self.reads_request = s.layers, s.request and s.timed
        self.dropout = Dropout(s.dropout)
        self.blocks = nn.ModuleList(
            Block(s.dim, s.heads, s.ff_width, s.dropout, "pre", attention=IntervalAttention(s.dim, s.heads))
            for _ in range(s.layers)
        )
        start_small(self.blocks)
        self.places = nn.Parameter(0.02 * torch.randn(2, s.max_len, s.dim))  # for keys, for values
        self.intervals = nn.Parameter(0.02 * torch.randn(2, s.span + 1, s.dim)) if s.timed else None
        self.last_norm = nn.LayerNorm(s.dim)
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        x = self.dropout(self.item_vectors(batch))  # (B, T, D)
        steps, told = x.shape[1], {}
        place = (batch.lengths[:, None] - 1 - torch.arange(steps, device=x.device)).clamp(
            min=0
        )  # 0 is the newest
        told["places"] = self.places[:, place]  # (2, B, T, D)
        if self.intervals is not None:
            s = self.settings
            told["tables"] = self.intervals
            told["numbers"] = interval_numbers(batch, s.unit, s.span, s.request, 60.0 * s.unit_minutes)
        mask = causal_mask(batch.lengths, steps) if need_weights else None
        found = []
        for block in self.blocks:
            x, weights = block(x, mask, need_weights, **told)
            if weights is not None:
                found.append(weights)
        return self.last_norm(x), found


RECIPES = {
    "tisasrec": Recipe(
        "SASRec that reads the time between events; needs times",
        "Li, Wang & McAuley 2020",
        TiSASRecSettings,
        {},
        SASREC["sasrec"].training,
    ),
}
