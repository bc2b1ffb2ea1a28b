"""Scores as dot products with item vectors.

Sizes: ``B`` batch, ``D`` width, ``V`` items, ``C`` candidates.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ..messages import InputError


def dot_scores(states: Tensor, item_matrix: Tensor, candidates: Tensor | None = None) -> Tensor:
    """Scores = state . item vector.

    Args:
        states: ``(B, D)``. item_matrix: ``(V+1, D)``, row 0 is padding.
        candidates: ``(B, C)`` int64 items, or None for all.

    Returns:
        ``(B, V+1)`` with minus infinity in column 0, or ``(B, C)``.
    """
    if candidates is not None:
        return (item_matrix[candidates] @ states[:, :, None]).squeeze(-1)  # (B, C, D) @ (B, D, 1)
    scores = states @ item_matrix.T
    scores[:, 0] = -float("inf")
    return scores


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
