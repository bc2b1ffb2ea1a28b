"""A session, item by item: what each choice is worth, beside what three policies would choose."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ...data.worlds import SessionWorld
from ...messages import message
from .view import View

SESSIONS = 60


def session_player(world: SessionWorld, policies: Mapping[str, Tensor], seed: int = 0) -> View:
    """A view of sessions of a small world, in which a reader shows the items.

    Args:
        policies: name to a table of probabilities as :meth:`SessionWorld.values` takes it; the item that is
            most likely shown is taken. seed: of who comes, and of the luck of each session.

    Raises:
        ValueError: no policy, or a world with more items than a page has room for.
    """
    if not policies or world.n_items > 8:
        raise ValueError("give one policy at least, and a world of at most 8 items")
    draw = torch.Generator().manual_seed(seed)
    opened = torch.multinomial(world.opening(), SESSIONS, replacement=True, generator=draw)
    luck = torch.rand(SESSIONS, world.settings.steps, 2, generator=draw, dtype=torch.float64)
    data = {
        "words": _words(),
        "items": [
            {"name": message("item {n}", n=n), "about": _about(world, n)} for n in range(1, world.n_items + 1)
        ],
        "states": [_state(world, s) for s in range(world.n_states)],
        "click": world.click[:, 1:].tolist(),
        "after": world.after[:, 1:].tolist(),
        "stays": world.stays.tolist(),
        "best": world.optimum()[:, :, 1:].tolist(),
        "policies": [_policy(world, name, table) for name, table in policies.items()],
        "opened": (opened - 1).tolist(),
        "starts": world.opened(opened).tolist(),
        "luck": luck.tolist(),
    }
    label = message("Show items one after the other and see how long the visitor stays.")
    return View("session_player", label, data)


def _policy(world: SessionWorld, name: str, table: Tensor) -> dict[str, object]:
    """What a policy most likely shows, by place and state, and the exact clicks of a session that does so."""
    shows = world.check_policy(table).argmax(-1)  # (T, S)
    sure = torch.nn.functional.one_hot(shows, world.n_items + 1).double()
    return {"name": name, "shows": (shows - 1).tolist(), "value": float(world.value(sure))}


def _letter(interest: int) -> str:
    return "ABCDEFGH"[interest]


def _about(world: SessionWorld, item: int) -> str:
    if bool(world.bait[item]):
        return message("bait")
    fits, leads = (_letter(int(each[item])) for each in (world.fits, world.leads))
    return message("{fits} → {leads}", fits=fits, leads=leads)


def _state(world: SessionWorld, state: int) -> str:
    interest, trust = divmod(state, world.settings.levels)
    return message(
        "interest {interest}, trust {trust} of {top}",
        interest=_letter(interest),
        trust=trust,
        top=world.settings.levels - 1,
    )


def _words() -> dict[str, str]:
    """Every sentence of the view."""
    return {
        "title": message("What would you show next?"),
        "tryThis": message("Try this:"),
        "experiment": message("show the bait first, and see who stays. Then show it only at the last place."),
        "where": message("Place {place} of {places}. The visitor: {state}."),
        "ended": message("This session is over."),
        "menu": message("Press an item to show it: the interest that it fits → the one that it leads to"),
        "item": message("item"),
        "click": message("click"),
        "stay": message("stays"),
        "worth": message("to come"),
        "choice": message("shown by"),
        "show": message("Show"),
        "controls": message("Let a policy choose"),
        "policy": message("policy:"),
        "choose": message("Let it choose"),
        "next": message("Next session"),
        "opens": message("A visitor opens {item}."),
        "clicked": message("They click {item}."),
        "skipped": message("They skip {item}."),
        "hit": message("(click)"),
        "miss": message("(skip)"),
        "stayed": message("They stay: {clicks} clicks so far."),
        "left": message("They leave with {clicks} clicks."),
        "full": message("That was the last place: {clicks} clicks."),
        "story": message("Shown so far:"),
        "tally": message("Your mean: {mine} clicks over {sessions} sessions. Exact means: {others}."),
    }
