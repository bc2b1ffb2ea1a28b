"""Keep the best weights; stop when they have not changed for a while."""

from __future__ import annotations

from typing import TypedDict

import torch
from torch import Tensor, nn


class Kept(TypedDict):
    """What an :class:`EarlyStopping` remembers beside the weights, for a checkpoint."""

    value: float | None
    epoch: int | None
    waited: int


class EarlyStopping:
    """The best weights by a validation metric, and how long ago they were found.

    Args:
        patience: evaluations without a better value before :attr:`spent` turns True; 0 is never.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.value: float | None = None
        self.epoch: int | None = None
        self.weights: dict[str, Tensor] | None = None
        self.waited = 0

    def look(self, value: float, epoch: int, model: nn.Module) -> bool:
        """Take note of an evaluation; True when it is the best so far, and then keep the weights."""
        if self.value is not None and value <= self.value:
            self.waited += 1
            return False
        self.value, self.epoch, self.waited = value, epoch, 0
        self.weights = copy_weights(model)
        return True

    @property
    def spent(self) -> bool:
        """True when the patience is used up."""
        return 0 < self.patience <= self.waited

    def restore(self, model: nn.Module) -> bool:
        """Put the best weights into ``model``; False when no evaluation took place yet."""
        if self.weights is None:
            return False
        model.load_state_dict(self.weights)
        return True

    def state(self) -> Kept:
        """Value, epoch and waiting time as plain values, for a checkpoint; the weights go beside them."""
        return {"value": self.value, "epoch": self.epoch, "waited": self.waited}

    def set_state(self, state: Kept, weights: dict[str, Tensor] | None) -> None:
        """Put back what :meth:`state` returned, and the best weights."""
        self.value, self.epoch, self.waited = state["value"], state["epoch"], state["waited"]
        self.weights = weights


def copy_weights(model: nn.Module) -> dict[str, Tensor]:
    """A copy on the CPU of the model's state, each tensor with memory of its own."""
    return {
        name: value.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
        for name, value in model.state_dict().items()
    }
