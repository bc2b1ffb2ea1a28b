"""Explanations that take events away: occlusion, and Shapley values, exact or by random orders.

Sizes: ``T`` events, ``M`` sets.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..messages import InputError
from .game import Game

MOST_EXACT = 12  # 2 ** 12 sets


def occlusion(game: Game) -> Tensor:
    """How far the log-probability falls when one event is taken away from the rest: ``(T,)``."""
    t = game.events
    keep = torch.cat([torch.ones(1, t, dtype=torch.bool), ~torch.eye(t, dtype=torch.bool)])  # (T + 1, T)
    values = game(keep)
    return values[0] - values[1:]


def shapley(game: Game, permutations: int = 50, seed: int = 0) -> Tensor:
    """Shapley values by random orders of joining (Castro, Gomez & Tejada 2009): ``(T,)``.

    In each order an event gets what v rises by as it joins those before it. An order's shares add up to
    v(all) - v(none) exactly, and so does their mean, however few orders there are. Every second order is the
    one before it turned round, which lowers the variance where the game is nearly additive.

    Raises:
        InputError: no order is wanted.
    """
    if permutations < 1:
        raise InputError(f"permutations is {permutations}: at least one order is needed")
    t = game.events
    generator = torch.Generator().manual_seed(seed)
    orders: list[Tensor] = []
    while len(orders) < permutations:
        order = torch.randperm(t, generator=generator)
        orders += [order, order.flip(0)]
    total = torch.zeros(t, dtype=torch.float64)
    ends = game(torch.tensor([[False] * t, [True] * t]))  # the same in every order
    for order in orders[:permutations]:
        place = order.argsort()  # (T,): when each event joins, from 0
        joined = place[None, :] < torch.arange(1, t)[:, None]  # (T - 1, T): after 1 to T - 1 have joined
        inner = game(joined) if t > 1 else ends[:0]
        values = torch.cat([ends[:1], inner, ends[1:]])  # (T + 1,)
        total[order] += values.diff()
    return total / permutations


def exact_shapley(game: Game) -> Tensor:
    """Shapley values over all 2^T sets (Shapley 1953): ``(T,)``.

    Raises:
        InputError: the history is longer than 12 events.
    """
    t = game.events
    if t > MOST_EXACT:
        raise InputError(f"{t} events have 2^{t} sets; exact Shapley values are for at most {MOST_EXACT}")
    keep = all_sets(t)
    return weigh_sets(game(keep), keep)


def all_sets(t: int) -> Tensor:
    """``(2^T, T)`` bool: every set of ``t`` events; row n holds the events whose bits n has."""
    return (torch.arange(2**t)[:, None] >> torch.arange(t)) % 2 == 1


def weigh_sets(values: Tensor, keep: Tensor) -> Tensor:
    """Shapley values from v of all sets ``(2^T,)``, rows as in :func:`all_sets`: ``(T,)``."""
    t = keep.shape[1]
    sizes = keep.sum(1)
    weight = torch.tensor(
        [math.factorial(s) * math.factorial(t - s - 1) / math.factorial(t) for s in range(t)],
        dtype=torch.float64,
    )
    found = torch.empty(t, dtype=torch.float64)
    for j in range(t):
        without = (~keep[:, j]).nonzero().squeeze(1)  # the sets that j may join
        found[j] = (weight[sizes[without]] * (values[without + 2**j] - values[without])).sum()
    return found


def interactions(game: Game) -> Tensor:
    """What two events do together beyond the sum of what each does: ``(T, T)``, 0 on the diagonal.

    v(all) - v(without i) - v(without j) + v(without both): the second difference at the whole history.
    Negative: each makes the other needless, or spoils it.
    """
    t = game.events
    first, second = torch.triu_indices(t, t, 1)
    single = ~torch.eye(t, dtype=torch.bool)
    values = game(torch.cat([torch.ones(1, t, dtype=torch.bool), single, single[first] & single[second]]))
    alone, both = values[1 : t + 1], values[t + 1 :]
    found = torch.zeros(t, t, dtype=torch.float64)
    found[first, second] = values[0] - alone[first] - alone[second] + both
    return found + found.T
