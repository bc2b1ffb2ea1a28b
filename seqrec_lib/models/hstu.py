"""HSTU (Zhai et al. 2024): attention without a softmax, gated, with a bias of position and of time.

Sizes: ``B`` batch, ``H`` heads, ``T`` steps, ``D`` width, ``d = D / H``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..attention import TIME_BUCKETS, causal_mask, elapsed, pointwise_attention, time_bucket
from ..data.batch import Batch
from ..encoders import Dropout
from ..messages import InputError
from .next_item import HEADS, NextItemModel, NextItemSettings
from .recipe import Recipe
from .sasrec import RECIPES as SASREC

BIASES = ("none", "position", "time", "both")


@dataclass(frozen=True)
class HSTUSettings(NextItemSettings):
    """Settings of :class:`HSTU`.

    Attributes:
        layers: blocks. heads: H.
        bias: what is added to scores beside content: ``position``, a number for each distance in steps;
            ``time``, one for each bucket of elapsed time; ``both``, as published; ``none``.
        request: count elapsed time to when the next item is asked for, as published, not to the last step.
    """

    max_len: int = 200
    dropout: float = 0.1
    scale_items: bool = True
    layers: int = 2
    heads: int = 1
    bias: str = "both"
    request: bool = True

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"bias": BIASES, "head": HEADS}

    @property
    def timed(self) -> bool:
        return self.bias in ("time", "both")

    def idle(self) -> dict[str, str]:
        return {
            **super().idle(),
            **({} if self.timed else {"request": f"bias is {self.bias}: no times are read"}),
        }

    def build(self) -> HSTU:
        return HSTU(self)


class HSTULayer(nn.Module):
    """One layer: U, V, Q, K = split SiLU(W norm(x)), then x + W_o (norm(A V) * U).

    A is that of :func:`attention.pointwise_attention`. There is no feed-forward layer: the gate U takes its
    part. As in the published code the norms learn nothing and add 1e-6 to the variance, and W has no bias.
    There the heads share one bias of position and time; here each head has its own.

    Raises:
        InputError: heads that do not divide dim.
    """

    def __init__(self, dim: int, heads: int, reach: int, buckets: int, dropout: float) -> None:
        super().__init__()
        if heads < 1 or dim % heads:
            raise InputError(f"{heads} heads do not divide dim {dim}")
        self.heads = heads
        self.norm = nn.LayerNorm(dim, 1e-6, elementwise_affine=False)
        self.made = nn.Linear(dim, 4 * dim, bias=False)
        self.out = nn.Linear(dim, dim)
        self.distance = nn.Parameter(torch.zeros(reach, heads)) if reach else None
        self.times = nn.Parameter(torch.zeros(buckets, heads)) if buckets else None
        self.dropout = Dropout(dropout)
        nn.init.normal_(self.made.weight, std=0.02)
        nn.init.xavier_uniform_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor, mask: Tensor, buckets: Tensor | None) -> tuple[Tensor, Tensor]:
        """``x`` ``(B, T, D)``, ``mask`` ``(B or 1, T, T)`` -> ``((B, T, D), A (B, H, T, T))``.

        ``buckets``: ``(B, T, T)``, the time bucket of each pair, where times are read.
        """
        b, t, dim = x.shape
        u, *others = F.silu(self.made(self.norm(x))).chunk(4, dim=-1)  # (B, T, D) each
        v, q, k = (part.view(b, t, self.heads, -1).transpose(1, 2) for part in others)  # (B, H, T, d)
        brought, weights = pointwise_attention(q, k, v, mask[:, None], self.bias(t, buckets))
        brought = brought.transpose(1, 2).reshape(b, t, dim)  # (B, T, D)
        return x + self.out(self.dropout(self.norm(brought) * u)), weights

    def bias(self, steps: int, buckets: Tensor | None) -> Tensor | None:
        """``(B or 1, H, T, T)``, or None where nothing is added."""
        found = None
        if self.distance is not None:
            step = torch.arange(steps, device=self.distance.device)
            away = (step[:, None] - step).clamp(0, len(self.distance) - 1)  # (T, T)
            found = F.embedding(away, self.distance).permute(2, 0, 1)[None]
        if self.times is not None and buckets is not None:
            told = F.embedding(buckets, self.times).permute(0, 3, 1, 2)
            found = told if found is None else found + told
        return found


class HSTU(NextItemModel):
    """Item vectors, layers of :class:`HSTULayer`, a last LayerNorm, dot products with the item vectors.

    Built for comparison with SASRec: the same input, the same last norm, the same loss. The published model
    also adds a vector for each place, scores with vectors of length 1 at a temperature, and trains with
    sampled negatives. Its weights are divided by the padded length; ours by the number of items that a step
    sees, which is the history's own length at its last step, so that padding changes nothing.

    Raises:
        DataError: a batch without times where ``bias`` reads them.
    """

    settings: HSTUSettings

    def __init__(self, settings: HSTUSettings) -> None:
        super().__init__(settings)
        s = settings
        self.layers, self.reads_request, self.weights_sum_to_one = s.layers, s.request and s.timed, False
        self.dropout = Dropout(s.dropout)
        reach = s.max_len if s.bias in ("position", "both") else 0
        buckets = TIME_BUCKETS if s.timed else 0
        self.blocks = nn.ModuleList(
            HSTULayer(s.dim, s.heads, reach, buckets, s.dropout) for _ in range(s.layers)
        )
        self.last_norm = nn.LayerNorm(s.dim)
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        x = self.dropout(self.item_vectors(batch))  # (B, T, D)
        steps = x.shape[1]
        buckets = time_bucket(elapsed(batch, self.settings.request)) if self.settings.timed else None
        mask = torch.ones(1, steps, steps, dtype=torch.bool, device=x.device).tril()
        if need_weights:  # padding is later than every real step: only its columns would show
            mask = causal_mask(batch.lengths, steps)
        found = []
        for block in self.blocks:
            x, weights = block(x, mask, buckets)
            found += [weights] if need_weights else []
        return self.last_norm(x), found


RECIPES = {
    "hstu": Recipe(
        "gated attention without a softmax, biased by position and time; needs times",
        "Zhai et al. 2024",
        HSTUSettings,
        {},
        SASREC["sasrec"].training,
    ),
}
