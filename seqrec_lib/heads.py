"""Heads: from a history's state to scores for items.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``V`` items, ``C`` candidates.
"""

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
