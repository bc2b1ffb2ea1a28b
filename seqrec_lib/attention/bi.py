"""Bi-attention: a history and a slate ask each other (Seo et al. 2017, section 2, part 4).

Sizes: ``B`` histories, ``T`` steps, ``C`` candidates, ``D`` width. In a mask True means real.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .functions import masked_softmax


class BiAttention(NamedTuple):
    """What :func:`bi_attention` gives.

    Attributes:
        mixed: ``(B, T, 4D)``: [h, u~, h * u~, h * h~] of each step.
        to_slate: ``(B, T, C)``: which candidates each step looks at; rows sum to 1.
        to_history: ``(B, 1, T)`` or ``(B, T, T)``: which steps the slate looks at; rows sum to 1.
    """

    mixed: Tensor
    to_slate: Tensor
    to_history: Tensor


def similarity(states: Tensor, slate: Tensor, w: Tensor) -> Tensor:
    """``S[t, j] = w . [h_t, u_j, h_t * u_j]`` of every pair: ``(B, T, C)``.

    Args:
        states: ``(B, T, D)``. slate: ``(B, C, D)`` or ``(C, D)``, the same for every history. w: ``(3D,)``.

    Three products give it, so that the ``(B, T, C, 3D)`` numbers of the formula are never held at once.
    """
    of_state, of_slate, of_both = w.chunk(3)
    return (
        (states @ of_state)[..., None]  # (B, T, 1)
        + (slate @ of_slate)[..., None, :]  # (B, 1, C) or (1, C)
        + (states * of_both) @ slate.transpose(-2, -1)  # (B, T, C)
    )


def bi_attention(
    states: Tensor,
    slate: Tensor,
    w: Tensor,
    real: Tensor | None = None,
    shown: Tensor | None = None,
    causal: bool = False,
) -> BiAttention:
    """Both directions, and what they give side by side.

    Args:
        states: ``(B, T, D)``. slate: ``(B, C, D)`` or ``(C, D)``. w: ``(3D,)``.
        real: ``(B, T)`` bool, which steps are no padding. shown: ``(B, C)`` or ``(C,)`` bool, likewise.
        causal: the slate's look at the history ends at each step t, so that row t knows nothing later.
            In the paper one look at the whole context is repeated for all rows.
    """
    scores = similarity(states, slate, w)  # (B, T, C)
    open_ = None if shown is None else shown[..., None, :].expand_as(scores)
    to_slate = masked_softmax(scores, open_)  # (B, T, C)
    answer = to_slate.to(slate.dtype) @ slate  # (B, T, D), u~
    best = (scores if open_ is None else scores.masked_fill(~open_, -torch.inf)).amax(-1)  # (B, T)
    steps = states.shape[1]
    if causal:
        allowed = torch.ones(steps, steps, dtype=torch.bool, device=states.device).tril()
        best = best[:, None].expand(-1, steps, -1)  # (B, T, T)
    else:
        allowed = torch.ones(1, steps, dtype=torch.bool, device=states.device)
        best = best[:, None]  # (B, 1, T)
    if real is not None:
        allowed = allowed & real[:, None]
    to_history = masked_softmax(best, allowed)  # (B, 1 or T, T)
    met = to_history.to(states.dtype) @ states  # (B, 1 or T, D), h~
    mixed = torch.cat([states, answer, states * answer, states * met.expand_as(states)], dim=-1)
    return BiAttention(mixed, to_slate, to_history)
