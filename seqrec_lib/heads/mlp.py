"""The article's head: an MLP between the last state and the item vectors. Size: ``D`` width."""

from __future__ import annotations

from torch import Tensor, nn


class MLP(nn.Module):
    """Two linear layers with a ReLU between: ``(..., D) -> (..., D)``, the article's head.

    Its output is compared with item vectors by :func:`dot_scores`; when these are the input
    embeddings, the output layer is tied (Press & Wolf 2017).
    """

    def __init__(self, dim: int, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(dim, width), nn.Linear(width, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor) -> Tensor:
        return self.outer(self.dropout(self.inner(states).relu()))
