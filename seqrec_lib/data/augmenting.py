"""Changed copies of histories: crop, mask, reorder, insert, substitute. What was given is never written to.

Sizes: ``B`` rows, ``T`` steps, ``V`` items. Each function returns a new :class:`Batch` of the same width with
``items`` and ``lengths`` alone: a view of a history has no targets, and no times that would still be true.
Crop, mask and reorder are those of CL4SRec (Xie et al. 2022, section 3.3), insert and substitute those of
CoSeRec (Liu et al. 2021). Chance comes from ``generator``, which lives on the batch's device.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..messages import InputError
from .batch import Batch

OPERATORS = ("crop", "crop-end", "mask", "reorder", "insert", "substitute")


def crop(batch: Batch, keep: float, generator: torch.Generator, end: bool = False) -> Batch:
    """One piece of each history without gaps, ``keep`` times as long, rounded down, at least one step.

    Args:
        end: the newest piece; False: a piece drawn anywhere, as published.

    Raises:
        InputError: keep is no share above 0.
    """
    check_share("keep", keep)
    kept = (keep * batch.lengths).floor().long().clamp(min=1)  # (B,)
    spare = batch.lengths - kept
    chance = torch.rand(len(batch), generator=generator, device=spare.device)
    first = spare if end else (chance * (spare + 1)).long()
    step = torch.arange(batch.items.shape[1], device=spare.device)
    place = (first[:, None] + step).clamp(max=batch.items.shape[1] - 1)
    items = batch.items.gather(1, place).masked_fill(step >= kept[:, None], 0)
    return Batch(items=items, lengths=kept)


def choose_steps(batch: Batch, share: float, generator: torch.Generator) -> Tensor:
    """``(B, T)`` bool: ``share`` of each row's steps, rounded down, at random; never padding."""
    check_share("share", share)
    key = torch.rand(batch.items.shape, generator=generator, device=batch.items.device)
    rank = key.masked_fill(~batch.mask(), 2.0).argsort(1).argsort(1)
    return rank < (share * batch.lengths).floor()[:, None]


def reorder(batch: Batch, share: float, generator: torch.Generator) -> Batch:
    """A window of ``share`` of each row's steps, drawn anywhere, in a random order; the rest stays."""
    check_share("share", share)
    size = (share * batch.lengths).floor().long()  # (B,)
    chance = torch.rand(len(batch), generator=generator, device=size.device)
    first = (chance * (batch.lengths - size + 1)).long()
    step = torch.arange(batch.items.shape[1], device=size.device).expand_as(batch.items)
    inside = (step >= first[:, None]) & (step < (first + size)[:, None])
    key = torch.rand(batch.items.shape, generator=generator, device=size.device)
    # Steps before the window come first, those in it in random order, those after it last.
    order = torch.where(inside, first[:, None] + key, step.to(key.dtype)).argsort(1)
    # A key lies between first and first + 1, so it can meet no step but the window's own.
    return Batch(items=batch.items.gather(1, order), lengths=batch.lengths.clone())


def substitute(batch: Batch, share: float, partners: Tensor, generator: torch.Generator) -> Batch:
    """``share`` of each row's items become their partners; an item that the row has already stays out.

    Args:
        partners: ``(V+1,)``, the item that is most like each item; see :func:`correlated_items`.
    """
    chosen = choose_steps(batch, share, generator)
    other = partners[batch.items]
    fresh = ~(other[:, :, None] == batch.items[:, None, :]).any(2)  # (B, T)
    fresh &= _first_of_row(other)
    return Batch(torch.where(chosen & fresh & (other > 0), other, batch.items), batch.lengths.clone())


def insert(batch: Batch, share: float, partners: Tensor, generator: torch.Generator) -> Batch:
    """Before ``share`` of each row's items stands their partner too; the newest ``T`` steps are kept.

    An item that the row has already is not inserted. ``partners``: as for :func:`substitute`.
    """
    chosen = choose_steps(batch, share, generator)
    other = partners[batch.items]
    chosen &= ~(other[:, :, None] == batch.items[:, None, :]).any(2) & _first_of_row(other) & (other > 0)
    both = torch.stack([torch.where(chosen, other, 0), batch.items], dim=2).flatten(1)  # (B, 2T)
    real, width = both > 0, batch.items.shape[1]
    left = (~real).to(torch.int8).argsort(dim=1, stable=True)  # real steps first, in their order
    both, lengths = both.gather(1, left), real.sum(1)
    drop = (lengths - width).clamp(min=0)
    place = torch.arange(width, device=both.device) + drop[:, None]
    return Batch(items=both.gather(1, place), lengths=lengths - drop)


def _first_of_row(items: Tensor) -> Tensor:
    """``(B, T)`` bool: whether no earlier step of the row has the same item."""
    alike = items[:, :, None] == items[:, None, :]
    return ~alike.tril(-1).any(2)


def correlated_items(batch: Batch, n_items: int, reach: int = 3) -> Tensor:
    """``(V+1,)`` int64: for each item the one that stands within ``reach`` steps of it unusually often.

    How often two items stand near each other is divided by the root of how often each occurs, as item-based
    collaborative filtering does (Sarwar et al. 2001). An item that was never met has partner 0.
    """
    often = torch.zeros(n_items + 1, n_items + 1, dtype=torch.float64, device=batch.items.device)
    ones = torch.ones((), dtype=torch.float64, device=batch.items.device)
    for gap in range(1, min(reach, batch.items.shape[1] - 1) + 1):
        pair = batch.items[:, :-gap].flatten(), batch.items[:, gap:].flatten()
        often.index_put_(pair, ones, accumulate=True)
        often.index_put_(pair[::-1], ones, accumulate=True)
    often[0] = often[:, 0] = 0.0
    often.fill_diagonal_(0.0)
    count = torch.bincount(batch.items.flatten(), minlength=n_items + 1).double().clamp(min=1).sqrt()
    near = often / count / count[:, None]
    return torch.where(near.amax(1) > 0, near.argmax(1), 0)


def check_share(name: str, value: float) -> None:
    """Raise InputError where ``value`` is no share above 0."""
    if not 0 < value <= 1:
        raise InputError(f"{name} is {value}: it must be above 0 and at most 1")
