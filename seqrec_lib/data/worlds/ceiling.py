"""The expected ceiling: what the best possible ranking scores on average, before any draw."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def expected_metrics(probability: Tensor, ks: Sequence[int] = (10,)) -> dict[str, Tensor]:
    """Metrics of the ranking by ``probability``, in expectation over the next item.

    The sum over items i of p(i | history) times the metric at i's rank. No other ranking has a
    higher one, since each metric falls with the rank and the likeliest items stand first.

    Args:
        probability: ``(B, V+1)``, the oracle's; column 0 is 0.
        ks: cut-offs, each 1 to V.

    Returns:
        ``{"HR@k", "NDCG@k", "MRR"}``, each ``(B,)``.
    """
    ordered = probability[:, 1:].sort(dim=1, descending=True).values  # (B, V)
    rank = torch.arange(1, ordered.shape[1] + 1, dtype=ordered.dtype)
    discount = 1 / torch.log2(rank + 1)
    found = {}
    for k in ks:
        found[f"HR@{k}"] = ordered[:, :k].sum(1)
        found[f"NDCG@{k}"] = ordered[:, :k] @ discount[:k]
    found["MRR"] = ordered @ (1 / rank)
    return found
