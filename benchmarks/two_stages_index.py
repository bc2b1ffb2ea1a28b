"""Rows of the part ``index`` of `benchmarks/two_stages.py`: what does a faster search lose?"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import torch
from machine import describe_machine
from torch import Tensor
from two_stages_large import FIRST, FIRST_TRAINING, first_stage, split_of

from seqrec_lib.evaluation.asking import asked
from seqrec_lib.models import NextItem
from seqrec_lib.retrieval import ItemIndex, build_index, recall_at_k

QUERIES, K = 300, 10
EFFORTS = {
    "exact": (0,),
    "flat": (0,),
    "ivf": (1, 4, 16, 64),
    "hnsw": (16, 32, 64, 128, 256),
    "usearch": (16, 32, 64, 128, 256),
}
NOISE = 0.5  # of the spread of each coordinate


def larger(matrix: Tensor, times: int) -> Tensor:
    """``(times * V + 1, D)``: each item vector ``times`` times, the copies with noise."""
    chance = torch.Generator().manual_seed(0)
    rows = matrix[1:].repeat(times, 1)
    spread = NOISE * matrix[1:].std(0)
    rows[len(matrix) - 1 :] += spread * torch.randn(rows[len(matrix) - 1 :].shape, generator=chance)
    return torch.cat([matrix[:1], rows])


def as_distance(matrix: Tensor) -> Tensor:
    """``(V+1, D+1)``: all items equally long, by one more coordinate; the query gets a 0 there."""
    square = matrix.pow(2).sum(1)
    return torch.cat([matrix, (square[1:].max() - square).clamp(min=0).sqrt()[:, None]], 1)


def measured(index: ItemIndex, queries: Tensor, exact: Tensor) -> dict[str, float]:
    """Recall of the exact list, and the median time of one query alone."""
    for query in queries[:20]:
        index.search(query[None], K)
    spent, lists = [], []
    for query in queries:
        started = time.perf_counter()
        found = index.search(query[None], K)
        spent.append(1e6 * (time.perf_counter() - started))
        lists.append(found.items)
    return {"recall@10": float(recall_at_k(torch.cat(lists), exact).mean()), "microseconds": median(spent)}


def index_rows() -> list[dict]:
    model, split = first_stage(0), split_of()
    assert isinstance(model, NextItem)
    some = split.test.batch.rows(slice(0, QUERIES))
    with asked(model):
        queries, matrix = some.last(model.hidden(some)), model.item_matrix().detach()
    return [
        {
            **row,
            "world": "large",
            "model": "gru4rec",
            "protocol": "recall-of-the-exact-list",
            "settings": {"first": {**FIRST, **FIRST_TRAINING}, "noise": NOISE},
            "machine": describe_machine(1),
        }
        for row in _rows(matrix, queries)
    ]


def _rows(matrix: Tensor, queries: Tensor) -> Iterator[dict]:
    for times in (1, 10):
        items = matrix if times == 1 else larger(matrix, times)
        exact = build_index(items).search(queries, K).items
        kinds = [(kind, items, queries, "dot") for kind in EFFORTS if times == 1 or kind != "usearch"]
        if times == 1:
            wider = torch.cat([queries, torch.zeros(len(queries), 1)], 1)
            kinds.append(("hnsw", as_distance(items), wider, "l2"))
        for kind, rows, asks, metric in kinds:
            started = time.perf_counter()
            index = build_index(rows, kind, metric)
            seconds = time.perf_counter() - started
            with tempfile.TemporaryDirectory() as folder:
                index.write(Path(folder))
                size = sum(file.stat().st_size for file in Path(folder).iterdir())
            for effort in EFFORTS[kind]:
                if effort:
                    index.set_effort(effort)  # type: ignore[attr-defined]
                yield {
                    "variant": f"{kind}, {metric}, effort {effort}",
                    "kind": kind, "metric": metric, "effort": effort, "items": len(items) - 1,
                    "size": len(items) - 1,
                    "build_seconds": seconds, "bytes": size, "test": measured(index, asks, exact),
                }  # fmt: skip
