"""What a training log tells of a world's numbers: for each event, what could have come, and why.

The walk is :class:`~..process.State`'s, the one that generator and oracle use, with every strength
set to 1: so the calls that it gives are the factors by which a strength, once known, is multiplied.

Sizes: ``N`` events, ``U`` users, ``P`` periods, ``M`` calls, ``Z`` types, ``V`` items, ``C`` categories.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ...interactions import Interactions
from .. import process
from ..clock import DAY, EPOCH, gap_log_likelihood, weekday
from ..drawing import USERS_AT_ONCE
from ..process import State
from ..settings import WorldSettings
from ..tables import YEAR, Tables
from .known import blank_tables

PERIOD = 7 * DAY  # popularity that drifts is taken as still for so long while it is fitted
_FAINT = 1e-5  # calls weaker than this are not kept


@dataclass(frozen=True)
class Calls:
    """Past events that may have caused an event. All ``(M,)``.

    Attributes:
        event: which event they may have caused. kind: 0 succession, 1 trigger. source: the calling item.
        lag: place in the lag kernel, 0 where there is none. factor: what the strength is multiplied by.
        own: True where the item that came is the one that was called for.
    """

    event: Tensor
    kind: Tensor
    source: Tensor
    lag: Tensor
    factor: Tensor
    own: Tensor


@dataclass(frozen=True)
class Evidence:
    """The events of a training log, in the order of their periods.

    Attributes:
        user, item, period: ``(N,)`` int64. possible: ``(N, V+1)`` float32, 1 for what could
            have come: products with it take most of the time.
        years: ``(P,)`` middle of each period, years after the worlds' epoch. free: ``(P,)`` weekends?
        calls: see :class:`Calls`. gaps: ``(N, 2)`` densities of the gap before the event, within a
            session and between two; 1 where there is none, or where gaps tell nothing.
        blank: the world's tables as known before fitting: links, arrivals and categories, strengths 1.
        users: ``U``.
    """

    user: Tensor
    item: Tensor
    period: Tensor
    possible: Tensor
    years: Tensor
    free: Tensor
    calls: Calls
    gaps: Tensor
    blank: Tables
    users: int

    def slices(self) -> Iterator[tuple[int, slice]]:
        """Each period's number and its events."""
        edges = torch.searchsorted(self.period, torch.arange(len(self.years) + 1)).tolist()
        for number, (first, last) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            yield number, slice(first, last)


def gather(log: Interactions, settings: WorldSettings) -> Evidence:
    """Walk through every history of ``log`` and note what each event tells."""
    s = replace(settings, lag_kernel=tuple((lag, 1.0) for lag, _ in settings.lag_kernel))
    blank = blank_tables(log, s)
    sizes = np.diff(log.offsets)
    real = torch.arange(int(sizes.max())) < torch.from_numpy(sizes)[:, None]  # (U, T)
    items = torch.zeros(real.shape, dtype=torch.int64)
    times = torch.zeros(real.shape, dtype=torch.float64)
    items[real] = torch.from_numpy(log.items)
    if log.times is not None:
        times[real] = torch.from_numpy(log.times)
    found: list[tuple[Tensor, ...]] = []
    calls: list[tuple[Tensor, ...]] = []
    count = 0
    for first in range(0, len(items), USERS_AT_ONCE):
        part = slice(first, first + USERS_AT_ONCE)
        state = State(s, blank, len(items[part]))
        for step in range(items.shape[1]):
            item, moment = items[part, step], times[part, step]
            row = item.nonzero().squeeze(1)
            if not len(row):
                break
            view = state.look(moment)
            found.append(
                (
                    row + first,
                    item[row],
                    view.lean[row].gt(0).float(),
                    moment[row],
                    _gap(s, state, moment)[row],
                )
            )
            calls.append(_calls(s, state, view.calls, item, row, count))
            count += len(row)
            state.observe(item, moment)
    user, item, possible, moment, gaps = (torch.cat(column) for column in zip(*found, strict=True))
    period, years, free = _periods(s, moment)
    order = period.argsort(stable=True)
    kept = Calls(*(torch.cat(column) for column in zip(*calls, strict=True)))
    kept = replace(kept, event=order.argsort()[kept.event])
    by_event = (user[order], item[order], period[order], possible[order])
    return Evidence(*by_event, years, free, kept, gaps[order], blank, len(items))


def _gap(s: WorldSettings, state: State, moment: Tensor) -> Tensor:
    """``(B, 2)``: how dense the gap before ``moment`` is within a session, and between two."""
    if not (s.pace and state.step):
        return torch.ones(len(moment), 2, dtype=torch.float64)
    either = torch.tensor([0.0, 1.0], dtype=torch.float64)
    return gap_log_likelihood(s, either, state.moments[-1], moment).exp()


def _calls(
    s: WorldSettings, state: State, calls: process.Calls, item: Tensor, row: Tensor, count: int
) -> tuple[Tensor, ...]:
    """The fields of :class:`Calls` for the users in ``row``, whose events are numbered from ``count``."""
    strength = calls.intensity[row]  # (N, E)
    place, column = (strength > _FAINT).nonzero(as_tuple=True)
    event = calls.event[column]
    source = torch.stack([*state.history, item], 1)[row[place], event]  # the last column is never read
    lags = torch.zeros(state.step + 1, dtype=torch.int64)
    if not s.trigger_days:
        for number, (lag, _) in enumerate(s.lag_kernel):
            if lag <= state.step:
                lags[lag] = number
    kind = (column > 0).long()
    place_in_kernel = torch.where(kind > 0, lags[state.step - event], 0)
    own = calls.item[row[place], column] == item[row[place]]
    return place + count, kind, source, place_in_kernel, strength[place, column], own


def _periods(s: WorldSettings, moment: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """``period`` ``(N,)``, and each period's ``years`` and ``free`` ``(P,)``; one period if all is still."""
    number = torch.floor((moment - EPOCH) / PERIOD) if s.drift else torch.zeros_like(moment)
    free = (weekday(moment) >= 5) if s.weekend else torch.zeros_like(moment)
    kinds, period = torch.stack([number, free.double()], 1).unique(dim=0, return_inverse=True)
    return period, (kinds[:, 0] + 0.5) * PERIOD / YEAR * bool(s.drift), kinds[:, 1] > 0
