"""What an item table offers. Sizes: ``B`` batch, ``D`` width, ``V`` items, ``C`` candidates."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class ItemTable(nn.Module, ABC):
    """Vectors of items 0 to V that need not stand in memory one by one. That of 0, padding, is 0."""

    def __init__(self, rows: int, dim: int) -> None:
        super().__init__()
        self.rows, self.dim = rows, dim

    @abstractmethod
    def forward(self, items: Tensor) -> Tensor:
        """``(...,) -> (..., D)``: the vectors of these items."""

    @property
    def weight(self) -> Tensor:
        """``(V+1, D)``: all vectors at once, made anew at each call, with gradients where there are any."""
        device = next(iter([*self.parameters(), *self.buffers()])).device
        found: Tensor = self(torch.arange(self.rows, device=device))
        return found

    def scores(self, states: Tensor) -> Tensor:
        """``(B, D) -> (B, V+1)``: dot products with every vector, column 0 too."""
        return states @ self.weight.T

    def score_items(self, states: Tensor, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` with minus infinity in column 0, or ``(B, C)``, of states ``(B, D)``."""
        if candidates is not None:
            found: Tensor = (self(candidates) @ states[:, :, None]).squeeze(-1)  # (B, C, D) @ (B, D, 1)
            return found
        scores = self.scores(states)
        scores[:, 0] = -float("inf")
        return scores

    def start_from_log(self, users: Tensor, items: Tensor) -> None:
        """Look at the training events ``(E,)``, ``(E,)`` once, before training. Most tables need none.

        Raises:
            InputError: a table that cannot be trained.
        """


def pad(vectors: Tensor, items: Tensor) -> Tensor:
    """``vectors`` ``(..., D)`` with 0 where ``items`` ``(...,)`` is padding."""
    return vectors * (items > 0).unsqueeze(-1).to(vectors.dtype)
