"""What a ranker is trained on: one step of each history against random items, recalled ones, or both.

Sizes: ``B`` rows, ``V`` items, ``K`` negatives a row, ``C`` candidates that the first stage hands on.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from ..losses.objectives import Generators
from ..losses.sampled import draw_negatives
from ..messages import InputError
from ..models.recommender import AsksHistory
from .stages import Indexed


class RecalledObjective:
    """Cross-entropy of the next item against ``random`` uniform negatives and ``recalled`` ones.

    Of each row one step is drawn; its candidates read the history up to it. Random negatives are even over
    the items other than the target, recalled ones over what the first stage would hand on at that step but
    the target.

    Args:
        first: the first stage, trained; it does not change. random, recalled: how many negatives of each
            kind.
    """

    name = "recalled"

    def __init__(self, first: Indexed | None, random: int, recalled: int) -> None:
        if random < 0 or recalled < 0 or random + recalled < 1:
            raise InputError(f"{random} random and {recalled} recalled negatives: at least 1 is needed")
        if recalled and first is None:
            raise InputError("recalled negatives need a first stage to recall them")
        self.first, self.random, self.recalled = first, random, recalled

    def prepare(self, model: AsksHistory, split: Split) -> None:
        """Nothing is needed."""

    def __call__(self, model: AsksHistory, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        assert batch.targets is not None  # training rows have them
        chance = generators["negatives"]
        target, upto = _one_step(batch, chance)
        parts = [target[:, None]]
        if self.random:
            parts.append(draw_negatives(target, model.n_items, self.random, chance))
        if self.recalled:
            assert self.first is not None
            parts.append(self._recalled(self.first, batch, target, upto, chance))
        candidates = torch.cat(parts, dim=1)  # (B, 1 + K)
        scores = model.logits(batch, candidates.clamp(min=1), upto[:, None].expand_as(candidates))
        scores = scores.masked_fill(candidates == 0, -torch.inf)
        return F.cross_entropy(scores, torch.zeros_like(target)), len(target)

    def _recalled(
        self, first: Indexed, batch: Batch, target: Tensor, upto: Tensor, chance: torch.Generator
    ) -> Tensor:
        """``(B, recalled)`` items; 0 where too few were recalled."""
        step = torch.arange(batch.items.shape[1], device=batch.items.device)
        asked = Batch(batch.items * (step < upto[:, None]), upto, batch.times, batch.query_time)
        items = first.recall(asked).items.to(target.device)  # (B, C)
        good = (items > 0) & (items != target[:, None])
        draw = torch.rand(items.shape, generator=chance, device=chance.device).to(target.device)
        order = draw.masked_fill(~good, -1.0).topk(min(self.recalled, items.shape[1]), dim=1).indices
        return items.gather(1, order) * good.gather(1, order)


def _one_step(batch: Batch, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """``(target (B,), how many first steps are its history (B,))`` of one step of each row, drawn evenly."""
    assert batch.targets is not None
    real = batch.targets > 0
    draw = torch.rand(real.shape, generator=chance, device=chance.device).to(real.device)
    at = draw.masked_fill(~real, -1.0).argmax(1)
    return batch.targets[torch.arange(len(at), device=at.device), at].clamp(min=1), at + 1
