"""Content-based filtering: items whose description is like that of the history.

Sizes: ``B`` rows, ``T`` steps, ``V`` items, ``F`` words and numbers of a description, ``C`` candidates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.errors import DataError
from ..messages import InputError
from .baselines import finish_scores
from .item_knn import newest_items

if TYPE_CHECKING:
    from ..data.interactions import Interactions

WORD = re.compile(r"[^\W_]+")


class Content:
    """The user's profile is the mean description of the history; items score by its cosine with theirs.

    A description has a block for each text column of the log's item features (and for titles): its words,
    weighed by how often they occur and how rare they are, ``tf * ln(V / df)``; and
    one block for all columns of numbers, standardised over the catalogue. Each block has length 1, so that
    they weigh alike. Descriptions, a profile and a comparison are what Pazzani & Billsus (2007) call
    content-based recommendation; what is disliked plays no part here.
    Who else met an item means nothing to it: an item that nobody has met yet is scored like the others.

    Args:
        titles: whether the words of titles are read. newest: as for :class:`.item_knn.ItemKNN`.

    Raises:
        DataError: the log has no item features and no titles. InputError: newest is below 0.
    """

    name = "content"
    reads_request = False
    kept = ("n_items", "titles", "newest", "width", "item", "part", "value")

    def __init__(self, train_log: Interactions, titles: bool = True, newest: int = 0) -> None:
        if newest < 0:
            raise InputError(f"newest is {newest}: it may not be below 0")
        self.n_items, self.titles, self.newest = train_log.n_items, titles, newest
        blocks = [_words(column) for column in _texts(train_log, titles)]
        numbers = [
            column for column in train_log.item_features.values() if np.issubdtype(column.dtype, np.number)
        ]
        if numbers:
            blocks.append(_numbers(np.stack(numbers, axis=1).astype(np.float64)))
        if not blocks:
            raise DataError("content needs item features or titles, and this log has none: name a column")
        self.item, self.part, self.value, self.width = _beside(blocks, self.n_items)

    def _table(self) -> Tensor:
        """``(V+1, F)`` sparse: one description of length 1 (or 0) an item."""
        place = torch.stack([self.item, self.part])
        size = (self.n_items + 1, self.width)
        return torch.sparse_coo_tensor(place, self.value, size, check_invariants=True)

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` float64 cosines, column 0 -inf; or ``(B, C)``."""
        items = newest_items(batch, self.newest).cpu()
        table = self._table()
        met = torch.zeros(self.n_items + 1, len(batch), dtype=torch.float64)  # (V+1, B): how often
        met.scatter_add_(0, items.T, (items.T > 0).double())
        profile = torch.sparse.mm(table.t(), met)  # (F, B)
        profile = profile / profile.norm(dim=0).clamp(min=1e-12)
        return finish_scores(torch.sparse.mm(table, profile).T.contiguous(), batch, candidates)


Block = tuple[Tensor, Tensor, Tensor]  # of each number that is not 0: its item, its column, its value


def _texts(log: Interactions, titles: bool) -> list[Sequence[object]]:
    columns: list[Sequence[object]] = [
        list(column) for column in log.item_features.values() if not np.issubdtype(column.dtype, np.number)
    ]
    return [*columns, log.titles] if titles and log.titles is not None else columns


def _words(column: Sequence[object]) -> Block:
    """The words of ``column`` ``(V+1,)``, weighed."""
    numbers: dict[str, int] = {}
    pairs = [
        (item, numbers.setdefault(word, len(numbers)))
        for item, text in enumerate(column)
        for word in WORD.findall(str(text).lower())
        if item
    ]
    found, often = torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2).unique(dim=0, return_counts=True)
    item, word = found.T
    rare = (len(column) - 1) / torch.bincount(word, minlength=len(numbers)).double()
    return item, word, often * rare[word].log()


def _numbers(columns: np.ndarray) -> Block:
    """``columns`` ``(V+1, F)``, standardised; what is not known lies at the mean."""
    known = columns[1:]
    middle, spread = np.nanmean(known, axis=0), np.nanstd(known, axis=0)
    standard = np.nan_to_num((columns - middle) / np.where(spread > 0, spread, 1.0))
    standard[0] = 0.0
    item, part = (torch.from_numpy(place) for place in np.nonzero(standard))
    return item, part, torch.from_numpy(standard)[item, part]


def _beside(blocks: Sequence[Block], v: int) -> tuple[Tensor, Tensor, Tensor, int]:
    """``(item, column, value, F)`` of all blocks side by side, each of length 1, each item of length 1."""
    parts, width = [], 0
    for item, part, value in blocks:
        parts.append((item, part + width, value / _lengths(item, value, v)[item]))
        width += int(part.max()) + 1 if len(part) else 0
    item, part, value = (torch.cat(each) for each in zip(*parts, strict=True))
    return item, part, value / _lengths(item, value, v)[item], width


def _lengths(item: Tensor, value: Tensor, v: int) -> Tensor:
    """``(V+1,)`` the length of each item's vector, above 0."""
    squares = torch.zeros(v + 1, dtype=torch.float64).index_add_(0, item, value.double().square())
    return squares.sqrt().clamp(min=1e-12)
