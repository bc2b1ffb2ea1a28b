"""Attribute tasks of S3-Rec: vectors of items and states are to tell what can be read off an item.

Sizes: ``B`` rows, ``T`` steps, ``N`` steps with a target, ``D`` width, ``V`` items, ``A`` attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.batch import Batch
from ..data.errors import DataError
from ..data.splits import Split
from ..models.recommender import KnowsAttributes
from .objectives import Generators, NextItemObjective

if TYPE_CHECKING:
    from ..data.interactions import Interactions

LEVELS = 5  # parts of equal size that a column of numbers is cut into
MOST_WORDS = 50  # a column of text with more different values than that names items and is left out


def item_attributes(log: Interactions) -> tuple[Tensor, list[str]]:
    """``((V+1, A) of 0 and 1, A names)``: each text value is an attribute, each fifth of a column of numbers.

    Columns of text with more than 50 different values, such as descriptions, are left out.

    Raises:
        DataError: the log has no item features that can be used.
    """
    columns, names = [], []
    for name, values in log.item_features.items():
        if np.issubdtype(values.dtype, np.number):
            cuts = np.nanquantile(values[1:].astype(float), np.linspace(0, 1, LEVELS + 1)[1:-1])
            known = ~np.isnan(values.astype(float))
            kind = np.where(known, np.searchsorted(cuts, values.astype(float)), -1)
            words = [f"{name}: {n + 1} of {LEVELS}" for n in range(LEVELS)]
        else:
            text = [str(value) for value in values]
            words = sorted({word for word in text[1:] if word})
            number = {word: n for n, word in enumerate(words)}
            kind = np.array([number.get(word, -1) for word in text])
            words = [f"{name}: {word}" for word in words]
        if len(words) > MOST_WORDS:
            continue
        columns.append(kind[:, None] == np.arange(len(words)))
        names += words
    if not columns:
        raise DataError(
            f"{log.name}: no item features to learn attributes from: name columns of the items with features"
        )
    table = torch.from_numpy(np.concatenate(columns, axis=1)).float()
    table[0] = 0.0
    return table, names


def attribute_loss(states: Tensor, vectors: Tensor, attributes: Tensor) -> Tensor:
    """Mean over steps and attributes of the binary cross-entropy of sigmoid(state . attribute vector).

    Equation 5 of Zhou et al. (2020) where ``states`` are item vectors, its equation 7 where they are
    states of a sequence; their code also takes the mean over all attributes.

    Args:
        states: ``(N, D)``. vectors: ``(A, D)``. attributes: ``(N, A)`` of 0 and 1.
    """
    return F.binary_cross_entropy_with_logits(states @ vectors.T, attributes)


class AttributesObjective:
    """The loss of the next item plus ``model.attribute_weight`` times two attribute tasks.

    *Item and attribute*: each item's vector tells its own attributes. *Sequence and attribute*: the state after
    step t tells the attributes of the item that follows. S3-Rec reads both sides of a hidden item and does so
    before training; here both tasks stand beside the loss of the next item, so one run has all of it, and
    states stay causal. Its other two tasks, which guess hidden items and segments, are left out.

    Args:
        loss, negatives, compiled: as for :class:`NextItemObjective`.
    """

    name = "next-item+attributes"

    def __init__(self, loss: Callable[..., Tensor], negatives: int = 1, compiled: bool = False) -> None:
        self.inner = NextItemObjective(loss, negatives, compiled)
        self.table: Tensor | None = None

    def prepare(self, model: Any, split: Split) -> None:
        self.inner.prepare(model, split)
        table, _ = item_attributes(split.log)
        room = len(model.attribute_vectors())
        if table.shape[1] > room:
            raise DataError(
                f"{split.log.name}: {table.shape[1]} attributes, and the model has room for {room}: "
                f"set attributes to {table.shape[1]}"
            )
        self.table = table.to(split.train.items.device)  # (V+1, A)

    def __call__(self, model: KnowsAttributes, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        value, count = self.inner(model, batch, generators)
        if not model.attribute_weight:
            return value, count
        assert self.table is not None and batch.targets is not None and batch.steps is not None
        vectors = model.attribute_vectors()[: self.table.shape[1]]  # (A, D)
        target = batch.targets.flatten()[batch.steps]  # (N,)
        states = model.hidden(batch).flatten(0, 1)[batch.steps]  # (N, D)
        tasks = attribute_loss(states, vectors, self.table[target])
        tasks = tasks + attribute_loss(model.item_matrix()[1:], vectors, self.table[1:])
        return value + model.attribute_weight * tasks, count
