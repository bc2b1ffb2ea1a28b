"""Ranks of the target after every step of a history, not after the last one alone.

One pass of a model gives all states, so an error can be told by place. Sizes: ``B``, ``T``, ``V``, ``D``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.batch import Batch
from ..models.recommender import NextItem
from .asking import asked


def ranks_at_every_step(model: NextItem, batch: Batch, rows: int = 16) -> Tensor:
    """``(B, T)`` int64: the place of each target among all items, 1 is best; 0 where there is no target.

    Seen items stay in the ranking, as where items may come again; an item that ties with the target does not
    count against it.

    Args:
        rows: how many rows are asked at once.
    """
    assert batch.targets is not None  # training rows have them
    found = []
    with asked(model):
        matrix = model.item_matrix()[1:]  # (V, D)
        for first in range(0, len(batch), rows):
            part = batch.rows(slice(first, first + rows))
            scores = model.hidden(part) @ matrix.T  # (B, T, V)
            assert part.targets is not None
            own = scores.gather(2, (part.targets.clamp(min=1) - 1)[..., None])  # (B, T, 1)
            found.append(((scores > own).sum(2) + 1) * (part.targets > 0))
    return torch.cat(found)


def ndcg_of_ranks(rank: Tensor, k: int = 10) -> Tensor:
    """NDCG@k of ranks, any shape: 1 / log2(rank + 1), and 0 below place ``k`` or without a target."""
    inside = (rank > 0) & (rank <= k)
    return torch.where(inside, 1 / torch.log2(rank.clamp(min=1) + 1.0), 0.0)
