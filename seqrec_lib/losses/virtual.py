"""Virtual adversarial training (Miyato et al. 2019): the guess itself must not change when items move.

Sizes: ``N`` real steps with a target, ``V`` items.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError
from ..models.recommender import NextItem
from .adversarial import check, random_moves
from .objectives import Objective
from .perturbing import Chance, Generators, Moves, item_tables, of_length, radius, with_moves

PROBE = 0.01  # how far the probe goes, in mean lengths of a vector: the paper's xi


class VirtualAdversarial:
    """L + weight * KL(p || p with moved items), p over all items at each step.

    The move takes each item's vector ``epsilon`` mean lengths along one power step: the gradient of the KL at
    a small random place. The target has no part in it, so it could be had on steps without one. All passes
    draw the same dropout. It holds an ``(N, V)`` table of scores, so it is for small catalogues.

    Args:
        inner: what is trained on besides. epsilon: see :class:`Adversarial`. weight: of the KL.

    Raises:
        InputError: a value outside its range.
    """

    def __init__(self, inner: Objective, epsilon: float, weight: float = 1.0) -> None:
        check(epsilon, inner)
        if not 0 <= weight < float("inf"):
            raise InputError(f"weight is {weight}: it must be 0 or more")
        self.inner, self.epsilon, self.weight = inner, epsilon, weight
        self.name = f"{inner.name}+virtual:epsilon={epsilon:g},weight={weight:g}"

    def prepare(self, model: Any, split: Any) -> None:
        item_tables(model)
        if not isinstance(model, NextItem):
            raise InputError("virtual adversarial training is for models that score by dot products")
        self.inner.prepare(model, split)

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        start = Chance({}, batch.items.device)  # dropout alone: no negatives are drawn for p
        value, count = self.inner(model, batch, generators)
        if self.epsilon == 0 or self.weight == 0:
            return value, count
        after = Chance({}, batch.items.device)
        start.rewind()
        with torch.no_grad():
            usual = log_guess(model, batch)  # (N, V)
        moves = self._worst(model, batch, usual, start, generators["noise"])
        start.rewind()
        apart = divergence(usual, with_moves(model, moves, lambda: log_guess(model, batch)))
        after.rewind()
        return value + self.weight * apart, count

    def _worst(self, model: Any, batch: Batch, usual: Tensor, start: Chance, noise: torch.Generator) -> Moves:
        tables, n = item_tables(model), model.n_items
        probe = {k: m.requires_grad_() for k, m in random_moves(tables, PROBE, n, noise).items()}
        start.rewind()
        apart = divergence(usual, with_moves(model, probe, lambda: log_guess(model, batch)))
        found = torch.autograd.grad(apart, list(probe.values()))
        return {
            name: of_length(gradient, radius(tables[name], self.epsilon, n), n)
            for name, gradient in zip(probe, found, strict=True)
        }


def log_guess(model: NextItem, batch: Batch) -> Tensor:
    """``(N, V)``: log p of each item at each step that has a target."""
    assert batch.steps is not None  # ``batches`` gives them
    states = model.hidden(batch).flatten(0, 1)[batch.steps]  # (B, T, D) -> (N, D)
    return (states @ model.item_matrix()[1:].T).log_softmax(1)


def divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Mean over rows of KL(p || q) = sum of p (log p - log q), from ``(N, V)`` logarithms."""
    return (log_p.exp() * (log_p - log_q)).sum(1).mean()
