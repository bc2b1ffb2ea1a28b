"""Cloze: hide some items of each row and guess them from what is left (Taylor 1953; Devlin et al. 2019).

Sizes: ``B`` rows, ``T`` steps, ``N`` hidden ones, ``D`` width, ``V`` items.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from ..models.recommender import FillsGaps
from .named import with_popularity

Generators = dict[str, torch.Generator]


class MaskedObjective:
    """The hidden items of each row are guessed; what can be seen adds nothing to the loss.

    Rows are whole: the items of a training row and, at its end, its last target. So as many items are seen
    as by the objective of the next item, but only the hidden ones are targets.

    Args:
        loss: called as those in ``LOSSES``, with the hidden steps alone. negatives: see ``TrainingSettings``.
    """

    name = "masked"

    def __init__(self, loss: Callable[..., Tensor], negatives: int = 1) -> None:
        self.loss, self.negatives = loss, negatives

    def prepare(self, model: FillsGaps, split: Split) -> None:
        self.loss = with_popularity(self.loss, split)

    def __call__(self, model: FillsGaps, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        whole = with_last_target(batch)
        width = whole.items.shape[1]
        gaps = draw_gaps(whole.lengths, width, model.masked, model.mask_last, generators["masks"])
        hidden, target = model.fill(whole, gaps)[gaps], whole.items[gaps]  # (N, D), (N,)
        value = self.loss(
            hidden,
            target,
            model.item_matrix(),
            generator=generators["negatives"],
            negatives=self.negatives,
        )
        return value, len(target)


def with_last_target(batch: Batch) -> Batch:
    """Items and lengths of the rows, each with its last target at its end: ``(B, T + 1)``."""
    assert batch.targets is not None  # training rows have them
    room = batch.items.new_zeros(len(batch), 1)
    items = torch.cat([batch.items, room], dim=1)  # (B, T + 1)
    items = items.scatter(1, batch.lengths[:, None], batch.last(batch.targets)[:, None])
    return Batch(items=items, lengths=batch.lengths + 1)


def draw_gaps(
    lengths: Tensor, width: int, share: float, last: float = 0.0, generator: torch.Generator | None = None
) -> Tensor:
    """``(B, width)`` bool: which steps are hidden; padding never is.

    Args:
        lengths: ``(B,)``. share: of each row's items that are hidden, rounded, at least one.
        last: chance of a row to have its last item hidden and no other, as when the next item is asked for.
    """
    place = generator.device if generator is not None else lengths.device
    key = torch.rand(len(lengths), width, generator=generator, device=place).to(lengths.device)
    only_last = torch.rand(len(lengths), generator=generator, device=place).to(lengths.device) < last
    step = torch.arange(width, device=lengths.device)
    rank = key.masked_fill(step >= lengths[:, None], 2.0).argsort(1).argsort(1)  # (B, width), padding last
    count = (share * lengths).round().clamp(min=1)
    at_end = step == lengths[:, None] - 1
    return torch.where(only_last[:, None], at_end, rank < count[:, None])
