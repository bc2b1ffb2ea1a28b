"""A simulator that is fitted to a log, and what it promises to a policy that was made in it.

Sizes: ``S`` states, ``V`` items. Counts are smoothed towards their mean over items.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.worlds.session_play import Played
from ..data.worlds.sessions import SessionWorld
from ..messages import InputError, unknown

FORMS = ("interest and trust", "interest alone")


@dataclass
class Fitted:
    """A world whose chances were counted in a log.

    Attributes:
        world: its chances of clicks and of staying are estimates; what an item leads to is known.
        form: ``interest and trust``, that of the true world; or ``interest alone``, which has no trust: how
            long people stay is the same whatever they were shown.
    """

    world: SessionWorld
    form: str

    def best(self) -> Tensor:
        """``(T, S, V+1)``: the best policy, if the simulator were the world."""
        return self.world.best()

    def promises(self, policy: Tensor) -> float:
        """Expected clicks of a session under ``policy``, in the simulator."""
        return float(self.world.value(policy))


def fit_simulator(world: SessionWorld, played: Played, form: str = FORMS[0], prior: float = 5.0) -> Fitted:
    """Count clicks and departures of a log, by state or without trust.

    Args:
        world: gives the catalogue and its states; its chances are not read. played: the log.
        prior: how many imagined showings, with the mean chance, stand beside those that are counted.

    Raises:
        InputError: an unknown form, or a prior that is not above 0.
    """
    if form not in FORMS:
        raise InputError(unknown("form", form, FORMS))
    if not prior > 0:
        raise InputError(f"prior is {prior}: it must be above 0, or what was never shown has no chance")
    items, clicked = played.shown()
    states = world.states(items, clicked)  # (N, T+1)
    real = played.items > 0
    before, after, shown, hit = (
        each[real] for each in (states[:, :-1], states[:, 1:], played.items, played.clicked)
    )
    stayed = torch.cat([real[:, 1:], torch.zeros_like(real[:, :1])], 1)
    asked = real.clone()
    asked[:, -1] = False  # nobody is asked after the last place
    levels = world.settings.levels
    keep = 1 if form == FORMS[0] else levels  # without trust all levels of an interest are one state

    def share(cells: Tensor, yes: Tensor, n: int) -> Tensor:
        total = torch.zeros(n, dtype=torch.float64).index_add(0, cells, torch.ones(len(cells)).double())
        good = torch.zeros(n, dtype=torch.float64).index_add(0, cells, yes.double())
        return (good + prior * yes.double().mean()) / (total + prior)

    v, s = world.n_items, world.n_states
    group = torch.arange(s) // keep  # (S,)
    click = share(group[before] * (v + 1) + shown, hit, s * (v + 1)).view(s, v + 1)[group]
    click[:, 0] = 0
    where, went = asked[real], stayed[real]
    # Who stays is counted by trust alone, after a skip and after a click; without trust, by these two.
    trust = (torch.arange(s) % levels) // keep
    cells = trust[after[where]] * 2 + hit[where].long()
    stays = share(cells, went[where], 2 * s).view(s, 2)[trust]  # (S, 2)
    model = copy(world)
    model.click, model.stays = click, stays.T.contiguous()
    return Fitted(model, form)
