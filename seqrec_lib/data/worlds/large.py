"""Events of a world with a large catalogue or with long histories, drawn without a number for each item.

The generator of :mod:`.drawing` gives every item its intensity at every step: ``U`` times ``V`` numbers. Here
the component is drawn first, by the components' totals, and then the item within it. What is left of taste
and of popularity once a user's seen items are gone is a running difference, and an item drawn from their
fixed tables that was seen is drawn again. Where items may come again nothing is used up, and when each item
was last seen, ``(U, V+1)`` numbers, says which triggers are spent: a step then costs the same however long
the history is, unless triggers count days. The distribution is the same, the oracle too; the random numbers
are used otherwise.

Sizes: ``U`` users, ``T`` steps, ``E`` past events that may call, ``Z`` types.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .clock import DAY, draw_chances, make_times
from .drawing import Draw
from .settings import WorldSettings
from .tables import Tables

HOUR = 3600.0


def draw_large(settings: WorldSettings, tables: Tables, rng: np.random.Generator) -> Draw:
    """Draw every user of a world whose taste and popularity do not move."""
    s, u = settings, settings.users
    clock = draw_chances(s, rng)
    types = torch.from_numpy(rng.choice(s.types, size=u, p=tables.prior.numpy()))
    pace = tables.session_end[types].numpy()[:, None] if s.pace else s.session_end
    times, lengths = torch.from_numpy(make_times(s, clock, pace)), torch.from_numpy(clock.lengths)
    ladders = torch.cat([tables.taste, tables.popularity[None]]).cumsum(1)  # (Z+1, V+1)
    left = torch.stack([ladders[types, -1], ladders[-1, -1].expand(u)], 1)  # (U, 2): of taste, of popularity
    items = torch.zeros(times.shape, dtype=torch.int64)
    cause = torch.full(times.shape, -3)
    row, last_seen = torch.arange(u), torch.full((u, s.n_items + 1), -1) if s.repeats else None
    for t in range(times.shape[1]):
        event, called, strength = _calls(s, tables, items[:, :t], times[:, : t + 1], last_seen)
        ladder = torch.cat([strength, left], 1).cumsum(1)  # (U, E+2)
        point = torch.from_numpy(rng.random(u)) * ladder[:, -1]
        part = (ladder <= point[:, None]).sum(1).clamp(max=ladder.shape[1] - 1)  # which component
        item = torch.zeros(u, dtype=torch.int64)
        calls = part < len(event)
        item[calls] = called[calls, part[calls]]
        table = torch.where(part > len(event), s.types, types)  # (U,), for those whom nothing calls
        if s.repeats:
            item[~calls] = _any(ladders, table[~calls], rng)
        else:
            for z in range(s.types + 1):
                rows = ~calls & (table == z)
                item[rows] = _unseen(ladders[z], items[rows, :t], rng)
        real = t < lengths
        items[:, t] = torch.where(real, item, 0)
        cause[:, t] = torch.where(real, torch.cat([event, torch.tensor([-1, -2])])[part], -3)
        if last_seen is None:
            left = left - torch.stack([tables.taste[types, item], tables.popularity[item]], 1)
        else:
            last_seen[row, item] = t
    real = torch.arange(items.shape[1]) < lengths[:, None]
    return Draw(items, torch.where(real, times, 0.0), lengths, types, cause)


def _calls(
    s: WorldSettings, tables: Tables, items: Tensor, times: Tensor, last_seen: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """``(event (E,), item (U, E), intensity (U, E))``: what past events call for; 0 for what cannot come.

    That is an item that was seen; or, where items come again (``last_seen`` ``(U, V+1)``), one that was seen
    after the event which calls for it.
    """
    step = items.shape[1]
    if not step:
        none = torch.zeros(len(items), 0)
        return torch.zeros(0, dtype=torch.int64), none.long(), none.double()
    last, now = items[:, -1], times[:, -1]
    follow = tables.succession[last]
    if s.fade_hours:
        follow = follow * torch.exp((times[:, -2] - now) / (HOUR * s.fade_hours))
    if s.trigger_days:
        events, share = list(range(step)), torch.ones(step).double()
        z = (((now[:, None] - times[:, :-1]) / DAY).clamp(min=1e-9) / s.trigger_days).log() / s.trigger_spread
        share = torch.exp(-0.5 * z * z)  # (U, E-1)
    else:
        kernel = [(step - lag, weight) for lag, weight in s.lag_kernel if step >= lag]
        events = [event for event, _ in kernel]
        share = torch.tensor([weight for _, weight in kernel], dtype=torch.float64)
    source = items[:, events]  # (U, E-1)
    called = torch.cat([tables.successor[last][:, None], tables.called[source]], 1)
    strength = torch.cat([follow[:, None], share * tables.trigger[source]], 1)
    event = torch.tensor([step - 1, *events])
    if last_seen is None:
        gone = (called[:, :, None] == items[:, None, :]).any(2)
    else:
        gone = last_seen.gather(1, called) > event
    return event, called, strength.masked_fill(gone, 0.0)


def _any(ladders: Tensor, table: Tensor, rng: np.random.Generator) -> Tensor:
    """One item for each entry of ``table`` ``(N,)``, in proportion to the table of that number."""
    steps = ladders / ladders[:, -1:] + torch.arange(len(ladders))[:, None]  # one ladder from 0 to Z+1
    point = table + torch.from_numpy(rng.random(len(table)))
    found = torch.searchsorted(steps.flatten(), point, right=True) - table * ladders.shape[1]
    return found.clamp(max=ladders.shape[1] - 1)


def _unseen(ladder: Tensor, seen: Tensor, rng: np.random.Generator) -> Tensor:
    """One item for each row of ``seen`` ``(N, t)``, in proportion to the table of which ``ladder`` is the
    sum."""
    item = torch.zeros(len(seen), dtype=torch.int64)
    todo = torch.arange(len(seen))
    while len(todo):
        point = torch.from_numpy(rng.random(len(todo))) * ladder[-1]
        drawn = torch.searchsorted(ladder, point, right=True).clamp(max=len(ladder) - 1)
        item[todo] = drawn
        todo = todo[(drawn[:, None] == seen[todo]).any(1)]
    return item
