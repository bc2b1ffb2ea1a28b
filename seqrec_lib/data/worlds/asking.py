"""How a question to a world is checked, walked through its history, and answered.

Sizes: ``B`` histories, ``T`` steps, ``C`` candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from ...messages import InputError
from .clicks import click_by_type, purchase_by_type
from .oracle import Belief, beliefs

if TYPE_CHECKING:
    from .settings import WorldSettings
    from .tables import Tables
    from .world import World


class Process(Protocol):
    """What :func:`at_request` must know of a world: the true numbers, or fitted ones."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> WorldSettings: ...

    @property
    def tables(self) -> Tables: ...


def at_request(
    world: Process,
    items: Tensor,
    times: Tensor | None,
    lengths: Tensor,
    query_time: Tensor | None,
    read: Callable[[Belief], Tensor],
) -> Tensor:
    """Apply ``read(belief)`` to each row at its own request and stack what it gives.

    Raises:
        InputError: shapes, item numbers or lengths do not fit; or time matters and was not given.
    """
    s = world.settings
    if items.dim() != 2 or lengths.shape != items.shape[:1]:
        raise InputError(
            f"items must be (B, T) and lengths (B,); got {tuple(items.shape)}, {tuple(lengths.shape)}"
        )
    if items.numel() and (int(items.max()) > s.n_items or int(items.min()) < 0):
        raise InputError(f"item numbers must be 0 to {s.n_items} in world {world.name!r}")
    longest = items.shape[1] if s.repeats else min(items.shape[1], s.n_items - 1)
    if len(items) == 0 or int(lengths.min()) < 0 or int(lengths.max()) > longest:
        raise InputError(f"lengths must be 0 to {longest} for at least one history")
    if s.timed and (times is None or query_time is None):
        raise InputError(f"time matters in world {world.name!r}: give times and query_time")
    times = torch.zeros(items.shape) if times is None else times
    query_time = torch.zeros(len(items)) if query_time is None else query_time
    result = None
    times, query_time = times.cpu().double(), query_time.cpu().double()
    for step, _, belief in beliefs(s, world.tables, items.cpu(), times, query_time, lengths.cpu()):
        now = lengths.cpu() == step
        if now.any():
            value = read(belief)
            result = torch.zeros_like(value) if result is None else result
            result[now] = value[now]
    assert result is not None  # there is at least one history
    return result


def check_shows(world: World) -> None:
    """Raise InputError when ``world`` shows no slates."""
    if not world.settings.slate:
        raise InputError(
            f"world {world.name!r} shows nothing to click: use 'ads' or 'shop', or set slate above 0"
        )


def of_shown(
    world: World,
    history: tuple[Tensor, Tensor | None, Tensor, Tensor | None],
    candidates: Tensor,
    positions: Tensor | None,
    purchase: bool,
) -> Tensor:
    """p(click), or p(click and purchase), of ``candidates`` ``(B, C)``: ``(B, C)``.

    Args:
        history: items, times, lengths and query_time, as for :func:`at_request`.

    Raises:
        InputError: the world shows nothing, or shapes and numbers do not fit.
    """
    check_shows(world)
    if candidates.dim() != 2 or len(candidates) != len(history[0]):
        raise InputError(f"candidates must be (B, C), a row a history; got {tuple(candidates.shape)}")
    if candidates.numel() and not 0 <= int(candidates.min()) <= int(candidates.max()) <= world.n_items:
        raise InputError(f"candidates must be 0 to {world.n_items} in world {world.name!r}")
    candidates = candidates.cpu()
    if positions is None:
        positions = torch.arange(1, candidates.shape[1] + 1).expand(candidates.shape)
    if positions.shape != candidates.shape or bool((positions < 1).any()):
        raise InputError("positions must have the shape of candidates and start at 1")

    def read(belief: Belief) -> Tensor:
        p = click_by_type(world.settings, world.tables, belief.view, candidates, positions.cpu())
        if purchase:
            p = p * purchase_by_type(world.settings, world.tables, candidates)
        return (p * belief.posterior[:, None, :]).sum(2)

    return at_request(world, *history, read)
