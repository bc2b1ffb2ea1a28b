"""Objectives: what one batch is trained on. The loop asks for a mean loss and knows nothing more.

Sizes: ``B`` rows, ``T`` steps, ``N`` of them with a target, ``D`` width, ``V`` items.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from ..models.recommender import NextItem
from .sampled import item_shares

Generators = dict[str, torch.Generator]


class Objective(Protocol):
    """What a model is trained on, batch by batch. ``name`` stands in the run's settings.

    Each objective says itself what it asks of a model, such as :class:`NextItem`: hence ``Any`` here.
    """

    name: str

    def prepare(self, model: Any, split: Split) -> None:
        """Look at the model and the data once, before the first batch; both are on their device."""
        ...

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        """``(mean loss, how many targets it is the mean of)`` of one batch.

        Args:
            generators: chance that belongs to the run: ``negatives``, on the batch's device.
        """
        ...


class NextItemObjective:
    """Every step predicts the item that follows it. Padding has no target, so it adds nothing.

    Args:
        loss: called as those in ``LOSSES``. One that has a parameter ``popularity`` is given each item's
            share of the training targets, ``(V+1,)``. negatives: see ``TrainingSettings``.
        compiled: give the model's ``hidden`` to ``torch.compile``, once.
    """

    name = "next-item"

    def __init__(self, loss: Callable[..., Tensor], negatives: int = 1, compiled: bool = False) -> None:
        self.loss, self.negatives, self.compiled = loss, negatives, compiled
        self.hidden: Callable[[Batch], Tensor] | None = None

    def prepare(self, model: NextItem, split: Split) -> None:
        if "popularity" in _parameters(self.loss):
            assert split.train.targets is not None  # training rows have them
            shares = item_shares(split.train.targets, split.log.n_items)
            self.loss = partial(self.loss, popularity=shares)
        self.hidden = torch.compile(model.hidden) if self.compiled else model.hidden

    def __call__(self, model: NextItem, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        hidden_of = model.hidden if self.hidden is None else self.hidden
        assert batch.targets is not None and batch.steps is not None  # ``batches`` gives both
        target = batch.targets.flatten()[batch.steps]  # (N,)
        hidden = hidden_of(batch).flatten(0, 1)[batch.steps]  # (B, T, D) -> (N, D)
        value = self.loss(
            hidden,
            target,
            model.item_matrix(),
            generator=generators["negatives"],
            negatives=self.negatives,
        )
        return value, len(target)


def _parameters(loss: Callable[..., Tensor]) -> frozenset[str]:
    try:
        return frozenset(inspect.signature(loss).parameters)
    except (TypeError, ValueError):  # some callables do not tell theirs
        return frozenset()
