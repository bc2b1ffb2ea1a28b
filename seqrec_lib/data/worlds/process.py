"""The process itself: how likely each item is next, given what has been observed.

The state of ``B`` users is what the generator and the oracle share: which items were seen and
when, step by step. Nothing here knows a user's type. Sizes: ``B``, ``V``, ``Z`` as in tables;
``E`` past events that may call.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .clock import DAY, EPOCH, weekday
from .settings import WorldSettings
from .tables import Tables

HOUR = 3600.0


class Calls(NamedTuple):
    """Past events that may cause the next one.

    Attributes:
        event: ``(E,)`` int64 event numbers; one event may stand twice. item, intensity: ``(B, E)``:
            what it calls for and how strongly; 0 for an item that is not allowed, and a trigger is
            spent when its item was observed after it, whatever had caused that.
    """

    event: Tensor
    item: Tensor
    intensity: Tensor


class View(NamedTuple):
    """What could come at one moment, but for the types.

    Attributes:
        calls: see :class:`Calls`. common: ``(B, V+1)`` intensities that all types share: calls and
            popularity. lean: ``(B, V+1)`` what the taste of any type is multiplied by: 0 for an item
            that is not allowed, else 1 or the factor of the weekend.
    """

    calls: Calls
    common: Tensor
    lean: Tensor


class State:
    """What ``B`` users have seen after ``step`` events each. Moments: ``(B,)`` seconds since 1970."""

    def __init__(self, settings: WorldSettings, tables: Tables, size: int) -> None:
        self.settings, self.tables = settings, tables
        self.step = 0
        self.history: list[Tensor] = []  # one (B,) tensor of items an event
        self.moments: list[Tensor] = []  # and one of moments
        self.last_seen = torch.full((size, settings.n_items + 1), -1)  # step of last sight, -1: never
        self.allowed = torch.ones(size, settings.n_items + 1, dtype=torch.float64)
        self.allowed[:, 0] = 0.0

    def observe(self, item: Tensor, moment: Tensor) -> None:
        """Take in the next event: ``item`` ``(B,)``; 0 stands for a user who is already done."""
        row = torch.arange(len(item))
        self.last_seen[row, item] = self.step
        if not self.settings.repeats:
            self.allowed[row, item] = 0.0
        self.history.append(item)
        self.moments.append(moment)
        self.step += 1

    def reorder(self, rows: Tensor) -> None:
        """Go on with ``rows`` ``(B,)``, of which some may stand twice."""
        self.last_seen, self.allowed = self.last_seen[rows], self.allowed[rows]
        self.history = [item[rows] for item in self.history]
        self.moments = [moment[rows] for moment in self.moments]

    def look(self, moment: Tensor) -> View:
        """What could come at ``moment``."""
        possible = self.allowed
        if self.settings.new_share:
            possible = possible * (self.tables.arrival <= moment[:, None])
        calls = self._calls(moment, possible)
        common = self.tables.popularity_at(moment - EPOCH) * possible
        if len(calls.event):
            common.scatter_add_(1, calls.item, calls.intensity)
        common[:, 0] = 0.0
        lean = possible
        if self.settings.weekend:
            free = (weekday(moment) >= 5)[:, None]  # (B, 1)
            lean = possible * torch.where(free, self.tables.weekend, 1.0)
        return View(calls, common, lean)

    def _calls(self, moment: Tensor, possible: Tensor) -> Calls:
        if not self.step:
            none = torch.zeros(len(possible), 0)
            return Calls(torch.zeros(0, dtype=torch.int64), none.long(), none.double())
        last = self.history[-1]
        follow = self.tables.succession[last]  # (B,)
        if self.settings.fade_hours:
            follow = follow * torch.exp((self.moments[-1] - moment) / (HOUR * self.settings.fade_hours))
        events, strength = self._triggers(moment)  # (E-1,), (B, E-1)
        sources = [self.history[e] for e in events]
        called = [self.tables.successor[last], *(self.tables.called[source] for source in sources)]
        item = torch.stack(called, 1)  # (B, E)
        event = torch.tensor([self.step - 1, *events])
        intensity = torch.cat([follow[:, None], strength], 1) * possible.gather(1, item)
        # An item that calls for itself was last seen at the call, which does not spend it.
        spent = self.last_seen.gather(1, item) > event
        spent[:, 0] = False
        return Calls(event, item, torch.where(spent, 0.0, intensity))

    def _triggers(self, moment: Tensor) -> tuple[list[int], Tensor]:
        """Event numbers, and how strongly each of them calls, ``(B, E-1)``, spent or not."""
        s = self.settings
        if s.trigger_days:
            events = list(range(self.step))
            source = torch.stack(self.history, 1)  # (B, E-1)
            days = (moment[:, None] - torch.stack(self.moments, 1)) / DAY
            z = (days.clamp(min=1e-9) / s.trigger_days).log() / s.trigger_spread
            return events, self.tables.trigger[source] * torch.exp(-0.5 * z * z)
        kernel = [(self.step - lag, share) for lag, share in s.lag_kernel if self.step >= lag]
        if not kernel:
            return [], torch.zeros(len(moment), 0, dtype=torch.float64)
        strength = [share * self.tables.trigger[self.history[event]] for event, share in kernel]
        return [event for event, _ in kernel], torch.stack(strength, 1)


def intensity(tables: Tables, view: View, item: Tensor) -> Tensor:
    """Total intensity of the items ``(B, C)`` for each type: ``(B, C, Z)``."""
    taste = tables.taste.T[item] * view.lean.gather(1, item)[..., None]
    return view.common.gather(1, item)[..., None] + taste
