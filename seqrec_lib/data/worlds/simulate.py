"""The generator: users and their events, drawn step by step for all users at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .process import State
from .settings import WorldSettings
from .tables import Tables

DAY = 86400.0
EPOCH = 1_600_000_000.0  # the first user may arrive here: 13 September 2020, UTC
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


def draw_times(settings: WorldSettings, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Lengths ``(U,)`` and times ``(U, T)``: sessions of minutes, days between, no items in it."""
    s = settings
    lengths = rng.integers(s.min_length, s.max_length + 1, s.users)
    width = int(lengths.max())
    ends = rng.random((s.users, width)) < s.session_end
    within = s.within_minutes * 60 * np.exp(0.5 * rng.normal(size=(s.users, width)))
    between = s.between_days * DAY * np.exp(0.7 * rng.normal(size=(s.users, width)))
    gaps = np.where(ends, between, within)
    gaps[:, 0] = rng.uniform(0, s.start_days * DAY, s.users)
    return lengths, EPOCH + gaps.cumsum(1)


def draw_users(settings: WorldSettings, tables: Tables, rng: np.random.Generator) -> Draw:
    """Draw every user of the world."""
    u = settings.users
    lengths, times = draw_times(settings, rng)
    types = torch.from_numpy(rng.choice(settings.types, size=u, p=tables.prior.numpy()))
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
        taste = tables.taste[types] * state.allowed
        total = state.common(moments[:, t] - EPOCH) + taste
        ladder = total.cumsum(1)
        point = chance[t, 0][:, None] * ladder[:, -1:]
        item = torch.searchsorted(ladder, point, right=True).squeeze(1).clamp(max=settings.n_items)
        item = torch.where(t < length, item, 0)
        cause[:, t] = torch.where(t < length, _draw_cause(state, item, taste, total, chance[t, 1]), -3)
        items[:, t] = item
        state.observe(item)
    return items, cause


def _draw_cause(state: State, item: Tensor, taste: Tensor, total: Tensor, chance: Tensor) -> Tensor:
    """Which component brought ``item`` ``(B,)``: drawn in proportion to their intensities."""
    row = torch.arange(len(item))
    left = chance * total[row, item]
    cause = torch.full_like(item, -2)  # popularity, unless another component takes the draw
    parts = [(event, torch.where(target == item, strength, 0.0)) for event, target, strength in state.calls()]
    parts.append((-1, taste[row, item]))
    for event, strength in parts:
        taken = (left >= 0) & (left < strength)
        cause = torch.where(taken, event, cause)
        left = left - strength
    return cause
