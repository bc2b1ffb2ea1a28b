"""Weights averaged over the steps of training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class Average:
    """A running mean of a model's weights (Polyak & Juditsky 1992), in which old steps fade.

    After each step every averaged weight becomes ``decay`` times itself plus ``1 - decay`` times the new one.
    The first steps, which started from noise, would stay in it for long, so the n-th step after the first
    keeps at most n / (n + 9): the mean forgets them, and reaches ``decay`` later.

    Args:
        decay: above 0 and below 1; 0.999 averages about the last 1,000 steps.
    """

    def __init__(self, decay: float) -> None:
        self.decay, self.steps = decay, 0
        self.weights: dict[str, Tensor] = {}  # those of the first step, once there is one

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take in the weights of ``model`` after one more step."""
        if not self.weights:
            self.weights = _copied(model)
            return
        self.steps += 1
        kept = min(self.decay, self.steps / (self.steps + 9))
        for name, parameter in model.named_parameters():
            self.weights[name].lerp_(parameter, 1 - kept)

    @contextmanager
    def inside(self, model: nn.Module) -> Iterator[None]:
        """Within the block ``model`` has the averaged weights, if there are any; afterwards its own again."""
        own = _copied(model)
        _put(self.weights or own, model)
        try:
            yield
        finally:
            _put(own, model)

    def state(self) -> dict[str, object]:
        """What a checkpoint must hold."""
        weights = {name: weight.to("cpu", copy=True) for name, weight in self.weights.items()}
        return {"steps": self.steps, "weights": weights}

    def set_state(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Put back what :meth:`state` returned, on ``device``."""
        self.steps = int(state["steps"])
        self.weights = {name: weight.to(device, copy=True) for name, weight in state["weights"].items()}


def _copied(model: nn.Module) -> dict[str, Tensor]:
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


@torch.no_grad()
def _put(weights: dict[str, Tensor], model: nn.Module) -> None:
    for name, parameter in model.named_parameters():
        parameter.copy_(weights[name])
