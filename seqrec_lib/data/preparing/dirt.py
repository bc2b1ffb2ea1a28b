"""Dirt on purpose: a clean log with the faults of real ones added, and the truth about each row.

Only where the truth is known can a cleaning step be judged. So the faults here are drawn by rules like those
that make them in practice, and every row says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...messages import InputError, unknown
from ..interactions import Interactions, Logged, log_of

KINDS = ("clean", "duplicate", "bot", "milliseconds", "future", "zero", "slow clock", "visitor")
DAY = 86_400.0
# Users, items, times as written, true times, and the kind: one for each row, or one for all.
Part = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray | str]


@dataclass(frozen=True)
class DirtyLog:
    """A raw log in the order in which its rows arrived.

    Attributes:
        frame: columns ``user``, ``item``, ``time`` (seconds, as the faulty clocks wrote it) and ``row``, the
            row's number, which reading and cleaning carry along.
        truth: ``(N,)`` text, one of ``KINDS`` for each row of ``frame``.
    """

    frame: pd.DataFrame
    truth: np.ndarray

    def is_kind(self, *kinds: str) -> np.ndarray:
        """``(N,)`` bool: True where the row is one of ``kinds``.

        Raises:
            InputError: no such kind of dirt.
        """
        for kind in kinds:
            if kind not in KINDS:
                raise InputError(unknown("kind of dirt", kind, KINDS))
        return np.isin(self.truth, kinds)

    def counts(self) -> dict[str, int]:
        """How many rows there are of each kind."""
        return {kind: int((self.truth == kind).sum()) for kind in KINDS}


def add_dirt(
    log: Interactions | Logged,
    seed: int = 0,
    *,
    duplicates: float = 0.04,
    bots: int = 6,
    clocks: float = 0.01,
    slow: float = 0.005,
    visitors: int = 300,
) -> DirtyLog:
    """Add faults to a clean log or world.

    - duplicates: a share of rows is sent again: three in four within seconds (a double click, a network that
      tried twice), the others up to a day later (a phone that was offline).
    - bots: new users who take the items of the catalogue in turn. Two in three at machine speed, a second or
      less apart; every third waits half a minute to two minutes, so that it looks more like a person.
    - clocks: a share of rows in each of three faults: the time in milliseconds, a year in the future, or 0.
      ``slow``: a share of rows whose clock is some hours behind, which no rule can see.
    - visitors: users with one interaction each, with an item drawn as often as it occurs in the log.

    No row has two faults. Rows arrive by their true times, late duplicates by the time they were sent again.

    Raises:
        InputError: a share that is not 0 to 1, shares that leave no clean row, a negative number, or a log
            without times.
    """
    log = log_of(log)
    _check(log, duplicates, bots, clocks, slow, visitors)
    assert log.times is not None  # checked
    rng = np.random.default_rng(seed)
    users, items = np.asarray(log.user_ids[log.users]), np.asarray(log.item_ids[log.items])
    times, written = log.times, log.times.copy()
    truth = np.full(len(log), "clean", dtype=object)

    chosen = rng.permutation(len(log))  # rows for the faults of the clock, one after the other
    first = 0
    for kind, share in (("milliseconds", clocks), ("future", clocks), ("zero", clocks), ("slow clock", slow)):
        row = chosen[first : first + round(share * len(log))]
        first += len(row)
        truth[row] = kind
        written[row] = _wrong_clock(kind, times[row], rng)

    again = chosen[first : first + round(duplicates * len(log))]
    late = rng.random(len(again)) < 0.25
    sent = times[again] + np.where(
        late, rng.uniform(3600, DAY, len(again)), rng.uniform(0.05, 4.0, len(again))
    )
    parts: list[Part] = [(users, items, written, times, truth)]
    parts.append((users[again], items[again], sent, sent, "duplicate"))
    span = times.min(), times.max()
    parts += [_bot(log, span, f"bot-{n}", patient=n % 3 == 2, rng=rng) for n in range(bots)]
    moment = rng.uniform(*span, visitors)
    names = np.array([f"visitor-{n}" for n in range(visitors)], dtype=object)
    parts.append((names, rng.choice(items, visitors), moment, moment, "visitor"))

    sizes = [len(part[0]) for part in parts]
    columns = [np.concatenate([np.asarray(part[c], dtype=object) for part in parts]) for c in (0, 1)]
    columns += [np.concatenate([part[c] for part in parts]) for c in (2, 3)]
    labels = np.concatenate(
        [np.broadcast_to(np.asarray(p[4], dtype=object), n).copy() for p, n in zip(parts, sizes, strict=True)]
    )
    arrived = np.argsort(columns[3], kind="stable")
    frame = pd.DataFrame(
        {
            "user": columns[0][arrived].astype(str),
            "item": columns[1][arrived],
            "time": columns[2][arrived],
            "row": np.arange(len(arrived)),
        }
    ).infer_objects()
    return DirtyLog(frame, labels[arrived])


def _wrong_clock(kind: str, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if kind == "milliseconds":
        return times * 1000
    if kind == "future":
        return times + 365 * DAY + rng.uniform(0, 30 * DAY, len(times))
    return np.zeros(len(times)) if kind == "zero" else times - rng.uniform(3600, 12 * 3600, len(times))


def _bot(
    log: Interactions, span: tuple[float, float], name: str, patient: bool, rng: np.random.Generator
) -> Part:
    """One pass over half of the catalogue or more, in the order of the item numbers."""
    start, n = rng.integers(log.n_items // 2 + 1), log.n_items
    items = log.item_ids[1:][start : start + max(n // 2, 1)]
    gaps = rng.uniform(30, 120, len(items)) if patient else rng.uniform(0.1, 1.0, len(items))
    moment = rng.uniform(*span) + gaps.cumsum()
    return np.full(len(items), name, dtype=object), items, moment, moment, "bot"


def _check(
    log: Interactions, duplicates: float, bots: int, clocks: float, slow: float, visitors: int
) -> None:
    if log.times is None:
        raise InputError(f"{log.name}: no times, so no clock can be wrong: give a log with times, or a world")
    for name, share in (("duplicates", duplicates), ("clocks", clocks), ("slow", slow)):
        if not 0 <= share <= 1:
            raise InputError(f"{name} is {share}: it is a share of the rows, 0 to 1")
    if duplicates + 3 * clocks + slow > 1:
        raise InputError("duplicates, three times clocks and slow are above 1 together: leave clean rows")
    if bots < 0 or visitors < 0:
        raise InputError(f"bots is {bots} and visitors {visitors}: both are numbers of users, 0 or more")
