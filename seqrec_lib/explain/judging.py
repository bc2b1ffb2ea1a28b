"""How good is an explanation: does it name the cause, does it move the model, do two of them agree?

Sizes: ``N`` histories, ``T`` events.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..messages import InputError
from .game import Game


def cause_first(shares: Tensor, cause: Tensor, lengths: Tensor) -> Tensor:
    """Whether the cause has the largest share: ``(N,)``; one in n where n events tie for it.

    Args:
        shares: ``(N, T)``, of an explanation. cause: ``(N,)`` event numbers. lengths: ``(N,)``.
    """
    real = torch.arange(shares.shape[1]) < lengths[:, None]
    own = shares.masked_fill(~real, -torch.inf)
    top = own.max(1, keepdim=True).values
    first = own == top  # (N, T)
    row = torch.arange(len(cause))
    return first[row, cause].double() / first.sum(1)


def deletion_curve(game: Game, shares: Tensor, most: int | None = None) -> Tensor:
    """v after the events with the largest shares are taken away, 0 to ``most`` of them: ``(most + 1,)``.

    A curve that falls fast found what the model leans on. Events are taken by their signed shares: those that
    speak against the item go last. Ties go by place, the newest first.
    """
    t = game.events
    if len(shares) != t:
        raise InputError(f"{len(shares)} shares for {t} events")
    most = t if most is None else min(most, t)
    order = t - 1 - shares.flip(0).argsort(descending=True, stable=True)
    gone = torch.empty(t, dtype=torch.int64)
    gone[order] = torch.arange(t)  # when each event leaves, from 0
    return game(gone[None, :] >= torch.arange(most + 1)[:, None])  # (most + 1, T)


def kendall_tau(one: Tensor, other: Tensor) -> float:
    """Kendall's tau-b of two explanations ``(T,)`` of one history: 1 the same order, 0 none, -1 turned round.

    Pairs of events that tie in one of them count for neither; nan where all tie.
    """
    first, second = (torch.sign(x[:, None] - x[None, :]).double() for x in (one, other))
    upper = torch.triu(torch.ones_like(first), 1)
    both = (first * second * upper).sum()
    untied = [(sign.abs() * upper).sum() for sign in (first, second)]
    return float(both / (untied[0] * untied[1]).sqrt())
