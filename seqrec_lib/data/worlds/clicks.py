"""Slates: items that were shown, which of them were clicked, and which clicks led to a purchase.

Each user is shown one slate of ``K`` items, at a request after the user's last event. What is shown
depends on what was observed and on chance, never on the hidden type. An item is clicked when the
user looks at its place and then finds it good enough:

    p(click | type z, history) = (place + 1) ** -examination * I_z / (I_z + threshold)

where ``I_z`` is the item's total intensity for the type, the very one that the next event is drawn
by. A clicked item is bought with probability sigmoid(slope * (budget of z - log price)). Where there is
clickbait, the lure of an item multiplies I_z here and lowers the log-odds of the purchase.

Why one slate, and why last: clicks tell the type too. With slates along the way a model could learn
from earlier clicks what no history of events says, and an oracle that reads events alone would be
no ceiling. Here nothing that a model may look at is missing from the oracle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from .clock import EPOCH, draw_chances, make_times
from .drawing import USERS_AT_ONCE, Draw
from .process import State, View, intensity
from .settings import WorldSettings
from .tables import Tables


@dataclass(frozen=True)
class Slates:
    """What was shown to ``U`` users, best place first, and what came of it.

    Attributes:
        items: ``(U, K)`` int64, all different in a row. times: ``(U,)`` seconds.
        click: ``(U, K)`` bool. purchase: ``(U, K)`` bool, True only where ``click`` is; or None.
    """

    items: Tensor
    times: Tensor
    click: Tensor
    purchase: Tensor | None


def click_by_type(
    settings: WorldSettings, tables: Tables, view: View, items: Tensor, positions: Tensor
) -> Tensor:
    """p(click | type, history) of ``items`` ``(B, C)`` at ``positions`` ``(B, C)`` from 1: ``(B, C, Z)``."""
    strength = intensity(tables, view, items)
    if settings.clickbait:
        strength = strength * torch.exp(settings.clickbait * tables.lure[items])[..., None]
    enough = settings.click_threshold * (settings.taste + settings.popularity) / settings.n_items
    looked = positions.double() ** -settings.examination
    return looked[..., None] * strength / (strength + enough)


def purchase_by_type(settings: WorldSettings, tables: Tables, items: Tensor) -> Tensor:
    """p(purchase | click, type) of ``items`` ``(B, C)``: ``(B, C, Z)``."""
    away = tables.budget - tables.log_price[items][..., None]
    odds = settings.buy_slope * away - settings.clickbait * tables.lure[items][..., None]
    return torch.sigmoid(odds) * (items > 0)[..., None]


def draw_slates(settings: WorldSettings, tables: Tables, draw: Draw, rng: np.random.Generator) -> Slates:
    """Show every user a slate and draw clicks and purchases, by the users' true types."""
    s, users = settings, len(draw.lengths)
    times = _request_times(s, tables, draw, rng)
    noise = torch.from_numpy(rng.gumbel(size=(users, s.n_items + 1)))
    chance = torch.from_numpy(rng.random((2, users, s.slate)))
    places = torch.arange(1, s.slate + 1)
    items = torch.zeros(users, s.slate, dtype=torch.int64)
    click, purchase = torch.zeros(2, users, s.slate, dtype=torch.bool)
    for first in range(0, users, USERS_AT_ONCE):
        part = slice(first, first + USERS_AT_ONCE)
        history = (draw.items[part], draw.times[part], draw.lengths[part])
        for now, view in at_requests(s, tables, history, times[part]):
            rows = now + first
            shown = show(s, view, noise[rows])
            kind = draw.types[rows][:, None, None].expand(-1, s.slate, 1)
            p = click_by_type(s, tables, view, shown, places.expand(len(rows), -1)).gather(2, kind)
            items[rows], click[rows] = shown, chance[0, rows] < p.squeeze(2)
            bought = purchase_by_type(s, tables, shown).gather(2, kind).squeeze(2)
            purchase[rows] = click[rows] & (chance[1, rows] < bought)
    return Slates(items, times, click, purchase if s.buy_slope else None)


def _request_times(s: WorldSettings, tables: Tables, draw: Draw, rng: np.random.Generator) -> Tensor:
    """``(U,)``: one more gap, drawn as all others are, after each user's last event."""
    one = replace(s, min_length=2, max_length=2)
    chances = draw_chances(one, rng)
    last = draw.times[torch.arange(s.users), draw.lengths - 1].numpy()
    chances = replace(chances, start=last - EPOCH)
    pace = tables.session_end[draw.types].numpy()[:, None] if s.pace else s.session_end
    return torch.from_numpy(make_times(one, chances, pace)[:, 1])


def at_requests(
    s: WorldSettings, tables: Tables, history: tuple[Tensor, Tensor, Tensor], request: Tensor
) -> Iterator[tuple[Tensor, View]]:
    """Yield ``(rows (N,), view)``: what could come at the requests of the ``N`` rows, for all rows in turn.

    Args:
        history: items ``(B, T)``, times ``(B, T)``, lengths ``(B,)``. request: ``(B,)`` seconds.
    """
    items, moments, lengths = history
    state = State(s, tables, len(items))
    for step in range(int(lengths.max()) + 1):
        now = (lengths == step).nonzero().squeeze(1)
        if len(now):
            view = state.look(request)
            yield now, View(view.calls, view.common[now], view.lean[now])
        if step < items.shape[1]:
            state.observe(items[:, step], moments[:, step])


def logger_weights(s: WorldSettings, view: View) -> Tensor:
    """``(B, V+1)``: how the logging policy weighs items; 0 for one that cannot come.

    It knows popularity and what was called for, and nothing of types.
    """
    usual = (s.taste + s.popularity) / s.n_items
    return torch.where(view.lean > 0, 0.3 + (view.common / usual) ** 0.35, 0.0)


def show(s: WorldSettings, view: View, noise: Tensor) -> Tensor:
    """``(B, K)`` items that the logging policy shows, best first; ``noise`` ``(B, V+1)`` Gumbel.

    The better an item, the likelier it stands at the top, so place and merit are entangled, as they
    are in every log. Adding Gumbel noise to log-weights draws without replacement (Yellott 1977).
    """
    return (logger_weights(s, view).log() + noise).topk(s.slate, dim=1).indices
