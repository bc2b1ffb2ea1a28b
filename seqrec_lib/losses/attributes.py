"""Attribute tasks of S3-Rec: vectors of items and states are to tell what can be read off an item.

Sizes: ``B`` rows, ``T`` steps, ``N`` steps with a target, ``D`` width, ``V`` items, ``A`` attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.batch import Batch
from ..data.errors import DataError
from ..data.splits import Split
from ..messages import InputError
from ..models.recommender import NextItem
from .objectives import Generators, Objective

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


def attribute_vectors(items: Tensor, table: Tensor) -> Tensor:
    """``(A, D)``: the mean vector of the items that have each attribute; ``items`` ``(V+1, D)``."""
    return table.T @ items / table.sum(0).clamp(min=1)[:, None]


class Attributes:
    """A next-item objective's loss plus ``weight`` times two attribute tasks.

    *Item and attribute*: each item's vector tells its own attributes. *Sequence and attribute*: the state
    after step t tells the attributes of the item that follows. S3-Rec does this before training, with
    vectors and a matrix of its own for attributes, and reads both sides of a hidden item. Here the tasks
    stand beside the loss, an attribute's vector is the mean of its items', so that the model has no weight
    more, and states stay causal. Its other two tasks, which guess hidden items and segments, are left out.

    Args:
        inner: what is trained on beside them. table: ``(V+1, A)``, see :func:`item_attributes`.
        weight: of the two tasks; 0 leaves them out.

    Raises:
        InputError: a weight below 0.
    """

    def __init__(self, inner: Objective, table: Tensor, weight: float) -> None:
        if not 0 <= weight < float("inf"):
            raise InputError(f"weight is {weight}: it must be 0 or more")
        self.inner, self.table, self.weight = inner, table, weight
        self.name = f"{inner.name}+attributes:weight={weight:g}"

    def prepare(self, model: Any, split: Split) -> None:
        self.inner.prepare(model, split)
        if len(self.table) != model.n_items + 1:
            raise InputError(f"attributes of {len(self.table) - 1} items, and the model has {model.n_items}")
        self.table = self.table.to(split.train.items.device)

    def __call__(self, model: NextItem, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        value, count = self.inner(model, batch, generators)
        if not self.weight:
            return value, count
        assert batch.targets is not None and batch.steps is not None  # ``batches`` gives both
        items = model.item_matrix()
        vectors = attribute_vectors(items, self.table)
        target = batch.targets.flatten()[batch.steps]  # (N,)
        states = model.hidden(batch).flatten(0, 1)[batch.steps]  # (N, D)
        tasks = attribute_loss(states, vectors, self.table[target])
        tasks = tasks + attribute_loss(items[1:], vectors, self.table[1:])
        return value + self.weight * tasks, count
