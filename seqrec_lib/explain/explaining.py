"""One door to all methods: which events of a history speak for an item?

Sizes: ``N`` histories, ``T`` events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError, unknown
from ..models.recommender import Recommender
from .by_captum import captum_gradients
from .game import Game
from .gradients import gradient_times_input, integrated_gradients
from .removal import exact_shapley, occlusion, shapley
from .weights import attention, rollout

GAME = ("absent", "draws", "seed", "pool")  # options of the game rather than of the method that plays it


def _played(method: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def play(model: Recommender, history: Batch, item: int, **options: Any) -> Tensor:
        own = {name: value for name, value in options.items() if name in GAME}
        rest = {name: value for name, value in options.items() if name not in GAME}
        return method(Game(model, history, item, **own), **rest)

    return play


def _read(method: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def read(model: Any, history: Batch, item: int, **options: Any) -> Tensor:
        return method(model, history.trim(), **options)[0]

    return read


def recent(model: Recommender, history: Batch, item: int) -> Tensor:
    """All on the newest event: ``(T,)``; what a method must beat."""
    share = torch.zeros(history.trim().items.shape[1], dtype=torch.float64)
    share[-1] = 1.0
    return share


def uniform(model: Recommender, history: Batch, item: int) -> Tensor:
    """The same for every event: ``(T,)``; what knows nothing."""
    size = history.trim().items.shape[1]
    return torch.full((size,), 1 / size, dtype=torch.float64)


METHODS: dict[str, Callable[..., Tensor]] = {
    "attention": _read(attention),
    "rollout": _read(rollout),
    "gradient": gradient_times_input,
    "integrated": integrated_gradients,
    "captum": captum_gradients,
    "occlusion": _played(occlusion),
    "shapley": _played(shapley),
    "exact-shapley": _played(exact_shapley),
    "recent": recent,
    "uniform": uniform,
}


def explain(
    model: Recommender,
    history: Batch | Tensor | Sequence[int],
    item: int,
    method: str = "occlusion",
    **options: Any,
) -> Tensor:
    """How much each event of ``history`` speaks for ``item``: ``(T,)`` float64; below 0, against it.

    Args:
        history: a batch of one row, or the item numbers alone, oldest first.
        method: one of ``METHODS``. What their numbers mean differs: weights of attention are shares of 1;
            ``integrated`` and ``shapley`` add up to a difference of log p; ``occlusion`` need not.
        options: of the method: ``layer`` (attention), ``points`` and ``baseline`` (integrated),
            ``permutations`` (shapley); ``absent``, ``draws``, ``seed``, ``pool`` where events are taken away.

    Raises:
        InputError: an unknown method, a batch of several rows, an item that is not in the catalogue, a model
            that lacks what the method reads, or an option that the method does not have.
    """
    if method not in METHODS:
        raise InputError(unknown("method", method, METHODS))
    if not 1 <= item <= model.n_items:
        raise InputError(f"item {item} is not in the catalogue, which has 1 to {model.n_items}")
    one = history if isinstance(history, Batch) else one_row(history)
    if len(one) != 1:
        raise InputError(f"one history is explained at a time; this batch has {len(one)}: see explain_all")
    try:
        found = METHODS[method](model, one, item, **options)
    except TypeError as error:
        if "unexpected keyword" not in str(error):
            raise
        raise InputError(f"the method {method} has no such option: {', '.join(options)}") from error
    return found.double().cpu()


def explain_all(
    model: Recommender, batch: Batch, items: Tensor, method: str = "occlusion", **options: Any
) -> Tensor:
    """:func:`explain` for each row and its item ``(N,)``: ``(N, T)`` float64, 0 at padding."""
    found = torch.zeros(batch.items.shape, dtype=torch.float64)
    for n, item in enumerate(items.tolist()):
        share = explain(model, batch.rows(slice(n, n + 1)), item, method, **options)
        found[n, : len(share)] = share
    return found


def one_row(history: Tensor | Sequence[int]) -> Batch:
    """Item numbers, oldest first, as a batch of one row. Raises InputError: there is none."""
    items = torch.as_tensor(history, dtype=torch.int64).reshape(1, -1)
    if not items.numel():
        raise InputError("the history is empty: give at least one item")
    return Batch(items=items, lengths=torch.tensor([items.shape[1]]))
