"""A model as a function of tensors: what an exported graph computes, and which models have none.

Sizes: ``B`` histories, ``T`` steps, ``C`` candidates, ``V`` items, ``K`` neighbours, ``F`` parts of a
description.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..messages import InputError
from ..models.baselines import COUNTED
from ..models.item_knn import newest_items
from ..models.recommender import AsksHistory, Model

CELLS = 2**26  # numbers of a table that a counted model writes out: 512 MB

# Models whose answer is no fixed graph, with the reason that is told.
WITHOUT_GRAPH = {
    "caser": "its pooling over places makes PyTorch's exporter fix the length of a history",
    "dien": "its AUGRU walks as many steps as the longest history of the batch has, in a loop of Python",
    "lru": "its state is complex and its scan has as many rounds as the length asks for; ONNX has neither",
    "bpr-mf": "it solves for the vector of an unknown user by Cholesky, and ONNX has no such operator",
    "recent-popularity": "it looks up a window of the training log for each request, not a table of weights",
}

# What a graph reads, by name: the axes of each input that may have any size.
AXES = {
    "items": ("batch", "steps"),
    "lengths": ("batch",),
    "times": ("batch", "steps"),
    "query_time": ("batch",),
    "candidates": ("batch", "candidates"),
}


class Graph(nn.Module):
    """Tensors in, scores out. ``reads``: the names of the inputs, of ``AXES``, in order."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
        timed = ("times", "query_time") if model.settings.timed else ()
        asked = ("candidates",) if isinstance(model, AsksHistory) else ()
        self.reads: tuple[str, ...] = ("items", "lengths", *timed, *asked)

    def forward(
        self,
        items: Tensor,
        lengths: Tensor,
        times: Tensor | None = None,
        query_time: Tensor | None = None,
        candidates: Tensor | None = None,
    ) -> Tensor:
        """``items`` ``(B, T)``, ``lengths`` ``(B,)`` -> ``(B, V+1)``, or ``(B, C)`` of the candidates.

        A model whose candidates read the history is asked for candidates, and without the numbers of places:
        it then scores items as it does for a list of all items.
        """
        batch = Batch(items=items, lengths=lengths, times=times, query_time=query_time)
        if candidates is None:
            return self.model.score(batch)
        scores: Tensor = self.model.logits(batch, candidates)  # type: ignore[operator]  # it asks the history
        return scores


class CountedGraph(nn.Module):
    """A counted model written out as tables. Scores have 64 bits, as the model's own: ties stay ties."""

    reads = ("items", "lengths")

    def __init__(self, score: Callable[[CountedGraph, Batch], Tensor], **tables: Tensor | float) -> None:
        super().__init__()
        for name, value in tables.items():
            self.register_buffer(name, torch.as_tensor(value))
        self._score = score

    def forward(self, items: Tensor, lengths: Tensor) -> Tensor:
        """``items`` ``(B, T)``, ``lengths`` ``(B,)`` -> ``(B, V+1)`` float64, column 0 -inf."""
        scores = self._score(self, Batch(items=items, lengths=lengths))
        return torch.cat([torch.full_like(scores[:, :1], -torch.inf), scores[:, 1:]], dim=1)


def graph_of(model: Any) -> nn.Module:
    """The graph of a trained or counted model; ``.reads`` names its inputs.

    Raises:
        InputError: the model has no graph (the reason is told), or its table would be too large.
    """
    settings = getattr(model, "settings", None)
    name = str(getattr(settings, "model", getattr(model, "name", type(model).__name__)))
    if name in WITHOUT_GRAPH:
        raise InputError(f"{name} cannot be exported: {WITHOUT_GRAPH[name]}")
    if name in _WRITTEN_OUT:
        return _WRITTEN_OUT[name](model)
    if name in COUNTED or settings is None:
        raise InputError(f"{name} cannot be exported: nobody has written it as a graph of tables yet")
    return Graph(model).eval()


def _popularity(model: Any) -> CountedGraph:
    def score(tables: Any, batch: Batch) -> Tensor:
        counts: Tensor = tables.counts
        return counts[None].expand(batch.items.shape[0], -1)

    return CountedGraph(score, counts=model.counts)


def _markov(model: Any) -> CountedGraph:
    """Row i of the table: what follows item i, as the model itself says it."""
    width = _fits(model, "markov", model.n_items + 1)
    every = torch.arange(1, width)
    rows = model.score(Batch(items=every[:, None], lengths=torch.ones_like(every)))  # (V, V+1)
    table = torch.cat([torch.zeros_like(rows[:1]), rows])

    def score(tables: Any, batch: Batch) -> Tensor:
        every: Tensor = tables.table
        return every[batch.last(batch.items)]

    return CountedGraph(score, table=table)


def _item_knn(model: Any) -> CountedGraph:
    newest, width = int(model.newest), model.n_items + 1

    def score(tables: Any, batch: Batch) -> Tensor:
        items = newest_items(batch, newest)  # (B, T)
        near = tables.nearest[items].flatten(1)  # (B, T * K)
        alike = (tables.similarity[items] * (items > 0)[..., None]).flatten(1)
        empty = torch.zeros(items.shape[0], width, dtype=alike.dtype)
        return empty.scatter_add(1, near, alike)

    return CountedGraph(score, nearest=model.nearest, similarity=model.similarity)


def _content(model: Any) -> CountedGraph:
    newest, width = int(model.newest), int(model.width)
    _fits(model, "content", width)
    table = torch.zeros(model.n_items + 1, width, dtype=torch.float64)
    table[model.item, model.part] = model.value.double()

    def score(tables: Any, batch: Batch) -> Tensor:
        items = newest_items(batch, newest)
        profile = (tables.table[items] * (items > 0)[..., None]).sum(1)  # (B, F)
        profile = profile / profile.square().sum(1, keepdim=True).sqrt().clamp(min=1e-12)
        return torch.matmul(profile, tables.table.T)

    return CountedGraph(score, table=table)


def _fits(model: Any, name: str, width: int) -> int:
    if (model.n_items + 1) * width > CELLS:
        raise InputError(
            f"{name} cannot be exported: its table of {model.n_items:,} items would have more than "
            f"{CELLS:,} numbers"
        )
    return width


_WRITTEN_OUT: dict[str, Callable[[Any], nn.Module]] = {
    "popularity": _popularity, "markov": _markov, "item-knn": _item_knn, "content": _content,
}  # fmt: skip
