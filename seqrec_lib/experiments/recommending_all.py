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
from ..evaluation.asking import rows_at_once
from ..evaluation.metrics import check_k
from ..messages import InputError, unknown
from ..models.recommender import Recommender
from .recommending import Shelf, best_items, item_numbers, short_notes, unheard

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
    shelf: Shelf,
    users: Sequence[object] | None = None,
    at: Moment | None = None,
) -> Recommended:
    """The ``k`` best items after the whole history of each user, from the log as it stands.

    A user without an item that the run knows gets the most popular items.

    Args:
        log: of the run, or a newer one; items that the run does not know are left out of histories.
        item_ids: ``(V+1,)`` the run's. max_len: the model reads the newest so many.
        users: ids, None for all. at: when the next item is asked for; None: just after the last row of the
            log.

    Raises:
        InputError: a user who is not in the log, a ``k`` that does not fit the catalogue, or a log of which
            the run knows no item.
    """
    check_k(k, len(item_ids) - 1)
    numbers = item_numbers(item_ids)
    asked = _find_users(users, log)
    log, notes = as_in_run(log, numbers)
    notes = [*shelf.notes, *notes]
    if not len(log):
        raise InputError(f"{log.name}: the run knows no item of this log: give the data of the run")
    heard = np.diff(log.offsets)[asked] > 0  # (U,)
    moment = None if log.times is None else float(log.times.max()) + 1 if at is None else to_seconds(at)
    parts = list(_parts(model, log, asked[heard], k, max_len, shelf, moment))
    if not heard.all():
        notes.append(unheard(int((~heard).sum()), "user", "users"))
        parts.append(_popular(log.user_ids[asked[~heard]], shelf.popular(k)))
    table = pd.concat(parts, ignore_index=True)
    if not heard.all():  # back to the order in which they were asked for
        place = {user: n for n, user in enumerate(log.user_ids[asked])}
        table = table.sort_values("user", key=lambda ids: ids.map(place), kind="stable", ignore_index=True)
    sizes = table["user"].value_counts().reindex(log.user_ids[asked], fill_value=0)
    table["item"] = np.array(item_ids, dtype=object)[table["item"].to_numpy(dtype=np.int64)]
    return Recommended(table.infer_objects(), [*notes, *short_notes(sizes.tolist(), k, "user", "users")])


def _popular(users: np.ndarray, best: list[tuple[int, float]]) -> pd.DataFrame:
    """The same list for each of ``users``."""
    n = len(best)
    return pd.DataFrame(
        {
            "user": np.repeat(users, n),
            "item": np.tile([item for item, _ in best], len(users)),
            "rank": np.tile(np.arange(1, n + 1), len(users)),
            "score": np.tile([score for _, score in best], len(users)),
        }
    )


def _parts(
    model: Recommender, log: Interactions, users: np.ndarray, k: int, max_len: int, shelf: Shelf,
    moment: float | None,
) -> Iterator[pd.DataFrame]:  # fmt: skip
    """A table for some users at a time; ``item`` holds the run's numbers."""
    flat, size = torch.from_numpy(log.items), rows_at_once(log.n_items, USERS_AT_ONCE)
    for first in range(0, len(users), size):
        some = users[first : first + size]
        start, stop = log.offsets[some], log.offsets[some + 1]
        batch = histories(log, start, stop, max_len, asked_at=moment)
        batch.users = None  # numbers of this log, which may be a newer one: a model goes by the history
        seen = ragged_rows(flat, torch.from_numpy(start), torch.from_numpy(stop))
        scores, best = best_items(model, batch, seen, k, shelf)
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


def as_in_run(log: Interactions, numbers: dict[str, int]) -> tuple[Interactions, list[str]]:
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
