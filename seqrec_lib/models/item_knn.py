"""Item-based collaborative filtering: what did those who met these items meet besides?

Sizes: ``B`` rows, ``T`` steps, ``U`` users, ``V`` items, ``K`` neighbours, ``C`` candidates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError
from .baselines import finish_scores

if TYPE_CHECKING:
    from ..data.interactions import Interactions

AT_ONCE = 1024  # items whose similarities to all others are held at a time


def newest_items(batch: Batch, newest: int) -> Tensor:
    """``(B, T)``: the items of each row, its newest ``newest`` alone, 0 elsewhere; 0 keeps all."""
    items = batch.items
    if not newest:
        return items
    place = torch.arange(items.shape[1], device=items.device)
    return items * (place >= batch.lengths[:, None] - newest)


class ItemKNN:
    """Each item of a history adds its ``neighbours`` most similar items, weighed by their similarity.

    The similarity of two items is the cosine of their columns in the table of users and items, damped where
    few users met them: ``n(i, j) / (sqrt(n(i) n(j)) + shrink)``, where ``n`` counts users (Sarwar et al.
    2001; the damping is ours). The order of a history means nothing to it, and an
    item is no neighbour of itself.

    Args:
        neighbours: K, how many similar items are kept of each item. shrink: the damping, in users.
        newest: how many of the newest items of a history are read; 0: all that the split gives.

    Raises:
        InputError: a setting below its least value.
    """

    name = "item-knn"
    reads_request = False
    kept = ("n_items", "neighbours", "shrink", "newest", "nearest", "similarity")

    def __init__(
        self, train_log: Interactions, neighbours: int = 100, shrink: float = 10.0, newest: int = 0
    ) -> None:
        if neighbours < 1:
            raise InputError(f"neighbours is {neighbours}: it must be at least 1")
        if shrink < 0 or newest < 0:
            raise InputError(f"shrink is {shrink} and newest {newest}: neither may be below 0")
        self.n_items, self.neighbours = train_log.n_items, neighbours
        self.shrink, self.newest = float(shrink), newest
        self.nearest, self.similarity = self._neighbours(train_log)

    def _neighbours(self, log: Interactions) -> tuple[Tensor, Tensor]:
        """``(items, similarities)``, each ``(V+1, K)``; similarity 0 where there is no such neighbour."""
        width = self.n_items + 1
        pairs = np.unique(log.users * width + log.items)  # each user and item once
        users, items = (torch.from_numpy(part) for part in (pairs // width, pairs % width))
        size = (int(users.max()) + 1, width)
        table = torch.sparse_coo_tensor(
            torch.stack([users, items]), torch.ones(len(users)), size, check_invariants=True
        ).coalesce()  # (U, V+1)
        met = torch.bincount(items, minlength=width).double()
        k = min(self.neighbours, self.n_items)
        nearest, similarity = [], []
        for first in range(0, width, AT_ONCE):
            block = torch.arange(first, min(first + AT_ONCE, width))
            columns = table.index_select(1, block).to_dense()  # (U, block)
            both = torch.sparse.mm(table.t(), columns).T.double()  # (block, V+1): users who met both
            found = both / ((met[block, None] * met).sqrt() + self.shrink).clamp(min=1e-9)
            found[torch.arange(len(block)), block] = 0.0
            best = found.topk(k, dim=1)
            nearest.append(best.indices)
            similarity.append(best.values)
        return torch.cat(nearest), torch.cat(similarity)

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` float64 sums of similarities, column 0 -inf; or ``(B, C)``."""
        items = newest_items(batch, self.newest).cpu()  # (B, T)
        near, alike = self.nearest[items].flatten(1), self.similarity[items].flatten(1)  # (B, T * K)
        alike = alike * (items > 0).repeat_interleave(self.nearest.shape[1], dim=1)
        scores = torch.zeros(len(batch), self.n_items + 1, dtype=torch.float64)
        return finish_scores(scores.scatter_add_(1, near, alike), batch, candidates)
