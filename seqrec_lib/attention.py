"""Attention: weigh every earlier state by how well it answers a query.

Sizes: ``B`` batch, ``H`` heads, ``T`` queries, ``S`` keys, ``D`` width, ``d = D / H``. Every
function returns ``(output, weights)``. In a mask True means "may look": a padded item is never a
key that may be looked at. Rows of weights sum to 1; a query that may look nowhere is an error in
:func:`masked_softmax`'s caller, so masks here always leave the first item open.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

KINDS = ("scaled", "dot", "additive", "mean")


def causal_mask(lengths: Tensor, steps: int) -> Tensor:
    """``(B, T, T)`` bool: query t may look at key j when j <= t and j is a real item.

    Rows are padded at the end, so the first item is always real and no query is left blind.
    """
    step = torch.arange(steps, device=lengths.device)
    real = step < lengths[:, None]  # (B, T)
    return (step[None, :] <= step[:, None]) & real[:, None, :]  # (T, T) & (B, 1, T)


def masked_softmax(scores: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax over the last axis of ``scores`` ``(..., T, S)``, 0 where ``mask`` is False.

    Minus infinity, not a large negative number: -1e6 leaves uniform weights when all is masked,
    and hides the mistake. Scores are taken to float32 at least, for bf16 has 8 bits of precision.
    """
    scores = scores if scores.dtype == torch.float64 else scores.float()
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return scores.softmax(-1)


def dot_product(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Dot-product attention (Luong et al. 2015, the score "dot").

    Args:
        query: ``(..., T, d)``. key: ``(..., S, d)``. value: ``(..., S, e)``.
        mask: ``(..., T, S)`` bool or None.
        bias: ``(..., T, S)`` or None, added to the scores before the softmax.

    Returns:
        ``(output (..., T, e), weights (..., T, S))``.
    """
    weights = masked_softmax(_add(query @ key.transpose(-2, -1), bias), mask)
    return weights.to(value.dtype) @ value, weights


def scaled_dot_product(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Scaled dot-product attention (Vaswani et al. 2017, equation 1).

    As :func:`dot_product`, with scores divided by the square root of ``d`` before ``bias`` is added.
    """
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = masked_softmax(_add(scores, bias), mask)
    return weights.to(value.dtype) @ value, weights


def additive(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Additive attention (Bahdanau et al. 2015, appendix A.1.2): score = v . tanh(query + key).

    ``query`` ``(..., T, d)`` and ``key`` ``(..., S, d)`` are already projected; ``v`` is ``(d,)``.
    It holds ``(..., T, S, d)`` numbers at once, which the dot products do not.
    """
    scores = torch.tanh(query.unsqueeze(-2) + key.unsqueeze(-3)) @ v  # (..., T, S)
    weights = masked_softmax(_add(scores, bias), mask)
    return weights.to(value.dtype) @ value, weights


def _add(scores: Tensor, bias: Tensor | None) -> Tensor:
    return scores if bias is None else scores + bias


class SelfAttention(nn.Module):
    """Causal self-attention over the states of one history.

    Args:
        dim: D. heads: H, a divisor of D. kind: ``scaled``, ``dot``, ``additive``, or ``mean``
            (every earlier state weighs the same: what attention is compared with).
        project_values: give each head its own projection of the states and mix the heads, as a
            Transformer does. Without it the output is the weighted sum of the states themselves,
            head h taking the h-th slice of d features.
        distance: length of the longest history, to learn one number a head for each distance
            t - j that is added to the score (Raffel et al. 2020, section 2.1, without buckets);
            0 learns none.

    Raises:
        ValueError: an unknown kind, or heads that do not divide dim.
    """

    def __init__(
        self, dim: int, heads: int = 1, kind: str = "scaled", project_values: bool = False, distance: int = 0
    ) -> None:
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"unknown attention {kind!r}: use one of {', '.join(KINDS)}")
        if heads < 1 or dim % heads:
            raise ValueError(f"{heads} heads do not divide dim {dim}")
        self.heads, self.kind = heads, kind
        learns = kind != "mean"
        self.query = nn.Linear(dim, dim) if learns else None
        self.key = nn.Linear(dim, dim) if learns else None
        self.v = (
            nn.Parameter(torch.randn(dim // heads) / math.sqrt(dim // heads)) if kind == "additive" else None
        )
        self.value = nn.Linear(dim, dim) if project_values else None
        self.mix = nn.Linear(dim, dim) if project_values else None
        self.distance = nn.Parameter(torch.zeros(heads, distance)) if distance and learns else None

    def _split(self, states: Tensor) -> Tensor:
        b, t, _ = states.shape
        return states.view(b, t, self.heads, -1).transpose(1, 2)  # (B, H, T, d)

    def distance_bias(self, steps: int) -> Tensor | None:
        """``(H, T, T)``: the learned number of each distance t - j; the mask closes j > t."""
        if self.distance is None:
            return None
        step = torch.arange(steps, device=self.distance.device)
        away = (step[:, None] - step[None, :]).clamp(0, self.distance.shape[1] - 1)
        return self.distance[:, away]

    def forward(
        self, states: Tensor, mask: Tensor | None, need_weights: bool = True, keys: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """``states`` ``(B, T, D)``, ``mask`` ``(B, T, T)`` -> ``(output (B, T, D), weights (B, H, T, T))``.

        Args:
            mask: None means causal alone, which is enough where padding stands at the end: no real
                step comes after it.
            need_weights: when False, weights are None and PyTorch's fused kernel may be used.
            keys: ``(B, T, D)``, where keys and values are made from; the states themselves if None.
        """
        b, t, dim = states.shape
        keys = states if keys is None else keys
        value = self._split(keys if self.value is None else self.value(keys))
        if mask is None and (need_weights or self.kind != "scaled" or self.distance is not None):
            mask = torch.ones(1, t, t, dtype=torch.bool, device=states.device).tril()
        mask = None if mask is None else mask[:, None]  # (B, 1, T, T)
        if self.kind == "mean":
            even = mask.to(states.dtype) / mask.sum(-1, keepdim=True)
            weights = even.expand(b, self.heads, t, t)
            output = weights @ value
        else:
            query, key, bias = (
                self._split(self.query(states)),
                self._split(self.key(keys)),
                self.distance_bias(t),
            )
            if self.kind == "additive":
                output, weights = additive(query, key, value, self.v, mask, bias)
            elif self.kind == "dot":
                output, weights = dot_product(query, key, value, mask, bias)
            elif need_weights:
                output, weights = scaled_dot_product(query, key, value, mask, bias)
            elif mask is None:
                output, weights = F.scaled_dot_product_attention(query, key, value, is_causal=True), None
            else:
                allowed = mask if bias is None else bias.to(query.dtype).masked_fill(~mask, -math.inf)
                output, weights = F.scaled_dot_product_attention(query, key, value, allowed), None
        output = output.transpose(1, 2).reshape(b, t, dim)  # (B, T, D)
        return (output if self.mix is None else self.mix(output)), (weights if need_weights else None)
