"""Scores as dot products with item vectors.

Sizes: ``B`` batch, ``D`` width, ``V`` items, ``C`` candidates.
"""

from __future__ import annotations

from torch import Tensor


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
