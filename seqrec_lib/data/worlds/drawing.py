"""The generator: users and their events, drawn step by step for all users at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .checks import check_moments
from .clock import DAY, EPOCH, draw_chances, make_times
from .process import Calls, State
from .settings import WorldSettings
from .tables import Tables

__all__ = ["DAY", "EPOCH", "Draw", "draw_users"]
USERS_AT_ONCE = 2000


@dataclass(frozen=True)
class Draw:
    """What the generator drew. ``U`` users, ``T`` steps, padded with 0 at the end.

    Attributes:
        items: ``(U, T)`` int64. times: ``(U, T)`` float64 seconds. lengths, types: ``(U,)`` int64.
        cause: ``(U, T)`` int64, the event number that caused the item; -1 for taste, -2 for
            popularity, -3 for padding. This is the one cause drawn, not the oracle's posterior.
    """

    items: Tensor
    times: Tensor
    lengths: Tensor
    types: Tensor
    cause: Tensor


def draw_users(settings: WorldSettings, tables: Tables, rng: np.random.Generator) -> Draw:
    """Draw every user of the world.

    Raises:
        InputError: settings so large that times or popularity overflow.
    """
    u = settings.users
    clock = draw_chances(settings, rng)
    types = torch.from_numpy(rng.choice(settings.types, size=u, p=tables.prior.numpy()))
    pace = tables.session_end[types].numpy()[:, None] if settings.pace else settings.session_end
    times, lengths = make_times(settings, clock, pace), clock.lengths
    check_moments(settings, tables, times - EPOCH)
    # All chance is drawn here, so that the work below may be cut as the processor's cache likes it.
    chance = torch.from_numpy(rng.random((times.shape[1], 2, u)))
    moments, length = torch.from_numpy(times), torch.from_numpy(lengths)
    parts = [
        _draw_part(settings, tables, types[r], moments[r], length[r], chance[:, :, r])
        for r in (slice(first, first + USERS_AT_ONCE) for first in range(0, u, USERS_AT_ONCE))
    ]
    items, cause = (torch.cat(column) for column in zip(*parts, strict=True))
    real = torch.arange(items.shape[1]) < length[:, None]
    return Draw(items, torch.where(real, moments, 0.0), length, types, cause)


def _draw_part(
    settings: WorldSettings, tables: Tables, types: Tensor, moments: Tensor, length: Tensor, chance: Tensor
) -> tuple[Tensor, Tensor]:
    """Items and causes ``(B, T)`` of ``B`` users; ``chance`` ``(T, 2, B)``: for the item, for its cause."""
    size, width = moments.shape
    items = torch.zeros(size, width, dtype=torch.int64)
    cause = torch.full((size, width), -3)
    state = State(settings, tables, size)
    for t in range(width):
        view = state.look(moments[:, t])
        taste = tables.taste[types] * view.lean
        total = view.common + taste
        ladder = total.cumsum(1)
        point = chance[t, 0][:, None] * ladder[:, -1:]
        item = torch.searchsorted(ladder, point, right=True).squeeze(1).clamp(max=settings.n_items)
        item = torch.where(t < length, item, 0)
        cause[:, t] = torch.where(t < length, _draw_cause(view.calls, item, taste, total, chance[t, 1]), -3)
        items[:, t] = item
        state.observe(item, moments[:, t])
    return items, cause


def _draw_cause(calls: Calls, item: Tensor, taste: Tensor, total: Tensor, chance: Tensor) -> Tensor:
    """Which component brought ``item`` ``(B,)``: drawn in proportion to their intensities."""
    row = torch.arange(len(item))
    left = (chance * total[row, item])[:, None]
    own = torch.where(calls.item == item[:, None], calls.intensity, 0.0)  # (B, E)
    ladder = torch.cat([own, taste[row, item][:, None]], 1).cumsum(1)
    place = (ladder <= left).sum(1)  # E is taste; beyond that, popularity took the draw
    cause = torch.cat([calls.event, torch.tensor([-1, -2])])
    return cause[place]
