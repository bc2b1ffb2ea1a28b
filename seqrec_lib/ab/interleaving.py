"""Team-draft interleaving: one list from two rankings, and the clicks tell which team was better.

Sizes: ``N`` requests, ``K`` places of the list, ``R`` items of each ranking.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..messages import InputError


def team_draft(old: Tensor, new: Tensor, places: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Let two captains choose in turn (Chapelle et al. 2012).

    In each round a coin says who chooses first. Each captain takes the best item of the own ranking that
    nobody has taken yet, and it becomes the next item of the list.

    Args:
        old, new: ``(N, R)`` items, best first, all different in a row; R at least ``places``.

    Returns:
        ``(items (N, K), team (N, K))``; team is 0 where the old ranking chose and 1 where the new one did.

    Raises:
        InputError: shapes that do not fit, or rankings that are shorter than the list.
    """
    if old.shape != new.shape or old.dim() != 2 or not 1 <= places <= old.shape[1]:
        raise InputError("old and new must be (N, R), with at least as many items as the list has places")
    rankings = torch.stack([old, new], 1)  # (N, 2, R)
    rows, most = torch.arange(len(old)), int(rankings.max()) + 1
    taken = torch.zeros(len(old), most, dtype=torch.bool)
    items, team = torch.zeros(2, len(old), places, dtype=torch.int64)
    turn = torch.zeros(len(old), dtype=torch.int64)
    for place in range(places):
        turn = 1 - turn if place % 2 else torch.randint(2, (len(old),), generator=generator)
        mine = rankings[rows, turn]  # (N, R)
        free = ~taken.gather(1, mine)
        item = mine[rows, free.long().argmax(1)]  # the first that is free
        taken[rows, item] = True
        items[:, place], team[:, place] = item, turn
    return items, team


def credit(clicks: Tensor, team: Tensor) -> Tensor:
    """``(N,)``: clicks on the new team's items minus clicks on the old team's; both ``(N, K)``.

    Its mean is above 0 where users prefer what the new ranking chose. It is no number of clicks that a
    service would gain.
    """
    if clicks.shape != team.shape:
        raise InputError("clicks and team must be (N, K) each")
    return (clicks.double() * (2 * team - 1)).sum(1)
