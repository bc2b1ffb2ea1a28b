"""From a whole log to a table: what should come next for each of its users.

Sizes: ``U`` users who are asked for, ``V`` items of the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from ..data.batch import ragged_rows
from ..data.interactions import Interactions
from ..data.moments import Moment, to_seconds
from ..data.windows import histories
from ..messages import InputError, unknown
from ..models.recommender import Recommender
from .recommending import best_items, find_item, item_numbers

USERS_AT_ONCE = 512


@dataclass(frozen=True)
class Recommended:
    """Lists for the users of a log.

    Attributes:
        table: ``user, item, rank, score`` in the log's own ids, users as they were asked for.
        notes: who or what was left out, in words.
    """

    table: pd.DataFrame
    notes: list[str]


def recommend_all(
    model: Recommender,
    log: Interactions,
    item_ids: Sequence[object],
    k: int,
    max_len: int,
    repeats: bool = False,
    users: Sequence[object] | None = None,
    exclude: Sequence[object] = (),
    at: Moment | None = None,
) -> Recommended:
    """The ``k`` best items after the whole history of each user, from the log as it stands.

    Args:
        log: of the run, or a newer one; items that the run does not know are left out of histories.
        item_ids: ``(V+1,)`` the run's. max_len: the model reads the newest so many.
        repeats: False leaves out what the user has met. users: ids, None for all.
        exclude: ids that nobody is shown. at: when the next item is asked for; None: just after the last
            row of the log.

    Raises:
        InputError: a user who is not in the log, an item to exclude that the run does not have, a ``k`` that
            does not fit the catalogue, no user with an item that the run knows.
    """
    numbers = item_numbers(item_ids)
    banned = [find_item(each, numbers) for each in exclude]
    asked = _find_users(users, log)
    log, notes = _as_in_run(log, numbers)
    counts = np.diff(log.offsets)  # (all users,)
    silent = int((counts[asked] == 0).sum())
    if silent:
        notes.append(f"{silent:,} users have no item that the run knows, so they get no list")
    asked = asked[counts[asked] > 0]
    if not len(asked):
        raise InputError(f"{log.name}: no user has an item that the run knows: give the data of the run")
    moment = None if log.times is None else float(log.times.max()) + 1 if at is None else to_seconds(at)
    parts = list(_parts(model, log, asked, k, max_len, repeats, banned, moment))
    table = pd.concat(parts, ignore_index=True)
    table["item"] = np.array(item_ids, dtype=object)[table["item"]]
    short = len(asked) - int((table["rank"] == k).sum())
    if short:
        notes.append(f"{short:,} users get fewer than {k} items: no others are left that they may be shown")
    return Recommended(table.infer_objects(), notes)


def _parts(
    model: Recommender, log: Interactions, users: np.ndarray, k: int, max_len: int, repeats: bool,
    banned: Sequence[int], moment: float | None,
) -> Iterator[pd.DataFrame]:  # fmt: skip
    """A table for some users at a time; ``item`` holds the run's numbers."""
    flat = torch.from_numpy(log.items)
    for first in range(0, len(users), USERS_AT_ONCE):
        some = users[first : first + USERS_AT_ONCE]
        start, stop = log.offsets[some], log.offsets[some + 1]
        batch = histories(log, start, stop, max_len, asked_at=moment)
        batch.users = None  # numbers of this log, which may be a newer one: a model goes by the history
        seen = None if repeats else ragged_rows(flat, torch.from_numpy(start), torch.from_numpy(stop))
        scores, best = best_items(model, batch, seen, k, banned)
        row, place = (best > 0).nonzero(as_tuple=True)
        item = best[row, place]
        yield pd.DataFrame(
            {
                "user": log.user_ids[some[row.numpy()]],
                "item": item.numpy(),
                "rank": place.numpy() + 1,
                "score": scores[row, item].numpy(),
            }
        )


def _find_users(users: Sequence[object] | None, log: Interactions) -> np.ndarray:
    """``(U,)`` numbers of the users, in the order given, each once; all who have a row for None."""
    if users is None:
        return np.flatnonzero(np.diff(log.offsets) > 0)
    numbers = {str(each): n for n, each in enumerate(log.user_ids)}
    for each in users:
        if str(each) not in numbers:
            raise InputError(f"{log.name}: {unknown('user id', each, numbers)}")
    return np.array(list(dict.fromkeys(numbers[str(each)] for each in users)), dtype=np.int64)


def _as_in_run(log: Interactions, numbers: dict[str, int]) -> tuple[Interactions, list[str]]:
    """``(log, notes)``: with the run's item numbers, and without the items that the run does not have."""
    new = np.array(
        [0, *(numbers.get(str(each), 0) for each in list(log.item_ids)[1:])]
    )  # (items of log + 1,)
    known = new[log.items] > 0
    kept = log.take(known)
    ids = np.array([None, *numbers], dtype=object)
    kept = replace(kept, items=new[kept.items], item_ids=ids, titles=None, item_features={})
    if known.all():
        return kept, []
    gone = int((new[1:] == 0).sum())
    return kept, [
        f"{gone:,} items in {int((~known).sum()):,} rows are not in the run: they are left out of histories"
    ]
