"""Any policy's slates in a world: who is asked, what a policy shows, and what comes of it.

A request is a user and a moment: the history is what the world drew for that user before it. Clicks are no
events, so they change nothing that comes later. Sizes: ``U`` users, ``M`` requests, ``T`` steps, ``K``
places of the world's own slates, ``C`` places of others, ``V`` items.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from ...messages import InputError
from ..batch import Batch
from .clicks import at_requests, click_by_type, purchase_by_type, show
from .drawing import USERS_AT_ONCE
from .process import View

if TYPE_CHECKING:
    from .world import World


class Responses(NamedTuple):
    """What came of slates: ``click`` ``(M, C)`` bool; ``purchase`` ``(M, C)`` bool, or None."""

    click: Tensor
    purchase: Tensor | None


def make_requests(world: World, each: int, generator: torch.Generator) -> Batch:
    """``each`` requests a user, oldest first: see :meth:`World.requests`."""
    draw, users = world.draw, len(world.draw.lengths)
    if world.settings.pace:
        raise InputError(
            f"the gaps of world {world.name!r} tell the type, and so would requests at other moments: "
            "use 'ads' or 'shop'"
        )
    shortest = int(draw.lengths.min())
    if not 1 <= each <= shortest:
        raise InputError(f"{each} requests a user: there must be 1 to {shortest}, one after an event at most")
    chance = torch.rand(2, users, draw.items.shape[1], generator=generator, dtype=torch.float64)
    real = torch.arange(draw.items.shape[1]) < draw.lengths[:, None]  # (U, T)
    after = chance[0].masked_fill(~real, 2.0).argsort(1)[:, :each].sort(1).values  # (U, each) event numbers
    following = torch.cat([draw.times[:, 1:], world.slates.times[:, None]], 1)
    following[torch.arange(users), draw.lengths - 1] = world.slates.times
    now, then = draw.times.gather(1, after), following.gather(1, after)
    moments = now + (0.02 + 0.96 * chance[1, :, :each]) * (then - now)
    return histories_at(world, torch.arange(users).repeat_interleave(each), moments.flatten())


def histories_at(world: World, users: Tensor, moments: Tensor) -> Batch:
    """The whole histories of ``users`` ``(M,)`` before ``moments`` ``(M,)``, from what the world drew.

    Raises:
        InputError: shapes or numbers do not fit.
    """
    check_users(world, users)
    if moments.shape != users.shape:
        raise InputError(f"moments must be (M,), one a user; got {tuple(moments.shape)}")
    items, times, lengths = (part[users] for part in (world.draw.items, world.draw.times, world.draw.lengths))
    real = torch.arange(items.shape[1]) < lengths[:, None]  # (M, T)
    before = real & (times < moments[:, None])
    return Batch(
        items=items * before,
        lengths=before.sum(1),
        times=torch.where(before, times, 0.0),
        query_time=moments.double(),
        users=users,
    )


def check_users(world: World, users: Tensor) -> None:
    """Raise InputError when ``users`` are not ``(M,)`` numbers of users of ``world``."""
    count = len(world.draw.lengths)
    if users.dim() != 1 or users.dtype != torch.int64 or not len(users):
        raise InputError(f"users must be (M,) int64, at least one; got {tuple(users.shape)}")
    if int(users.min()) < 0 or int(users.max()) >= count:
        raise InputError(f"users must be 0 to {count - 1} in this world {world.name!r}")


def as_requests(world: World, requests: Batch | Tensor) -> Batch:
    """Whole histories at a batch's users and query times; for user numbers, at the world's own requests."""
    if isinstance(requests, Tensor):
        check_users(world, requests)
        return histories_at(world, requests, world.slates.times[requests])
    if requests.users is None or requests.query_time is None:
        raise InputError("requests need users and query_time: take them from world.requests or click_batch")
    return histories_at(world, requests.users.cpu(), requests.query_time.cpu())


def show_slates(world: World, requests: Batch | Tensor, generator: torch.Generator) -> Tensor:
    """``(M, K)`` items: what the logging policy shows; see :meth:`World.show`."""
    batch = as_requests(world, requests)
    noise = gumbel((len(batch), world.n_items + 1), generator)
    shown = torch.zeros(len(batch), world.settings.slate, dtype=torch.int64)
    for rows, view in views_of(world, batch):
        shown[rows] = show(world.settings, view, noise[rows])
    return shown


def respond(
    world: World,
    requests: Batch | Tensor,
    slates: Tensor,
    generator: torch.Generator,
    positions: Tensor | None = None,
) -> Responses:
    """What the users' true types make of ``slates``; see :meth:`World.respond`."""
    batch, s = as_requests(world, requests), world.settings
    p, bought = true_chances(world, batch, slates, positions)
    chance = torch.rand(2, *slates.shape, generator=generator, dtype=torch.float64)  # clicks, then purchases
    click = chance[0] < p
    purchase = click & (chance[1] < bought)
    return Responses(click, purchase if s.buy_slope else None)


def true_chances(
    world: World, requests: Batch | Tensor, slates: Tensor, positions: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """p(click) and p(purchase | click) of the users' true types; see :meth:`World.true_chances`."""
    batch, s = as_requests(world, requests), world.settings
    slates, positions = check_shown(world, batch, slates, positions)
    kind = world.draw.types[batch.users]
    click, purchase = torch.zeros(2, *slates.shape, dtype=torch.float64)
    for rows, view in views_of(world, batch):
        own = kind[rows][:, None, None].expand(-1, slates.shape[1], 1)  # (N, C, 1)
        p = click_by_type(s, world.tables, view, slates[rows], positions[rows])
        click[rows] = p.gather(2, own).squeeze(2)
        purchase[rows] = purchase_by_type(s, world.tables, slates[rows]).gather(2, own).squeeze(2)
    return click, purchase


def check_shown(world: World, batch: Batch, items: Tensor, positions: Tensor | None) -> tuple[Tensor, Tensor]:
    """``(items, positions)``, both ``(M, C)`` on the CPU; None stands for column k at place k + 1."""
    if items.dim() != 2 or len(items) != len(batch) or not items.numel():
        raise InputError(f"slates must be (M, C), a row a request; got {tuple(items.shape)}")
    if not 0 <= int(items.min()) <= int(items.max()) <= world.n_items:
        raise InputError(f"items of slates must be 0 to {world.n_items} in world {world.name!r}")
    if positions is None:
        positions = torch.arange(1, items.shape[1] + 1).expand(items.shape)
    if positions.shape != items.shape or bool((positions < 1).any()):
        raise InputError("positions must have the shape of the slates and start at 1")
    return items.cpu(), positions.cpu()


def views_of(world: World, batch: Batch, at_once: int = USERS_AT_ONCE) -> Iterator[tuple[Tensor, View]]:
    """Yield ``(rows (N,), view)`` until every request of ``batch`` had its turn."""
    for first in range(0, len(batch), at_once):
        part = batch.rows(slice(first, first + at_once))
        assert part.times is not None and part.query_time is not None  # histories_at gives both
        history = (part.items, part.times, part.lengths)
        for rows, view in at_requests(world.settings, world.tables, history, part.query_time):
            yield first + rows, view


def gumbel(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Standard Gumbel noise, float64."""
    uniform = torch.rand(shape, generator=generator, dtype=torch.float64).clamp(min=1e-300)
    return -(-uniform.log()).log()
