"""Explanations by gradients at the item vectors: gradient x input, and integrated gradients.

Sizes: ``T`` events, ``D`` width, ``N`` points of a path.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..messages import InputError
from ..models.recommender import Recommender, place_model
from .absent import repeated
from .game import of_scores

POINTS_AT_ONCE = 256


@runtime_checkable
class Embedded(Recommender, Protocol):
    """A recommender that looks its items up in one table on their way in."""

    embedding: nn.Embedding


def gradient_times_input(model: Recommender, history: Batch, item: int) -> Tensor:
    """Sum over the features of x times d log p / d x, x the vectors of the events: ``(T,)`` float64."""
    vectors = item_vectors(model, history)  # (1, T, D)
    slope, _ = slopes(model, history, vectors, item)
    return (slope * vectors)[0].sum(1)


def integrated_gradients(
    model: Recommender, history: Batch, item: int, points: int = 32, baseline: str = "zero"
) -> Tensor:
    """(x - x') times the mean gradient along the straight path from x' to x: ``(T,)``.

    Sundararajan, Taly & Yan (2017), summed over the features of an event. The shares add up to log p at x
    less log p at x', up to the error of the sum over ``points`` midpoints.

    Args:
        baseline: x', for every event: ``zero``, or ``mean``, the mean of all item vectors.

    Raises:
        InputError: the model has no table of item vectors, an unknown baseline, or no point.
    """
    if baseline not in ("zero", "mean") or points < 1:
        raise InputError("baseline is zero or mean, and points at least 1")
    vectors = item_vectors(model, history)
    table = table_of(model).weight.detach()
    start = torch.zeros_like(vectors) if baseline == "zero" else table[1:].mean(0).expand_as(vectors)
    total = torch.zeros_like(vectors)
    share = (torch.arange(points, dtype=vectors.dtype, device=vectors.device) + 0.5) / points  # midpoints
    for part in share.split(POINTS_AT_ONCE):
        path = start + part[:, None, None] * (vectors - start)  # (N, T, D)
        total += slopes(model, history, path, item)[0].sum(0, keepdim=True)
    return ((vectors - start) * total / points)[0].sum(1).double().cpu()


def slopes(model: Recommender, history: Batch, vectors: Tensor, item: int) -> tuple[Tensor, Tensor]:
    """``(d log p / d x (N, T, D), log p (N,))`` with ``vectors`` ``(N, T, D)`` for the events' own.

    The table that scores the items is not moved, though a tied model shares it with the one that reads them:
    what is asked for is how the events matter, not how the catalogue does.
    """
    many = repeated(history.trim(), len(vectors)).to(vectors.device)
    free = vectors.detach().requires_grad_()
    # cuDNN has no backward pass for a recurrent layer in evaluation mode; PyTorch's own kernels have.
    with evaluating(model), torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        with vectors_put_in(model, free):
            value = of_scores(model.score(many), item)
        (slope,) = torch.autograd.grad(value.sum(), free)
    return slope, value.detach()


def item_vectors(model: Recommender, history: Batch) -> Tensor:
    """``(1, T, D)``: the rows of the model's table for the events."""
    device = place_model(model, None)
    return table_of(model).weight.detach()[history.trim().items.to(device)]


def table_of(model: Recommender) -> nn.Embedding:
    """The table in which ``model`` looks its events up. Raises InputError: it has none."""
    if not isinstance(model, Embedded):
        raise InputError("this model has no table of item vectors to follow gradients to: use occlusion")
    return model.embedding


@contextmanager
def vectors_put_in(model: Recommender, vectors: Tensor) -> Iterator[None]:
    """Inside the block the table gives ``vectors`` for the events, whatever their numbers are."""

    def instead(_: nn.Module, given: tuple[Tensor, ...], __: Tensor) -> Tensor | None:
        return vectors if given[0].shape == vectors.shape[:2] else None

    handle = table_of(model).register_forward_hook(instead)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def evaluating(model: object) -> Iterator[None]:
    """Inside the block dropout is off and gradients may flow; each part's mode is given back."""
    parts = list(model.modules()) if isinstance(model, nn.Module) else []
    modes = [part.training for part in parts]
    try:
        for part in parts:
            part.training = False
        yield
    finally:
        for part, mode in zip(parts, modes, strict=True):
            part.training = mode
