"""The process itself: how likely each item is next, given what has been observed.

The state of ``B`` users is what the generator and the oracle share: which items were seen and
when, step by step. Nothing here knows a user's type. Sizes: ``B``, ``V``, ``Z`` as in tables.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .settings import WorldSettings
from .tables import Tables


class State:
    """What ``B`` users have seen after ``step`` events each."""

    def __init__(self, settings: WorldSettings, tables: Tables, size: int) -> None:
        self.settings, self.tables = settings, tables
        self.step = 0
        self.history: list[Tensor] = []  # one (B,) tensor of items an event
        self.last_seen = torch.full((size, settings.n_items + 1), -1)  # step of last sight, -1: never
        self.allowed = torch.ones(size, settings.n_items + 1, dtype=torch.float64)
        self.allowed[:, 0] = 0.0

    def observe(self, item: Tensor) -> None:
        """Take in the next event: ``item`` ``(B,)``; 0 stands for a user who is already done."""
        row = torch.arange(len(item))
        self.last_seen[row, item] = self.step
        if not self.settings.repeats:
            self.allowed[row, item] = 0.0
        self.history.append(item)
        self.step += 1

    def calls(self) -> list[tuple[int, Tensor, Tensor]]:
        """The past events that may cause the next one: ``(event number, item, intensity)``.

        ``item`` and ``intensity`` are ``(B,)``. An item that is not allowed has intensity 0, and
        a trigger is spent when its item was observed after it, whatever had caused that.
        """
        found = []
        row = torch.arange(len(self.allowed))
        if self.step:
            last = self.history[-1]
            item = self.tables.successor[last]
            found.append((self.step - 1, item, self.tables.succession[last] * self.allowed[row, item]))
        for lag, share in self.settings.lag_kernel:
            event = self.step - lag
            if event >= 0:
                source = self.history[event]
                item = self.tables.called[source]
                open_still = (self.last_seen[row, item] < event).double()
                found.append(
                    (event, item, share * self.tables.trigger[source] * self.allowed[row, item] * open_still)
                )
        return found

    def common(self, time: Tensor) -> Tensor:
        """Intensities that do not depend on the type, ``(B, V+1)``: calls and popularity."""
        total = self.tables.popularity_at(time) * self.allowed
        for _, item, intensity in self.calls():
            total.scatter_add_(1, item[:, None], intensity[:, None])
        total[:, 0] = 0.0
        return total
