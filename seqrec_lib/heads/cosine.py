"""Scores by the cosine: states and item vectors of length 1, and a temperature."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ..messages import InputError


class UnitLength(nn.Module):
    """States of length 1, divided by a temperature: beside item vectors of length 1 the score is a cosine.

    Args:
        temperature: a cosine lies between -1 and 1: over many items that is too little to be sure of one.
    """

    def __init__(self, temperature: float) -> None:
        super().__init__()
        if not temperature > 0:
            raise InputError(f"temperature is {temperature}: it must be above 0")
        self.temperature = temperature

    def forward(self, states: Tensor) -> Tensor:
        """``(..., D)`` to ``(..., D)``, of length 1 / temperature."""
        return F.normalize(states, dim=-1) / self.temperature
