"""Attention without a softmax, as HSTU has it: each weight stands for itself. Sizes: ``B, H, T, S, d``."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def pointwise_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor,
    bias: Tensor | None = None,
    count: Tensor | float | None = None,
) -> tuple[Tensor, Tensor]:
    """SiLU of each score, divided by how many keys the query may see (Zhai et al. 2024).

    Weights do not compete: two events that fit weigh twice as much as one, where a softmax would share 1
    between them. A closed key is set to 0 *after* the SiLU; minus infinity before it would give NaN, since
    SiLU(x) = x / (1 + e^-x).

    Args:
        query: ``(..., T, d)``. key: ``(..., S, d)``. value: ``(..., S, e)``.
        mask: ``(..., T, S)`` bool, True where looking is allowed.
        bias: ``(..., T, S)`` or None, added to the scores.
        count: what the weights are divided by; None is the number of open keys of each query. The published
            code divides by the padded length, one fixed length for all its batches. Where rows are padded to
            the longest of their batch, as here, that would make weights change with the rows beside a row.

    Returns:
        ``(output (..., T, e), weights (..., T, S))``. Weights may be negative and do not sum to 1.
    """
    scores = query @ key.transpose(-2, -1)  # (..., T, S); no 1 / sqrt(d), as in the published code
    if bias is not None:
        scores = scores + bias
    if count is None:
        count = mask.sum(-1, keepdim=True).clamp(min=1)  # (..., T, 1)
    weights = F.silu(scores).masked_fill(~mask, 0.0) / count
    return weights.to(value.dtype) @ value, weights
