"""Target attention: the candidate itself asks the history.

Sizes: ``B`` histories, ``C`` candidates, ``T`` steps, ``D`` width. In a mask True means a real step.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .functions import masked_softmax


def pair_features(candidates: Tensor, states: Tensor) -> Tensor:
    """``[q, k, q - k, q * k]`` of every pair: ``(B, C, D)``, ``(B, T, D)`` -> ``(B, C, T, 4D)``.

    Zhou et al. (2018) draw an "out product"; their code multiplies element by element, as here.
    """
    c, t = candidates.shape[1], states.shape[1]
    q = candidates[:, :, None].expand(-1, -1, t, -1)  # (B, C, T, D)
    k = states[:, None].expand(-1, c, -1, -1)  # (B, C, T, D)
    return torch.cat([q, k, q - k, q * k], dim=-1)


def pool(
    scores: Tensor, states: Tensor, mask: Tensor | None = None, normalise: bool = False
) -> tuple[Tensor, Tensor]:
    """Sum up a history for each candidate.

    Args:
        scores: ``(B, C, T)``. states: ``(B, T, D)``. mask: ``(B, T)`` or ``(B, C, T)`` bool, or None.
        normalise: False: the scores are the weights, as the paper says, so that a long history of fitting
            events gives a long vector. True: softmax over the steps, as the authors' code has it.

    Returns:
        ``(pooled (B, C, D), weights (B, C, T))``; weights at padding are 0.
    """
    open_ = mask[:, None] if mask is not None and mask.dim() == 2 else mask  # (B, 1 or C, T)
    if normalise:
        weights = masked_softmax(scores, open_)
    else:
        weights = scores if open_ is None else scores.masked_fill(~open_, 0.0)
    return weights.to(states.dtype) @ states, weights  # (B, C, T) @ (B, T, D)


class TargetAttention(nn.Module):
    """The activation unit of DIN (Zhou et al. 2018, section 4.3): an MLP scores each pair.

    Args:
        dim: D. width: of the one inner layer. normalise: softmax over the steps, of scores divided by
            the square root of D, as in the authors' code (din/model.py); the paper has none.
        reach: length of the longest history, to learn one number for each distance from the request that
            is added to the score; 0 learns none. It is no part of DIN, whose histories have no order.
    """

    def __init__(self, dim: int, width: int = 36, normalise: bool = False, reach: int = 0) -> None:
        super().__init__()
        self.normalise = normalise
        self.inner = nn.Linear(4 * dim, width)
        self.outer = nn.Linear(width, 1, bias=not normalise)  # which a softmax would cancel
        self.distance = nn.Parameter(torch.zeros(reach)) if reach else None

    def scores(self, candidates: Tensor, states: Tensor, seen: Tensor) -> Tensor:
        """``(B, C, D)``, ``(B, T, D)`` -> ``(B, C, T)``.

        The inner layer is linear in q and in k, so three of :func:`pair_features`' four parts need no pairs.

        Args:
            seen: how many of the first steps a candidate sees: ``(B,)``, the lengths, or ``(B, C)``.
        """
        of_q, of_k, of_less, of_both = self.inner.weight.chunk(4, dim=1)  # (width, D) each
        pairs = candidates[:, :, None] * states[:, None]  # (B, C, T, D)
        asked = candidates @ (of_q + of_less).T + self.inner.bias  # (B, C, width)
        shown = states @ (of_k - of_less).T  # (B, T, width)
        inner = torch.sigmoid(pairs @ of_both.T + asked[:, :, None] + shown[:, None])  # (B, C, T, width)
        found = self.outer(inner).squeeze(-1)  # (B, C, T)
        if self.normalise:
            found = found / math.sqrt(states.shape[-1])
        if self.distance is not None:
            away = _each(seen)[..., None] - 1 - _steps(states)  # (B, 1 or C, T)
            found = found + self.distance[away.clamp(0, len(self.distance) - 1)]
        return found

    def forward(self, candidates: Tensor, states: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """As :meth:`scores` -> ``(pooled (B, C, D), weights (B, C, T))``."""
        mask = _steps(states) < _each(seen)[..., None]  # (B, 1 or C, T)
        return pool(self.scores(candidates, states, seen), states, mask, self.normalise)


def _each(seen: Tensor) -> Tensor:
    return seen if seen.dim() == 2 else seen[:, None]  # (B, 1 or C)


def _steps(states: Tensor) -> Tensor:
    return torch.arange(states.shape[1], device=states.device)
