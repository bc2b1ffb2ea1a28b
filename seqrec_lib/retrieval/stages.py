"""Recommenders on an index: its lists alone, or ordered anew by a second model.

Sizes: ``B`` histories, ``V`` items, ``C`` candidates that the first stage hands on.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.batch import Batch
from ..evaluation.asking import asked
from ..heads import dot_scores
from ..messages import InputError
from ..models.recommender import NextItem, Recommender
from .index import Found, ItemIndex
from .search import search_allowed


class Indexed:
    """A model whose best items come from an index; all others score -inf.

    Args:
        model: gives the queries. index: over its item matrix. count: how many items of each list.
        unseen: leave the items of the history out, so that ``count`` others remain.
    """

    def __init__(self, model: NextItem, index: ItemIndex, count: int, unseen: bool = True) -> None:
        if index.n_items != model.n_items:
            raise InputError(f"the index holds {index.n_items} items and the model {model.n_items}")
        self.model, self.index, self.count, self.unseen = model, index, count, unseen

    @property
    def n_items(self) -> int:
        """``V``."""
        return self.model.n_items

    def queries(self, batch: Batch) -> Tensor:
        """``(B, D)``: the state after each history."""
        with asked(self.model):
            return batch.last(self.model.hidden(batch))

    def recall(self, batch: Batch) -> Found:
        """The first ``count`` items for each history; fewer where no more may be shown."""
        row, step = batch.mask().nonzero(as_tuple=True)
        seen = (row.cpu(), batch.items[row, step].cpu()) if self.unseen else None
        most = min(self.n_items, 4 * self.count + 2 * batch.items.shape[1])
        return search_allowed(self.index, self.queries(batch), min(self.count, self.n_items), seen, most=most)

    def scores(self, batch: Batch, items: Tensor) -> Tensor:
        """``(B, C)``: the model's own scores of ``items`` ``(B, C)``, recalled or not."""
        with asked(self.model):
            return dot_scores(self.queries(batch), self.model.item_matrix(), items)

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` or ``(B, C)``: scores of the items on the list, -inf for all others."""
        found = self.recall(batch)
        return _spread(found.items, found.scores, self.n_items, candidates)


class TwoStage:
    """An index recalls ``count`` candidates; a second model, the ranker, orders them.

    What the first stage lost scores -inf and stays lost.

    Args:
        add: the ranker's scores are added to the first stage's, which it then corrects. A ranker that is
            trained with ``add`` must be served with it.
    """

    def __init__(self, first: Indexed, ranker: Recommender, add: bool = False) -> None:
        if first.n_items != ranker.n_items:
            raise InputError(f"the first stage knows {first.n_items} items and the ranker {ranker.n_items}")
        self.first, self.ranker, self.add = first, ranker, add

    @property
    def n_items(self) -> int:
        """``V``."""
        return self.first.n_items

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` or ``(B, C)``: the ranker's scores of the recalled items, -inf for all others."""
        found = self.first.recall(batch)
        items = found.items
        place = items.to(batch.items.device)
        with asked(self.ranker):
            scores = self.ranker.score(batch, place.clamp(min=1)).float().cpu()
        if self.add:
            scores = scores + self.first.scores(batch, place).float().cpu()
        return _spread(items, scores.masked_fill(items == 0, -torch.inf), self.n_items, candidates)


def _spread(items: Tensor, scores: Tensor, n_items: int, candidates: Tensor | None) -> Tensor:
    """Scores of ``items`` ``(B, C)`` at their places among all, ``(B, V+1)``, or at ``candidates``."""
    every = torch.full((len(items), n_items + 1), -torch.inf)
    every.scatter_(1, items, scores)
    every[:, 0] = -torch.inf
    return every if candidates is None else every.gather(1, candidates.cpu())
