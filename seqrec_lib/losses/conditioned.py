"""The next item, given what the session still brings (decision transformer, Chen et al. 2021)."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from .returns import event_rewards, returns_to_go, target_rewards

Generators = dict[str, torch.Generator]


class ConditionedObjective:
    """Cross-entropy of each logged item; the model is told the return from that item on.

    Nothing is weighted: bad sessions teach what leads to bad returns. When it is asked, the model is told a
    return that somebody wishes for: the quantile ``asked_quantile`` of the returns of training rows.
    """

    name = "conditioned"

    def __init__(self) -> None:
        self.by_code: Tensor | None = None

    def prepare(self, model: Any, split: Split) -> None:
        """Reads what events are worth, and tells the model what it will be asked for."""
        self.by_code = event_rewards(model, split)
        every = returns_to_go(target_rewards(split.train, self.by_code))[:, 0]  # (B,): of whole rows
        model.ask(float(torch.quantile(every[:100_000], model.settings.asked_quantile)), self.by_code)

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        assert batch.targets is not None and batch.steps is not None  # ``batches`` gives both
        target = batch.targets.flatten()[batch.steps]  # (N,)
        wished = returns_to_go(target_rewards(batch, self.by_code))  # (B, T)
        states = model.states(batch, wished).flatten(0, 1)[batch.steps]  # (N, D)
        return F.cross_entropy(states @ model.item_matrix()[1:].T, target - 1), len(target)
