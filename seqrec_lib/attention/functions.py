"""Attention: weigh every earlier state by how well it answers a query.

Sizes: ``B`` batch, ``H`` heads, ``T`` queries, ``S`` keys, ``D`` width, ``d = D / H``. Every
function returns ``(output, weights)``. In a mask True means "may look": a padded item is never a
key that may be looked at. Rows of weights sum to 1; a query that may look nowhere is an error in
:func:`masked_softmax`'s caller, so masks here always leave the first item open.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


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


def entropy(weights: Tensor) -> Tensor:
    """How evenly ``weights`` ``(..., S)`` are spread, in nats: ``(...)``, from 0 to log S.

    Its exponential is how many keys a query looks at: n where n keys weigh the same. A weight of 0 adds
    nothing, since w log w goes to 0 with w.
    """
    return -torch.special.xlogy(weights, weights).sum(-1)


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


def bilinear(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    weight: Tensor,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Bilinear attention (Luong et al. 2015, the score "general"): score = query . (weight key).

    ``query`` is ``(..., T, d)``, ``key`` ``(..., S, e)`` and ``weight`` ``(..., d, e)``: they need not be
    equally wide. Unlike a dot product it is not symmetric: who asks and who answers are told apart.
    """
    scores = query @ weight @ key.transpose(-2, -1)  # (..., T, S)
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
