"""Filters that run before the split: each returns a new log whose report says what went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ..messages import InputError, rows, unknown
from .errors import ADVICE, DataError
from .interactions import Interactions

POLICIES = ("keep", "first", "last", "error")


def k_core(log: Interactions, k: int) -> Interactions:
    """Keep users and items with at least ``k`` interactions each, over and over until all have them.

    Users and items that are left are numbered again, in the same order. ``k`` of 0 or 1 keeps all.

    Raises:
        DataError: no user is left; or the log is a simulated world, whose ceiling a filter would break.
        InputError: ``k`` is negative.
    """
    if k < 0:
        raise InputError(f"k_core is {k}: use 0 (off) or a count such as 5")
    if k <= 1:
        return log
    if log.report.source.startswith("world:"):
        raise DataError(f"{log.name}: a filter would break the world's exact ceiling: leave k_core off")
    keep = np.ones(len(log), dtype=bool)
    while True:
        user_counts = np.bincount(log.users[keep], minlength=log.n_users)
        item_counts = np.bincount(log.items[keep], minlength=log.n_items + 1)
        fewer = keep & (user_counts >= k)[log.users] & (item_counts >= k)[log.items]
        if fewer.sum() == keep.sum():
            break
        keep = fewer
    if not keep.any():
        raise DataError(f"{log.name}: no user is left after k_core={k}: use a smaller k, or more data")
    left = log.take(keep).compact()
    report = (
        log.report.drop(log.n_users - left.n_users, "users", f"fewer than {k} interactions ({k}-core)")
        .drop(log.n_items - left.n_items, "items", f"fewer than {k} interactions ({k}-core)")
        .drop(len(log) - len(left), "interactions", f"of those users and items ({k}-core)")
    )
    return replace(left, report=report)


def drop_duplicates(
    log: Interactions,
    policy: str | Mapping[str, str] = "first",
    place: Callable[[int], str] | None = None,
) -> Interactions:
    """Settle what becomes of a user's second meeting with the same item.

    ``policy``: ``keep`` all, keep the ``first`` or the ``last``, or raise an ``error``. A mapping has a
    policy for each event that it names, such as ``{"view": "first"}``: meetings by that event alone are
    looked at, and all others are kept. ``place`` is a
    function from a row of the log to its place in the file, for the error's message.

    Raises:
        InputError: an unknown policy, or an event that occurs in no row.
        DataError: a duplicate under ``error``, or policies by event for a log without events.
    """
    if not isinstance(policy, str):
        for event, each in policy.items():
            log = _drop_of_event(log, event, each, place)
        return drop_duplicates(log, "keep")
    if policy not in POLICIES:
        raise InputError(unknown("duplicate policy", policy, POLICIES))
    again = _again(log, newest=policy == "last")
    count = int(again.sum())
    if not count:
        return log
    if policy == "keep":
        note = (
            f"a user meets an item again in {rows(count)}; all are kept, and a test item that was seen "
            "before is easy to guess: settle it by duplicates, or by repeats where that is normal"
        )
        return log if log.repeats else replace(log, report=log.report.note(note))
    if policy == "error":
        _refuse(log, again, place)
    kept = log.take(~again)
    return replace(kept, report=log.report.drop(count, "interactions", f"same user and item, {policy} kept"))


def _drop_of_event(
    log: Interactions, event: str, policy: str, place: Callable[[int], str] | None
) -> Interactions:
    """:func:`drop_duplicates` among the rows of one event; all other rows stay."""
    if policy not in POLICIES:
        raise InputError(unknown(f"duplicate policy of {event}", policy, POLICIES))
    if log.events is None:
        raise DataError(f"{log.name}: duplicates by event, and there is no event column: {ADVICE}", "event")
    if event not in log.event_names[1:]:
        raise InputError(unknown("event", event, log.event_names[1:]))
    of_event = log.events == log.event_names.index(event)
    again = np.zeros(len(log), dtype=bool)
    again[of_event] = _again(log.take(of_event), newest=policy == "last")
    count = int(again.sum())
    if not count or policy == "keep":
        return log
    if policy == "error":
        _refuse(log, again, place)
    why = f"same user and item by {event}, {policy} kept"
    return replace(log.take(~again), report=log.report.drop(count, "interactions", why))


def _refuse(log: Interactions, again: np.ndarray, place: Callable[[int], str] | None) -> None:
    row = int(again.argmax())
    where = f"{log.name}" if place is None else place(row)
    user, item = log.user_ids[log.users[row]], log.item_ids[log.items[row]]
    raise DataError(
        f"{where}: user {user!r} meets item {item!r} a second time ({rows(int(again.sum()))}): "
        f"{ADVICE}, or 'last' or 'keep'",
        "duplicates",
        "first",
    )


def _again(log: Interactions, newest: bool) -> np.ndarray:
    """``(N,)`` bool: True at every meeting of a user and an item but the first (or the last)."""
    pair = log.users * (log.n_items + 1) + log.items  # (N,)
    if newest:
        return _again_in(pair[::-1])[::-1]
    return _again_in(pair)


def _again_in(pair: np.ndarray) -> np.ndarray:
    order = np.argsort(pair, kind="stable")
    ranked = pair[order]
    again = np.zeros(len(pair), dtype=bool)
    again[order[1:]] = ranked[1:] == ranked[:-1]
    return again
