"""What an index is, and the one that needs no library: every item is compared, block by block.

Sizes: ``B`` queries, ``V`` items, ``D`` width, ``k`` items a list. Item 0 is padding: row 0 of an item matrix
is not in the index, and 0 in a list means that there is no item.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ..messages import InputError, unknown

METRICS = ("dot", "l2", "cosine")
KINDS = ("exact", "flat", "ivf", "hnsw", "usearch")
SCORES_AT_ONCE = 2**24  # of one block of queries: 64 MiB in float32


@dataclass(frozen=True)
class Found:
    """Lists of items, best first.

    Attributes:
        items: ``(B, k)`` int64; 0 where there is no item. scores: ``(B, k)`` float32, the higher the better;
            -inf where there is no item.
    """

    items: Tensor
    scores: Tensor

    @property
    def short(self) -> Tensor:
        """Row numbers of the lists that hold fewer than ``k`` items."""
        return (self.items == 0).any(1).nonzero()[:, 0]


class ItemIndex(ABC):
    """Item vectors, ready to be searched.

    Attributes:
        kind: one of :data:`KINDS`. metric: one of :data:`METRICS`: ``dot`` scores by the inner product,
            ``cosine`` by that of vectors of length 1, ``l2`` by minus the squared distance.
        n_items: ``V``. dim: ``D``. fingerprint: of the item matrix that it was built from.
    """

    kind: str

    def __init__(self, metric: str, n_items: int, dim: int, fingerprint: str) -> None:
        check_metric(metric)
        self.metric, self.n_items, self.dim, self.fingerprint = metric, n_items, dim, fingerprint

    def search(self, queries: Tensor, k: int) -> Found:
        """The ``k`` best items for each of ``queries`` ``(B, D)``.

        Raises:
            InputError: queries of another width, numbers that are not finite, a ``k`` outside 1 to ``V``.
        """
        if queries.dim() != 2 or queries.shape[1] != self.dim:
            raise InputError(f"queries must be (B, {self.dim}) as the items are; got {tuple(queries.shape)}")
        if isinstance(k, bool) or int(k) != k or not 1 <= k <= self.n_items:
            raise InputError(f"k is {k}, but the index holds {self.n_items} items: choose k from 1 to them")
        queries = queries.detach().float().cpu()
        if not bool(queries.isfinite().all()):
            raise InputError("a query holds a number that is not finite: look at the model's states")
        return self._search(unit(queries) if self.metric == "cosine" else queries, k)

    @abstractmethod
    def _search(self, queries: Tensor, k: int) -> Found:
        """As :meth:`search`, for queries that are checked and, for ``cosine``, of length 1."""

    @abstractmethod
    def write(self, folder: Path) -> None:
        """Write what :func:`.folder.load_index` needs beside ``index.json`` into ``folder``."""


class ExactIndex(ItemIndex):
    """Every item is compared with the query: the truth that faster indices are held against."""

    kind = "exact"

    def __init__(self, vectors: Tensor, metric: str, fingerprint: str) -> None:
        """``vectors`` ``(V, D)``, as :func:`item_rows` gives them."""
        super().__init__(metric, len(vectors), vectors.shape[1], fingerprint)
        self.vectors = vectors
        self._half = vectors.pow(2).sum(1) / 2 if metric == "l2" else None  # (V,)

    def _search(self, queries: Tensor, k: int) -> Found:
        rows = max(1, SCORES_AT_ONCE // self.n_items)
        parts = [self._block(some, k) for some in queries.split(rows)]
        if not parts:
            return Found(torch.zeros(0, k, dtype=torch.int64), torch.zeros(0, k))
        return Found(torch.cat([p.items for p in parts]), torch.cat([p.scores for p in parts]))

    def _block(self, queries: Tensor, k: int) -> Found:
        scores = queries @ self.vectors.T  # (B, D) @ (D, V)
        if self._half is not None:  # -|q - e|^2 = 2 (q . e - |e|^2 / 2) - |q|^2
            scores = 2 * (scores - self._half) - queries.pow(2).sum(1, keepdim=True)
        best = scores.topk(k, dim=1)
        return Found(best.indices + 1, best.values)

    def write(self, folder: Path) -> None:
        from safetensors.torch import save_file

        save_file({"vectors": self.vectors.contiguous()}, folder / "vectors.safetensors")


def item_rows(matrix: Tensor, metric: str) -> Tensor:
    """``(V, D)`` float32: the items of an item matrix ``(V+1, D)``, of length 1 for ``cosine``.

    Raises:
        InputError: no item, numbers that are not finite, an unknown metric.
    """
    check_metric(metric)
    if matrix.dim() != 2 or len(matrix) < 2:
        raise InputError(f"an item matrix is (V+1, D), row 0 for padding; got {tuple(matrix.shape)}")
    rows = matrix.detach()[1:].float().cpu().contiguous()
    if not bool(rows.isfinite().all()):
        raise InputError("the item matrix holds numbers that are not finite: did training diverge?")
    return unit(rows) if metric == "cosine" else rows


def unit(vectors: Tensor) -> Tensor:
    """``(..., D)`` of length 1; a vector of zeros stays as it is."""
    return F.normalize(vectors, dim=-1)


def check_metric(metric: str) -> None:
    """Raise InputError when ``metric`` is none of :data:`METRICS`."""
    if metric not in METRICS:
        raise InputError(unknown("metric", metric, METRICS))
