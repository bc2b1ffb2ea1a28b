"""The oracle before each event of each history: what comes next, and whether the past calls for it.

Sizes: ``B`` histories, ``T`` steps.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..batch import Batch
from . import causes
from .asking import Process
from .oracle import beliefs


class EveryStep(NamedTuple):
    """What the oracle says of the target of each step.

    Attributes:
        rank: ``(B, T)`` int64: the target's place in the order of p; 0 where there is none.
        earlier: ``(B, T)``: how much of the target the posterior gives to an event before the last one.
    """

    rank: Tensor
    earlier: Tensor


def at_every_step(world: Process, batch: Batch) -> EveryStep:
    """The oracle's rank of each of ``batch.targets``, and how far back its cause lies.

    ``batch`` holds whole histories from their first event on; rows that were cut would lack causes.
    """
    assert batch.targets is not None  # training rows have them
    items, times, targets = batch.items, batch.times, batch.targets
    b, t = items.shape
    times = torch.zeros(b, t, dtype=torch.float64) if times is None else times
    query = times[:, -1] if batch.query_time is None else batch.query_time
    rank, earlier = torch.zeros(b, t, dtype=torch.int64), torch.zeros(b, t, dtype=torch.float64)
    for step, _, belief in beliefs(world.settings, world.tables, items, times, query, batch.lengths):
        if not step:
            continue  # nothing was seen yet, so there is no step whose target this is
        target = targets[:, step - 1]
        p = belief.next_item()
        rank[:, step - 1] = (p > p.gather(1, target[:, None])).sum(1) + 1
        found = causes.posterior(belief, target, t)  # (B, T+1), the last column is "none"
        earlier[:, step - 1] = found[:, : step - 1].sum(1)
    real = targets > 0
    return EveryStep(rank * real, earlier * real)


def oracle_surprise(world: Process, batch: Batch) -> Tensor:
    """``(B, T)`` float64: -log of the oracle's p of each of ``batch.targets``, in nats; 0 without a target.

    ``batch`` holds whole histories from their first event on, as in :func:`at_every_step`.
    """
    assert batch.targets is not None  # training rows have them
    items, times, targets = batch.items, batch.times, batch.targets
    times = torch.zeros(items.shape, dtype=torch.float64) if times is None else times
    query = times[:, -1] if batch.query_time is None else batch.query_time
    found = torch.zeros(items.shape, dtype=torch.float64)
    for step, _, belief in beliefs(world.settings, world.tables, items, times, query, batch.lengths):
        if step:
            p = belief.next_item().gather(1, targets[:, step - 1, None])[:, 0]
            found[:, step - 1] = -p.clamp(min=1e-300).log()
    return found * (targets > 0)
