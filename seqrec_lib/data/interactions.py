"""A log: who met which item, and when.

Sizes: ``N`` interactions, ``U`` users, ``V`` items. Item 0 is padding, so arrays over items
have ``V + 1`` entries.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from .errors import DataError
from .report import Report


@dataclass(repr=False, eq=False)
class Interactions:
    """A log whose rows are sorted by user, then by time; rows with equal times keep their order.

    Attributes:
        users: ``(N,)`` int64, 0 to U-1, never falling.
        items: ``(N,)`` int64, 1 to V.
        times: ``(N,)`` float64 seconds since 1970 (UTC), or None: only the order is known.
        user_ids: ``(U,)`` the log's own ids.
        item_ids: ``(V+1,)`` objects: the log's own ids (int or str); entry 0 is None, the padding.
        titles: ``(V+1,)`` text, entry 0 empty; or None.
        events: ``(N,)`` int64 event types, 1 to E (0 is padding); or None.
        event_names: E + 1 names; entry 0 is empty.
        features: per interaction, name to ``(N,)``: float64 if all values are numbers, else text.
        item_features: per item, name to ``(V+1,)``.
        repeats: True where a user may meet an item again; then seen items stay in the ranking.
        name: a short name for tables.
        report: what was read, dropped and why.

    Raises:
        DataError: arrays of unequal length, users out of order, numbers outside their range.
    """

    users: np.ndarray
    items: np.ndarray
    times: np.ndarray | None
    user_ids: np.ndarray
    item_ids: np.ndarray
    titles: list[str] | None = None
    events: np.ndarray | None = None
    event_names: list[str] = field(default_factory=list)
    features: dict[str, np.ndarray] = field(default_factory=dict)
    item_features: dict[str, np.ndarray] = field(default_factory=dict)
    repeats: bool = False
    name: str = "log"
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        n = len(self.users)
        columns = {"items": self.items, "times": self.times, "events": self.events, **self.features}
        for name, values in columns.items():
            if values is not None and len(values) != n:
                raise DataError(f"log {self.name!r}: {name} has {len(values)} rows, users has {n}")
        if n and (self.users[0] < 0 or self.users[-1] >= self.n_users or _falls(self.users)):
            raise DataError(f"log {self.name!r}: users must rise from 0 to {self.n_users - 1}")
        if n and not 1 <= self.items.min() <= self.items.max() <= self.n_items:
            raise DataError(f"log {self.name!r}: items must lie between 1 and {self.n_items}")
        if self.titles is not None and len(self.titles) != len(self.item_ids):
            raise DataError(f"log {self.name!r}: {len(self.titles)} titles for {len(self.item_ids)} entries")

    def __len__(self) -> int:
        return len(self.users)

    def __repr__(self) -> str:
        timed = "untimed" if self.times is None else "timed"
        return (
            f"Interactions({self.name!r}: {self.n_users:,} users, {self.n_items:,} items, "
            f"{len(self):,} interactions, {timed})"
        )

    @property
    def n_users(self) -> int:
        """U, the number of users."""
        return len(self.user_ids)

    @property
    def n_items(self) -> int:
        """V, the number of items; padding is not one."""
        return len(self.item_ids) - 1

    @cached_property
    def offsets(self) -> np.ndarray:
        """``(U+1,)`` int64: the rows of user u are ``offsets[u]`` to ``offsets[u+1] - 1``."""
        counts = np.bincount(self.users, minlength=self.n_users)
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @property
    def frame(self) -> pd.DataFrame:
        """The log as a table with its own ids: user, item, then time, event and features if any."""
        columns = {"user": self.user_ids[self.users], "item": self.item_ids[self.items]}
        if self.times is not None:
            columns["time"] = self.times
        if self.events is not None:
            columns["event"] = np.asarray(self.event_names, dtype=object)[self.events]
        return pd.DataFrame({**columns, **self.features}).infer_objects()

    def describe(self) -> dict[str, int | str]:
        """Return ``{"users", "items", "interactions", "name"}``, ready for JSON."""
        return {
            "users": self.n_users,
            "items": self.n_items,
            "interactions": len(self),
            "name": self.name,
        }

    def take(self, keep: np.ndarray) -> Interactions:
        """Return the rows where ``keep`` ``(N,)`` bool is True, with the same ids and numbers."""
        return replace(
            self,
            users=self.users[keep],
            items=self.items[keep],
            times=None if self.times is None else self.times[keep],
            events=None if self.events is None else self.events[keep],
            features={name: values[keep] for name, values in self.features.items()},
        )

    def compact(self) -> Interactions:
        """Drop users and items that have no row left and number the others again, in order."""
        has_user = np.bincount(self.users, minlength=self.n_users) > 0  # (U,)
        has_item = np.bincount(self.items, minlength=self.n_items + 1) > 0  # (V+1,)
        has_item[0] = True
        titles = self.titles
        if titles is not None:
            titles = [title for title, kept in zip(titles, has_item, strict=True) if kept]
        return replace(
            self,
            users=(np.cumsum(has_user) - 1)[self.users],
            items=(np.cumsum(has_item) - 1)[self.items],
            user_ids=self.user_ids[has_user],
            item_ids=self.item_ids[has_item],
            titles=titles,
            item_features={name: values[has_item] for name, values in self.item_features.items()},
        )


def _falls(numbers: np.ndarray, at_once: int = 1 << 22) -> bool:
    """Whether a number is below the one before it; looks at parts, so that a large log costs no copy."""
    return any(
        bool((np.diff(numbers[start : start + at_once + 1]) < 0).any())
        for start in range(0, len(numbers), at_once)
    )


class Logged(Protocol):
    """What has a log of its own, such as a world."""

    @property
    def log(self) -> Interactions:
        """The log."""
        ...


def log_of(data: Interactions | Logged) -> Interactions:
    """The log itself, or the one that a world has."""
    return data if isinstance(data, Interactions) else data.log
