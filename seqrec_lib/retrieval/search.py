"""Search with items left out, so that ``k`` remain where there are as many.

Sizes: ``B`` queries, ``V`` items, ``k`` items a list.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .index import Found, ItemIndex


def search_allowed(
    index: ItemIndex,
    queries: Tensor,
    k: int,
    seen: tuple[Tensor, Tensor] | None = None,
    banned: Sequence[int] | Tensor = (),
    most: int | None = None,
) -> Found:
    """The ``k`` best items for each query that are neither seen by its user nor banned.

    An index knows nothing of filters, so more than ``k`` are fetched and the unwanted leave. Where fewer than
    ``k`` remain, twice as many are fetched, until ``most`` have been. ``Found.short`` names the lists that
    still hold fewer.

    Args:
        queries: ``(B, D)``. seen: ``(row, item)`` pairs. banned: items that nobody gets.
        most: how many may be fetched for a list; None: the whole catalogue.
    """
    size, limit = len(queries), min(index.n_items, index.n_items if most is None else max(most, k))
    gone = torch.as_tensor(banned, dtype=torch.int64)
    count = torch.zeros(size, dtype=torch.int64) if seen is None else seen[0].bincount(minlength=size)
    extra = int(count.max()) if size else 0
    fetch = min(k + extra + len(gone), limit)
    todo = torch.arange(size)
    items, scores = torch.zeros(size, k, dtype=torch.int64), torch.full((size, k), -torch.inf)
    while len(todo):
        found = index.search(queries[todo], fetch)
        kept = found.items > 0
        kept &= ~torch.isin(found.items, gone)
        if seen is not None:
            kept &= ~_pairs(todo, found.items, seen, index.n_items)
        order = (~kept).int().argsort(dim=1, stable=True)[:, :k]  # what stays, in its order, then the rest
        good = kept.gather(1, order)
        width = order.shape[1]
        items[todo, :width] = found.items.gather(1, order) * good
        scores[todo, :width] = found.scores.gather(1, order).masked_fill(~good, -torch.inf)
        short = good.sum(1) < k
        if fetch >= limit:
            break
        todo, fetch = todo[short], min(2 * fetch, limit)
    return Found(items, scores)


def _pairs(rows: Tensor, items: Tensor, seen: tuple[Tensor, Tensor], n_items: int) -> Tensor:
    """``(B, K)`` bool: whether each of ``items`` ``(B, K)`` was seen by the user of its row."""
    row, item = seen
    return torch.isin(rows[:, None] * (n_items + 1) + items, row * (n_items + 1) + item)
