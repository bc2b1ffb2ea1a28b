"""What a ranker is trained on: some steps of each history against random items, recalled ones, or both.

Sizes: ``B`` rows, ``S`` steps drawn of each row, ``V`` items, ``K`` negatives a step, ``C`` candidates that
the first stage hands on.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from ..losses.drawing import draw_negatives
from ..losses.objectives import Generators
from ..messages import InputError
from ..models.recommender import AsksHistory
from .stages import Indexed


class RecalledObjective:
    """Cross-entropy of the next item against ``random`` uniform negatives and ``recalled`` ones.

    The candidates of a step read the history up to it. Random negatives are even over the items other than
    the target, recalled ones over what the first stage would hand on at that step but the target.

    Args:
        first: the first stage, trained; it does not change. random, recalled: how many negatives of each
            kind.
        steps: how many steps of each row are drawn. add: as in :class:`TwoStage`.
        lost: train also on steps whose target the first stage would not hand on. Against recalled negatives
            alone such a target teaches that what was recalled is wrong.
        correct: subtract from each score, the target's too, the logarithm of how often the item is to be
            expected among the negatives: the softmax then aims at all items (Yi et al. 2019).
    """

    name = "recalled"

    def __init__(
        self, first: Indexed, random: int, recalled: int, steps: int = 1, add: bool = False,
        lost: bool = True, correct: bool = False,
    ) -> None:  # fmt: skip
        if random < 0 or recalled < 0 or random + recalled < 1:
            raise InputError(f"{random} random and {recalled} recalled negatives: at least 1 is needed")
        if steps < 1:
            raise InputError(f"steps is {steps}: at least 1 step of each row is needed")
        if correct and not random:
            raise InputError("correct needs random negatives: else most targets could never be negatives")
        self.first, self.random, self.recalled = first, random, recalled
        self.steps, self.add, self.lost, self.correct = steps, add, lost, correct

    def prepare(self, model: AsksHistory, split: Split) -> None:
        """Nothing is needed."""

    def __call__(self, model: AsksHistory, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        assert batch.targets is not None  # training rows have them
        chance = generators["negatives"]
        target, upto = _some_steps(batch, self.steps, chance)  # (B, S) each; 0 where a row has fewer
        b, s = target.shape
        asked, target = _cut(batch, upto), target.flatten()  # (B * S) histories
        handed = self.first.recall(asked).items.to(target.device)  # (B * S, C)
        parts = [target[:, None]]
        if self.random:
            parts.append(draw_negatives(target.clamp(min=1), model.n_items, self.random, chance))
        if self.recalled:
            parts.append(_some_of(handed, target, self.recalled, chance))
        candidates = torch.cat(parts, dim=1)  # (B * S, 1 + K)
        each = candidates.shape[1]
        seen = upto.clamp(min=1).repeat_interleave(each, 1)  # (B, S * (1 + K))
        scores = model.logits(batch, candidates.clamp(min=1).view(b, s * each), seen).view(b * s, each)
        if self.add:
            scores = scores + self.first.scores(asked, candidates)
        inside = (candidates[:, :, None] == handed[:, None, :]).any(2)  # (B * S, 1 + K)
        if self.correct:
            count = self.random / model.n_items + inside * (self.recalled / handed.shape[1])
            scores = scores - count.log()
        trained = (target > 0) & (inside[:, 0] | self.lost)
        scores = scores.masked_fill(candidates == 0, -torch.inf)[trained]
        if not len(scores):  # nothing to learn from, and the loop still wants a gradient
            return 0 * model.logits(batch, candidates[:b, :1].clamp(min=1)).sum(), 1
        return F.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.int64).to(target)), len(scores)


def _some_of(items: Tensor, target: Tensor, count: int, chance: torch.Generator) -> Tensor:
    """``(N, count)`` of each row of ``items`` ``(N, C)``, never its target; 0 where there are too few."""
    good = (items > 0) & (items != target[:, None])
    draw = torch.rand(items.shape, generator=chance, device=chance.device).to(items.device)
    order = draw.masked_fill(~good, -1.0).topk(min(count, items.shape[1]), dim=1).indices
    return items.gather(1, order) * good.gather(1, order)


def _some_steps(batch: Batch, steps: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """``(targets, how many first steps are the history)``, both ``(B, S)``, drawn evenly without repeats."""
    assert batch.targets is not None
    draw = torch.rand(batch.targets.shape, generator=chance, device=chance.device).to(batch.targets.device)
    steps = min(steps, batch.targets.shape[1])
    at = draw.masked_fill(batch.targets == 0, -1.0).topk(steps, dim=1).indices  # (B, S)
    target = batch.targets.gather(1, at)
    return target, (at + 1) * (target > 0)


def _cut(batch: Batch, upto: Tensor) -> Batch:
    """The first ``upto`` ``(B, S)`` steps of each row, a history each: ``B * S`` rows; at least 1 step."""
    upto = upto.clamp(min=1).flatten()
    row = torch.arange(len(batch), device=upto.device).repeat_interleave(len(upto) // len(batch))
    whole = Batch(batch.items[row], upto, None if batch.times is None else batch.times[row])
    whole.items = whole.items * whole.mask()
    if batch.times is not None and batch.query_time is not None:  # asked for when the target came
        whole.query_time = batch.request_times()[row, upto - 1]
    return whole
