"""Attention on two levels: within each session, then over the sessions (Yang et al. 2016, for sentences).

Sizes: ``B`` histories, ``T`` steps, ``D`` width. Sessions are numbered from 0 in each row and never fall
along it. In a mask True means "may look".
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .functions import masked_softmax


class TwoLevels(NamedTuple):
    """What :func:`two_level` gives, each ``(B, T, T)`` but the first.

    Attributes:
        output: ``(B, T, D)``. weights: of each item: the product of the other two.
        within: an item's share of its own session; they sum to 1 in each session that is seen.
        across: the share of the session that item j belongs to, in the column of each of its items.
    """

    output: Tensor
    weights: Tensor
    within: Tensor
    across: Tensor


def session_numbers(times: Tensor, lengths: Tensor, gap: float) -> Tensor:
    """``(B, T)`` int64: a step more than ``gap`` seconds after the one before it opens a session.

    Padding has a session of its own, so that a row's last real session ends with its last real step.
    """
    real = torch.arange(times.shape[1], device=times.device) < lengths[:, None]
    opens = torch.zeros_like(real)
    late = times[:, 1:] - times[:, :-1] > gap
    # in words of logic, because onnxruntime chooses between numbers alone
    opens[:, 1:] = (real[:, 1:] & late) | (~real[:, 1:] & real[:, :-1])
    return opens.long().cumsum(1)


def session_ends(session: Tensor) -> Tensor:
    """``(B, T)`` int64: where the session of each step ends; ``session`` is ``(B, T)``."""
    steps = session.shape[1]
    later = session[:, :, None] == session[:, None, :]  # (B, T, T)
    return (later * torch.arange(steps, device=session.device)).amax(-1)


def session_shares(scores: Tensor, session: Tensor, allowed: Tensor) -> Tensor:
    """Softmax of ``scores`` ``(B, T, T)`` within each session, over what ``allowed`` ``(B, T, T)`` opens.

    Row t, column j: the share of item j in its own session as step t sees it; 0 where it may not look. The
    largest score of each session is taken off before exp, so that none vanishes beside a stronger one.
    """
    index = session[:, None, :].expand_as(scores)
    seen = scores.masked_fill(~allowed, -torch.inf)
    top = torch.full_like(scores, -torch.inf).scatter_reduce(-1, index, seen.detach(), "amax")
    odds = (seen - top.gather(-1, index).masked_fill(~allowed, 0.0)).exp()
    total = torch.zeros_like(odds).scatter_add(-1, index, odds).gather(-1, index)
    return odds / total.masked_fill(~allowed, 1.0)


def session_vectors(shares: Tensor, states: Tensor, session: Tensor) -> Tensor:
    """``(B, T, D)``: at step j the vector of j's session as far as j, by the shares of row j."""
    return (shares * (session[:, :, None] == session[:, None, :])) @ states


def two_level(
    shares: Tensor, session_scores: Tensor, states: Tensor, session: Tensor, allowed: Tensor
) -> TwoLevels:
    """Weigh the sessions, and multiply each session's weight into its items.

    Args:
        shares: ``(B, T, T)``, of :func:`session_shares`.
        session_scores: ``(B, T, T)``: what step t gives to the vector of the session that ends, as far as
            t sees, at step j. Only those columns are read: one vote a session, however long it is.
        states: ``(B, T, D)``. session: ``(B, T)``. allowed: ``(B, T, T)`` bool, causal.

    A session of which a step sees nothing is not asked, so nothing is divided by 0.
    """
    steps = states.shape[1]
    last = torch.ones_like(session, dtype=torch.bool)
    last[:, :-1] = session[:, 1:] != session[:, :-1]
    itself = torch.eye(steps, dtype=torch.bool, device=states.device)
    vote = masked_softmax(session_scores, allowed & (last[:, None] | itself))  # (B, T, T)
    index = session[:, None, :].expand_as(vote)
    across = torch.zeros_like(vote).scatter_add(-1, index, vote).gather(-1, index) * allowed
    weights = shares * across
    return TwoLevels(weights.to(states.dtype) @ states, weights, shares, across)
