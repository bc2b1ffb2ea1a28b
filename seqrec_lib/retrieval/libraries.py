"""Indices of faiss and usearch behind the same few words, and the way to build any of them.

Both libraries are imported when an index of theirs is asked for. Sizes: ``B`` queries, ``V`` items, ``D``
width.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..messages import InputError, unknown
from .index import KINDS, ExactIndex, Found, ItemIndex, item_rows

PACKAGES = {"faiss": "faiss-cpu", "usearch": "usearch"}
# What may be set, by kind, with the values that are used when nobody says.
OPTIONS: dict[str, dict[str, int]] = {
    "exact": {},
    "flat": {},
    "ivf": {"lists": 0, "probes": 8, "seed": 0},
    "hnsw": {"links": 16, "build_width": 80, "width": 64},
    "usearch": {"links": 16, "build_width": 80, "width": 64},
}


class FaissIndex(ItemIndex):
    """faiss: ``flat`` compares all items, ``ivf`` some cells of a partition, ``hnsw`` walks a graph."""

    def __init__(self, inner: Any, kind: str, metric: str, dim: int, fingerprint: str) -> None:
        super().__init__(metric, int(inner.ntotal), dim, fingerprint)
        self.kind, self.inner = kind, inner

    def set_effort(self, effort: int) -> None:
        """How much is looked at: cells of ``ivf``, the width of the walk in ``hnsw``."""
        if self.kind == "ivf":
            self.inner.nprobe = effort
        elif self.kind == "hnsw":
            self.inner.hnsw.efSearch = effort
        else:
            raise InputError("flat compares all items, so it has no effort to set")

    def _search(self, queries: Tensor, k: int) -> Found:
        if self.kind == "hnsw" and self.inner.hnsw.efSearch < k:
            self.inner.hnsw.efSearch = k  # a walk that keeps fewer than k cannot return k
        scores, rows = self.inner.search(np.ascontiguousarray(queries.numpy()), k)
        return _found(rows, -scores if self.metric == "l2" else scores)

    def write(self, folder: Path) -> None:
        needed("faiss").write_index(self.inner, str(folder / "index.faiss"))


class UsearchIndex(ItemIndex):
    """usearch: a graph of neighbours like faiss's ``hnsw``, written by other people."""

    kind = "usearch"

    def __init__(self, inner: Any, metric: str, dim: int, fingerprint: str) -> None:
        super().__init__(metric, len(inner), dim, fingerprint)
        self.inner = inner

    def set_effort(self, effort: int) -> None:
        """The width of the walk."""
        self.inner.expansion_search = effort

    def _search(self, queries: Tensor, k: int) -> Found:
        if self.inner.expansion_search < k:
            self.inner.expansion_search = k
        found = self.inner.search(queries.numpy(), k, threads=1)
        keys, distances = found.keys.reshape(len(queries), -1), found.distances.reshape(len(queries), -1)
        rows = np.full((len(queries), k), -1, dtype=np.int64)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        width = keys.shape[1]
        counts = np.broadcast_to(getattr(found, "counts", width), len(queries))  # a single query has none
        real = np.arange(width) < counts[:, None]
        rows[:, :width] = np.where(real, keys.astype(np.int64), -1)
        # usearch gives distances: the squared L2, or 1 minus the inner product.
        scores[:, :width] = -distances if self.metric == "l2" else 1 - distances
        return _found(rows, scores)

    def write(self, folder: Path) -> None:
        self.inner.save(str(folder / "index.usearch"))


def build_index(matrix: Tensor, kind: str = "exact", metric: str = "dot", **options: int) -> ItemIndex:
    """An index over the items of ``matrix`` ``(V+1, D)``.

    Args:
        kind: ``exact`` (torch), ``flat``, ``ivf``, ``hnsw`` (faiss) or ``usearch``. metric: see
            :class:`ItemIndex`.
        options: ``ivf``: ``lists`` (cells; 0: the square root of V), ``probes`` (cells that are looked at),
            ``seed``. ``hnsw``, ``usearch``: ``links`` an item, ``build_width`` and ``width`` of the walk when
            building, searching.

    Raises:
        InputError: an unknown kind, metric or option, a matrix without items, a library that is not there.
    """
    if kind not in KINDS:
        raise InputError(unknown("index", kind, KINDS))
    for name in options:
        if name not in OPTIONS[kind]:
            raise InputError(unknown(f"option of {kind}", name, OPTIONS[kind] or ["(it has none)"]))
    given = {**OPTIONS[kind], **options}
    rows, mark = item_rows(matrix, metric), fingerprint(matrix)
    if kind == "exact":
        return ExactIndex(rows, metric, mark)
    vectors, dim = np.ascontiguousarray(rows.numpy()), rows.shape[1]
    if kind == "usearch":
        named = "l2sq" if metric == "l2" else "ip"
        inner = needed("usearch.index").Index(
            ndim=dim, metric=named, dtype="f32", connectivity=given["links"],
            expansion_add=given["build_width"], expansion_search=given["width"],
        )  # fmt: skip
        inner.add(np.arange(len(vectors)), vectors, threads=torch.get_num_threads())
        return UsearchIndex(inner, metric, dim, mark)
    return FaissIndex(_faiss(vectors, kind, metric, given), kind, metric, dim, mark)


def _faiss(vectors: np.ndarray, kind: str, metric: str, given: dict[str, int]) -> Any:
    faiss, dim = needed("faiss"), vectors.shape[1]
    by = faiss.METRIC_L2 if metric == "l2" else faiss.METRIC_INNER_PRODUCT
    if kind == "flat":
        inner = faiss.IndexFlat(dim, by)
    elif kind == "ivf":
        lists = min(given["lists"] or max(1, round(len(vectors) ** 0.5)), len(vectors))
        inner = faiss.IndexIVFFlat(faiss.IndexFlat(dim, by), dim, lists, by)
        inner.cp.seed, inner.nprobe = given["seed"] + 1234, given["probes"]
        inner.train(vectors)
    else:
        inner = faiss.IndexHNSWFlat(dim, given["links"], by)
        inner.hnsw.efConstruction, inner.hnsw.efSearch = given["build_width"], given["width"]
    inner.add(vectors)
    return inner


def needed(module: str) -> Any:
    """The module of a library that not everybody has.

    Raises:
        InputError: it is not installed; the message says what to do.
    """
    try:
        return import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        raise InputError(
            f"this index needs {name}, which is not installed: pip install {PACKAGES[name]}; "
            "the index 'exact' works without it"
        ) from error


def fingerprint(matrix: Tensor) -> str:
    """The same for the same numbers: tells whether an index on disk belongs to a model."""
    rows = matrix.detach().float().cpu().contiguous()
    return hashlib.sha256(rows.numpy().tobytes()).hexdigest()[:16]


def _found(rows: np.ndarray, scores: np.ndarray) -> Found:
    """``rows`` ``(B, k)`` counted from 0, -1 for none."""
    items = torch.from_numpy(rows.astype(np.int64) + 1)
    found = torch.from_numpy(np.ascontiguousarray(scores, dtype=np.float32))
    return Found(items, found.masked_fill(items == 0, -torch.inf))
