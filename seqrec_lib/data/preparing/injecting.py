"""Events that nobody meant: random items put into histories, to see how much a model minds.

Sizes: ``N`` cases, ``T`` steps.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from ..batch import Cases
from ..errors import DataError


def inject(cases: Cases, share: float, n_items: int, max_len: int, seed: int = 0) -> Cases:
    """The same cases, each history with random items among its own: ``share`` of its length, rounded.

    Places and items are uniform, the place before the first event and the one after the last included. What
    is asked for, and which items may be ranked, stay as they were. An injected event has the time of the
    event before it, or of the first.

    Args:
        share: 0.2 puts 4 random items into a history of 20. max_len: of the longer histories, the newest so
            many events are kept.

    Raises:
        DataError: a share below 0.
    """
    if not 0 <= share < float("inf"):
        raise DataError(f"share is {share}: it must be 0 or more")
    if share == 0:
        return cases
    batch = cases.batch
    generator = torch.Generator().manual_seed(seed)
    lengths = batch.lengths.cpu()
    counts = (share * lengths).round().long()  # (N,)
    most = int(counts.max())
    drawn = torch.randint(1, n_items + 1, (len(batch), most), generator=generator)
    place = torch.rand(drawn.shape, generator=generator) * (lengths + 1)[:, None] - 1  # after which event
    extra = torch.arange(most) < counts[:, None]
    step = torch.arange(batch.items.shape[1]).expand(batch.items.shape)
    late = torch.finfo(torch.float32).max  # padding sorts last
    key = torch.cat(
        [
            step.float().masked_fill(step >= lengths[:, None], late),
            (place.clamp(min=-1) + 1e-4).masked_fill(~extra, late),
        ],
        dim=1,
    ).to(batch.items.device)
    order = key.argsort(dim=1, stable=True)  # (N, T + most)
    whole = (lengths + counts).to(batch.items.device)
    kept = whole.clamp(max=max_len)
    column = torch.arange(int(kept.max()), device=order.device) + (whole - kept)[:, None]
    order = order.gather(1, column.clamp(max=order.shape[1] - 1))  # the newest kept events
    real = torch.arange(order.shape[1], device=order.device) < kept[:, None]
    items = torch.cat([batch.items, drawn.to(order.device)], dim=1).gather(1, order) * real
    times = batch.times
    if times is not None:
        before = place.floor().clamp(min=0).long().to(order.device).clamp(max=times.shape[1] - 1)
        times = torch.cat([times, times.gather(1, before)], dim=1).gather(1, order) * real
    changed = replace(
        batch, items=items, lengths=kept, times=times, events=None, features={}, targets=None, steps=None
    )
    return replace(cases, batch=changed)
