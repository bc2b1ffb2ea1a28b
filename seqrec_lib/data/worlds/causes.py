"""Why an item came: each past event's share in it, as far as the history can tell.

The yardsticks for attention. ``posterior`` looks back after the item is known (target attention,
explanations); ``predictive`` looks ahead before it is known (causal attention).
"""

from __future__ import annotations

import torch
from torch import Tensor

from .oracle import Belief


def posterior(belief: Belief, item: Tensor, width: int) -> Tensor:
    """p(cause = j | history, next item) for ``item`` ``(B,)``: ``(B, width + 1)``.

    Column j is the past event j; the last column is "none": taste or popularity. Rows sum to 1
    where the item has any probability, and are 0 where it has none.
    """
    scale = belief.scale.sum(1)  # (B,)
    shares = torch.zeros(len(item), width + 1, dtype=torch.float64)
    calls = belief.view.calls
    own = torch.where(calls.item == item[:, None], calls.intensity, 0.0)  # (B, E)
    shares.index_add_(1, calls.event, scale[:, None] * own)
    whole = belief.of_item(item).sum(1)  # (B,)
    shares[:, -1] = (whole - shares.sum(1)).clamp(min=0.0)
    return torch.where(whole[:, None] > 0, shares / whole.clamp(min=1e-300)[:, None], 0.0)


def predictive(belief: Belief, width: int) -> Tensor:
    """Sum over items of p(item, cause = j | history): ``(B, width + 1)``, rows sum to 1."""
    scale = belief.scale.sum(1)
    shares = torch.zeros(len(scale), width + 1, dtype=torch.float64)
    calls = belief.view.calls
    shares.index_add_(1, calls.event, scale[:, None] * calls.intensity)
    shares[:, -1] = 1.0 - shares.sum(1)
    return shares
