"""Sessions drawn from a world: any policy plays, and what happened is kept or becomes a log.

Sizes: ``N`` sessions, ``T`` places, ``V`` items.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..batch import Batch
from ..interactions import Interactions
from ..report import Report
from .sessions import SessionWorld

SKIP, CLICK = 1, 2
EVENTS = ["", "skip", "click"]
Chooser = Callable[[Batch], Tensor]  # histories -> (B, V+1) probabilities of the item to show


@dataclass
class Played:
    """What happened in ``N`` sessions.

    Attributes:
        opened: ``(N,)`` the item that each visitor opened.
        items: ``(N, T)`` what was shown, 0 after the visitor left. clicked: ``(N, T)`` bool.
        chance: ``(N, T)`` how likely the policy was to show it; 1 after the visitor left.
    """

    opened: Tensor
    items: Tensor
    clicked: Tensor
    chance: Tensor

    @property
    def lengths(self) -> Tensor:
        """``(N,)``: how many items were shown."""
        return (self.items > 0).sum(1)

    @property
    def returns(self) -> Tensor:
        """``(N,)``: clicks of each session."""
        return self.clicked.sum(1)

    def mean(self) -> tuple[float, float]:
        """``(mean clicks of a session, its standard error)``."""
        clicks = self.returns.double()
        return float(clicks.mean()), float(clicks.std() / len(clicks) ** 0.5)

    def shown(self) -> tuple[Tensor, Tensor]:
        """``(items, clicked)``, ``(N, T+1)``: the sessions with what was opened in front, as clicked."""
        first = torch.ones(len(self.opened), 1, dtype=torch.bool)
        return torch.cat([self.opened[:, None], self.items], 1), torch.cat([first, self.clicked], 1)


def play(world: SessionWorld, policy: Tensor | Chooser, sessions: int, seed: int) -> Played:
    """Let ``policy`` show items to ``sessions`` new visitors.

    Visitors of one seed draw the same chance whatever is shown, so two policies can be compared in pairs.

    Args:
        policy: a table of states, as for :meth:`SessionWorld.values`, or a function that sees the history
            alone: items, events and lengths.

    Raises:
        DataError: a table that is no policy of this world.
    """
    steps, v = world.settings.steps, world.n_items
    table = world.check_policy(policy) if isinstance(policy, Tensor) else None
    draw = torch.Generator().manual_seed(seed)
    opened = torch.multinomial(world.opening(), sessions, replacement=True, generator=draw)
    luck = torch.rand(3, sessions, steps, generator=draw, dtype=torch.float64)  # show, click, stay
    items = torch.zeros(sessions, steps, dtype=torch.long)
    clicked = torch.zeros(sessions, steps, dtype=torch.bool)
    chance = torch.ones(sessions, steps, dtype=torch.float64)
    here, state = torch.arange(sessions), world.opened(opened)  # who is still there, in which state
    for t in range(steps):
        if not len(here):
            break
        if table is not None:
            p = table[t, state]
        else:
            assert callable(policy)  # no table
            p = policy(_histories(opened[here], items[here, :t], clicked[here, :t])).double()
        # The item at which the running sum passes the luck: rounding must not leave the catalogue.
        shown = (p.cumsum(1) <= luck[0, here, t, None] * p.sum(1, keepdim=True)).sum(1).clamp(1, v)
        hit = luck[1, here, t] < world.click[state, shown]
        items[here, t], clicked[here, t] = shown, hit
        chance[here, t] = p.gather(1, shown[:, None])[:, 0].detach()
        state = world.follow(state, shown, hit)
        stay = luck[2, here, t] < world.stays[hit.long(), state]
        here, state = here[stay], state[stay]
    return Played(opened, items, clicked, chance)


def _histories(opened: Tensor, items: Tensor, clicked: Tensor) -> Batch:
    """What a policy sees of visitors who are still there: everybody has been shown as many items."""
    every = torch.cat([opened[:, None], items], 1)
    events = torch.cat([torch.full_like(opened[:, None], CLICK), torch.where(clicked, CLICK, SKIP)], 1)
    return Batch(items=every, lengths=torch.full_like(opened, every.shape[1]), events=events)


def log_of_sessions(world: SessionWorld, played: Played) -> Interactions:
    """A log with a user for each session: items, events ``skip`` and ``click``, and a feature ``propensity``.

    The first row of a user is the item that they opened, with propensity 1. A log has no times: the order is
    known. Sessions may show an item twice.
    """
    items, clicked = played.shown()
    there = torch.cat([torch.ones(len(items), 1, dtype=torch.bool), played.items > 0], 1)  # (N, T+1)
    user = torch.arange(len(items))[:, None].expand_as(items)[there].numpy()
    chance = torch.cat([torch.ones(len(items), 1, dtype=torch.float64), played.chance], 1)[there]
    numbers = np.arange(1, world.n_items + 1)
    return Interactions(
        users=user,
        items=items[there].numpy(),
        times=None,
        user_ids=np.arange(1, len(items) + 1),
        item_ids=np.array([None, *numbers.tolist()], dtype=object),
        events=torch.where(clicked, CLICK, SKIP)[there].numpy(),
        event_names=list(EVENTS),
        features={"propensity": chance.numpy()},
        repeats=True,
        name=world.settings.name,
        report=Report(),
    )
