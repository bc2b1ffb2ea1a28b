"""Training histories that were followed by the same item. Sizes: ``B`` rows, ``T`` steps, ``V`` items."""

from __future__ import annotations

import torch
from torch import Tensor

from .batch import Batch


def prefixes(batch: Batch, lengths: Tensor) -> Batch:
    """The first ``lengths`` ``(B,)`` steps of each row, cut to the longest; items alone."""
    width = int(lengths.max())
    items = batch.items[:, :width]
    step = torch.arange(width, device=items.device)
    return Batch(items=items.masked_fill(step >= lengths[:, None], 0), lengths=lengths)


def draw_prefixes(batch: Batch, generator: torch.Generator) -> tuple[Batch, Tensor]:
    """``(histories, targets (B,))``: the first t steps of each row, t drawn from 1 to its length."""
    assert batch.targets is not None  # training rows have them
    chance = torch.rand(len(batch), generator=generator, device=batch.items.device)
    length = (chance * batch.lengths).long() + 1
    return prefixes(batch, length), batch.targets[torch.arange(len(batch), device=length.device), length - 1]


class SameTarget:
    """An index of training rows by what followed: for a target, where it follows a history.

    Args:
        train: rows with targets. n_items: V.
    """

    def __init__(self, train: Batch, n_items: int) -> None:
        assert train.targets is not None  # training rows have them
        self.train = train
        flat = (train.targets * train.mask()).flatten()  # (B * T,)
        self.places = flat.argsort(stable=True)  # those of one target stand together
        self.count = torch.bincount(flat, minlength=n_items + 1)
        self.start = self.count.cumsum(0) - self.count

    def draw(self, target: Tensor, generator: torch.Generator, own: Tensor | None = None) -> Batch:
        """A training history with each ``target`` ``(B,)``, drawn.

        Args:
            own: ``(B,)`` rows of ``train`` that are asked for; another row is given where there is one. None:
                the same row may come.
        """
        chance = torch.rand(len(target), generator=generator, device=target.device)
        number = (chance * self.count[target]).long()
        width = self.train.items.shape[1]
        if own is not None:
            here = self.places[self.start[target] + number].div(width, rounding_mode="floor") == own
            number = torch.where(here, (number + 1) % self.count[target], number)
        place = self.places[self.start[target] + number]
        rows = place.div(width, rounding_mode="floor")
        return prefixes(self.train.rows(rows), place % width + 1)
