"""Training rows in random batches, and rows whose order is taken away.

Sizes: ``B`` rows, ``T`` time steps, ``N`` real steps with a target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from .batch import Batch


def shuffled(batch: Batch, seed: int = 0) -> Batch:
    """The batch with the items of each row in random order; everything else stays, padding too.

    What a model loses on it is what the order was worth to the model.
    """
    generator = torch.Generator().manual_seed(seed)
    key = torch.rand(batch.items.shape, generator=generator).to(batch.items.device)
    order = key.masked_fill(~batch.mask(), 2.0).argsort(1)  # padding sorts last, where it was
    return replace(batch, items=batch.items.gather(1, order))


def batches(
    train: Batch,
    size: int,
    generator: torch.Generator | None = None,
    shuffle: bool = True,
    bucket: int = 50,
    by: str = "rows",
    own: Callable[[Tensor], Tensor] | None = None,
) -> Iterator[Batch]:
    """Yield ``train`` in random batches of ``size`` rows, rows of like length together.

    Rows are shuffled, then sorted by length within groups of ``bucket`` batches, so that little
    is spent on padding; the batches come in random order. Each epoch sees every row once. What
    decides the shape of a batch, its lengths and the ``steps`` that have a target, is read on the
    CPU: no batch makes a GPU wait.

    Args:
        by: what batches have in common. ``rows``: each has ``size`` rows; one of short rows asks for few
            items, and each of those then weighs more in its mean. ``steps``: there are as many batches,
            but each has about as many real steps, so short rows stand with more rows beside them.
        own: which of a batch's row numbers this process takes; None: all of them.
    """
    n = len(train)
    order = torch.randperm(n, generator=generator) if shuffle else torch.arange(n)
    lengths = train.lengths.cpu()
    asked = None if train.targets is None else (train.targets > 0).cpu()  # (rows, T)
    if shuffle and bucket > 1:
        group = torch.arange(n) // (size * bucket)
        order = order[torch.argsort(lengths[order] + group * (int(lengths.max()) + 1), stable=True)]
    parts = order.split(size if by == "rows" else _even_cuts(lengths[order], size))
    if shuffle:
        parts = [parts[i] for i in torch.randperm(len(parts), generator=generator)]
    for part in parts if own is None else map(own, parts):
        width = int(lengths[part].max())
        batch = train.rows(_sent(part, train.items.device)).trim(width)
        if asked is not None:
            steps = asked[part, :width].flatten().nonzero()[:, 0]
            batch.steps = _sent(steps, train.items.device)
        yield batch


def _sent(index: Tensor, device: torch.device) -> Tensor:
    """``index`` on ``device``; on a GPU from pinned memory, so that nobody waits until it has arrived."""
    return index.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else index.to(device)


def _even_cuts(lengths: Tensor, size: int) -> list[int]:
    """How many rows each batch takes, so that all have about as many steps as ``size`` rows on average."""
    budget = size * lengths.double().mean()
    middle = lengths.double().cumsum(0) - lengths / 2
    return torch.unique_consecutive((middle / budget).long(), return_counts=True)[1].tolist()
