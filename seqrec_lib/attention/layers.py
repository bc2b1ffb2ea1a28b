"""Attention as a layer with weights of its own.

Sizes: ``B`` batch, ``H`` heads, ``T`` steps, ``D`` width, ``d = D / H``. In a mask True means "may look".
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..messages import InputError, unknown
from .functions import additive, bilinear, dot_product, masked_softmax, scaled_dot_product

WITH_MAPS = ("scaled", "dot", "additive")  # queries and keys are learned linear maps of the states
BY_CONTENT = (*WITH_MAPS, "bilinear", "bare")
KINDS = (*BY_CONTENT, "distance", "mean")


class SelfAttention(nn.Module):
    """Causal self-attention over the states of one history.

    Args:
        dim: D. heads: H, a divisor of D. kind: ``scaled``, ``dot`` and ``additive`` compare learned maps of
            the states, ``bilinear`` the states themselves through one learned matrix for each head, ``bare``
            the states as they are; or what these are compared with: ``distance`` (the score is the number of
            the distance alone, whatever stands there) and ``mean`` (every earlier state weighs the same).
        project_values: give each head its own projection of the states and mix the heads, as a
            Transformer does. Without it the output is the weighted sum of the states themselves,
            head h taking the h-th slice of d features.
        distance: length of the longest history, to learn one number a head for each distance
            t - j that is added to the score (Raffel et al. 2020, section 2.1, without buckets);
            0 learns none.

    Raises:
        InputError: an unknown kind, heads that do not divide dim, or distance alone with none to learn.
    """

    def __init__(
        self, dim: int, heads: int = 1, kind: str = "scaled", project_values: bool = False, distance: int = 0
    ) -> None:
        super().__init__()
        if kind not in KINDS:
            raise InputError(unknown("attention", kind, KINDS))
        if heads < 1 or dim % heads:
            raise InputError(f"{heads} heads do not divide dim {dim}")
        if kind == "distance" and not distance:
            raise InputError("attention by distance alone has no distance to learn: give the longest history")
        self.heads, self.kind = heads, kind
        d = dim // heads
        self.query = nn.Linear(dim, dim) if kind in WITH_MAPS else None
        self.key = nn.Linear(dim, dim) if kind in WITH_MAPS else None
        self.v = nn.Parameter(torch.randn(d) / math.sqrt(d)) if kind == "additive" else None
        self.matrix = nn.Parameter(torch.randn(heads, d, d) / d) if kind == "bilinear" else None
        self.value = nn.Linear(dim, dim) if project_values else None
        self.mix = nn.Linear(dim, dim) if project_values else None
        self.distance = nn.Parameter(torch.zeros(heads, distance)) if distance and kind != "mean" else None

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
        self, states: Tensor, mask: Tensor | None, need_weights: bool = True, keys: Tensor | None = None,
        bias: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """``states`` ``(B, T, D)``, ``mask`` ``(B, T, T)`` -> ``(output (B, T, D), weights (B, H, T, T))``.

        Args:
            mask: None means causal alone, which is enough where padding stands at the end.
            need_weights: when False, weights are None and PyTorch's fused kernel may be used.
            keys: ``(B, T, D)``, of keys and values, else the states. bias: ``(B, H, T, T)``, for scores.
        """
        b, t, dim = states.shape
        keys = states if keys is None else keys
        value = self._split(keys if self.value is None else self.value(keys))
        fused = self.kind == "scaled" and not need_weights
        if mask is None and not (fused and self.distance is None and bias is None):
            mask = torch.ones(1, t, t, dtype=torch.bool, device=states.device).tril()
        mask = None if mask is None else mask[:, None]  # (B, 1, T, T)
        weights: Tensor | None
        if self.kind not in BY_CONTENT:
            assert mask is not None  # made above
            weights = self._without_content(mask, t, states.dtype).expand(b, self.heads, t, t)
            output = weights @ value
        else:
            query = self._split(states if self.query is None else self.query(states))  # (B, H, T, d)
            key = self._split(keys if self.key is None else self.key(keys))
            away = self.distance_bias(t)
            bias = away if bias is None else bias if away is None else bias + away
            if self.v is not None:  # the kind is additive
                output, weights = additive(query, key, value, self.v, mask, bias)
            elif self.matrix is not None:  # the kind is bilinear
                output, weights = bilinear(query, key, value, self.matrix, mask, bias)
            elif self.kind in ("dot", "bare"):
                output, weights = dot_product(query, key, value, mask, bias)
            elif not fused:
                output, weights = scaled_dot_product(query, key, value, mask, bias)
            elif mask is None:
                output, weights = F.scaled_dot_product_attention(query, key, value, is_causal=True), None
            else:
                allowed = mask if bias is None else bias.to(query.dtype).masked_fill(~mask, -math.inf)
                output, weights = F.scaled_dot_product_attention(query, key, value, allowed), None
        output = output.transpose(1, 2).reshape(b, t, dim)  # (B, T, D)
        return (output if self.mix is None else self.mix(output)), (weights if need_weights else None)

    def _without_content(self, mask: Tensor, steps: int, dtype: torch.dtype) -> Tensor:
        """``(B, H, T, T)``, or with sizes of 1: weights by distance alone, or the same everywhere."""
        bias = self.distance_bias(steps)
        if bias is None:
            return mask.to(dtype) / mask.sum(-1, keepdim=True)
        return masked_softmax(bias, mask).to(dtype)
