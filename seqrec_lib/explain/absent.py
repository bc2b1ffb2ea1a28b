"""What stands where an event was taken away: another item in its place, or nothing, and then all moves up.

An explanation asks what a model would say without an event, and a sequence model cannot be asked that
without an answer to: what is there instead? Sizes: ``M`` variants of one history, ``T`` events.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError

STEPWISE = ("items", "times", "events")


def fillers(
    history: Batch, item: int, n_items: int, draws: int, seed: int = 0, pool: Tensor | None = None
) -> Tensor:
    """``(draws, T)`` items to put in place of events, none of them seen, nor ``item``, none twice in a draw.

    Where there are too few such items, a draw holds some of them more than once.

    Args:
        pool: items to draw from; None: the whole catalogue.
    """
    generator = torch.Generator().manual_seed(seed)
    known = torch.zeros(n_items + 1, dtype=torch.bool)
    if pool is not None:
        known[:] = True
        known[pool] = False
    known[0] = known[item] = True
    known[history.items[0].cpu()] = True
    free = (~known).nonzero().squeeze(1)  # (F,)
    if not len(free):
        raise InputError("the history holds all items that could be put in a place: give a larger pool")
    width = history.items.shape[1]
    rows = []
    for _ in range(draws):
        order = torch.cat(
            [torch.randperm(len(free), generator=generator) for _ in range(-(-width // len(free)))]
        )
        rows.append(free[order[:width]])
    return torch.stack(rows)


def replaced(history: Batch, keep: Tensor, filler: Tensor) -> Batch:
    """``M`` histories in which the events that are not in ``keep`` ``(M, T)`` are other items.

    Places, times and lags stay. ``filler`` ``(M, T)`` or ``(T,)``: the items that come in.
    """
    many = repeated(history, len(keep))
    return replace(many, items=torch.where(keep | ~many.mask(), many.items, filler))


def deleted(history: Batch, keep: Tensor) -> Batch:
    """``M`` histories of the events in ``keep`` ``(M, T)`` alone: what is left moves up, and lags shrink.

    Raises:
        InputError: nothing is kept of a history, and a model needs at least one event.
    """
    return keep_only(repeated(history, len(keep)), keep)


def keep_only(batch: Batch, keep: Tensor) -> Batch:
    """Each history without the events that are not in ``keep`` ``(B, T)`` bool. Targets are left out.

    Raises:
        InputError: nothing is kept of a history.
    """
    kept = keep & batch.mask()
    lengths = kept.sum(1)
    if bool((lengths == 0).any()):
        raise InputError("without all its events a history is empty: put other items in their places instead")
    order = (~kept).to(torch.int8).argsort(dim=1, stable=True)  # the kept events first, in their own order
    real = torch.arange(kept.shape[1]) < lengths[:, None]
    changes = {
        name: getattr(batch, name).gather(1, order) * real
        for name in STEPWISE
        if getattr(batch, name) is not None
    }
    row = torch.arange(len(order))[:, None]
    features = {name: value[row, order] for name, value in batch.features.items()}
    return replace(batch, **changes, lengths=lengths, features=features, targets=None, steps=None).trim()


def repeated(history: Batch, count: int) -> Batch:
    """The one row of ``history`` ``count`` times, without targets.

    Raises:
        InputError: there are more rows than one.
    """
    if len(history) != 1:
        raise InputError(f"one history is explained at a time; this batch has {len(history)}")
    plain = replace(history, targets=None, candidates=None, labels=None)
    return plain.rows(torch.zeros(count, dtype=torch.int64))
