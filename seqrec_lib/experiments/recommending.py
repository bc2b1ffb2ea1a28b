"""From histories in the log's own ids to the items that should come next.

Sizes: ``B`` histories, ``T`` steps, ``V`` items.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TypedDict

import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.moments import Moment, to_seconds
from ..evaluation.asking import asked
from ..evaluation.metrics import allowed_items, check_scores, top_items
from ..messages import InputError, unknown
from ..models.recommender import Recommender, place_model

HISTORIES_AT_ONCE = 256


class Recommendation(TypedDict):
    """One item of a list: its place from 1, the log's own id, its title ("" without one), its score."""

    rank: int
    item: object
    title: str
    score: float


def recommend(
    model: Recommender,
    histories: Sequence[Sequence[object]],
    k: int,
    item_ids: Sequence[object],
    titles: Sequence[str] | None,
    max_len: int,
    repeats: bool = False,
    exclude: Sequence[object] = (),
    at: Moment | None = None,
) -> list[list[Recommendation]]:
    """The ``k`` best items after each history; items of the history are left out unless the log ``repeats``.

    Args:
        histories: the log's own ids, oldest first. item_ids, titles: ``(V+1,)``, entry 0 unused.
        max_len: the model reads the newest so many.
        exclude: ids that are never recommended. at: when the next item is asked for.

    Raises:
        InputError: as :meth:`seqrec_lib.experiments.run.Run.recommend`.
    """
    if isinstance(histories, str) or any(
        isinstance(one, str) or not hasattr(one, "__len__") for one in histories
    ):
        raise InputError("histories is a list of lists of item ids; for one history write [[id, id, id]]")
    numbers = item_numbers(item_ids)
    known = [find_items(history, numbers) for history in histories]
    banned = [find_item(each, numbers) for each in exclude]
    found: list[list[Recommendation]] = []
    for first in range(0, len(known), HISTORIES_AT_ONCE):
        part = known[first : first + HISTORIES_AT_ONCE]
        batch = _padded([each[-max_len:] for each in part])
        if at is not None:
            batch.query_time = torch.full((len(batch),), to_seconds(at), dtype=torch.float64)
        row = torch.cat([torch.full((len(each),), n) for n, each in enumerate(part)])
        seen = (row, torch.tensor([item for each in part for item in each]))
        scores, best = best_items(model, batch, None if repeats else seen, k, banned)
        found += [
            [
                Recommendation(
                    rank=place,
                    item=item_ids[item],
                    title=(titles[item] or "") if titles else "",
                    score=float(scores[n, item]),
                )
                for place, item in enumerate((one for one in row_of.tolist() if one), 1)
            ]
            for n, row_of in enumerate(best)
        ]
    return found


def best_items(
    model: Recommender, batch: Batch, seen: tuple[Tensor, Tensor] | None, k: int, banned: Sequence[int] = ()
) -> tuple[Tensor, Tensor]:
    """``(scores (B, V+1), items (B, k))``, best first; 0 where fewer than ``k`` items may be shown.

    Args:
        seen: ``(row, item)`` of what leaves the ranking; None: nothing. banned: items that nobody is shown.
    """
    with asked(model):
        scores = model.score(batch.to(place_model(model, None))).cpu()
    check_scores(scores)
    allowed = allowed_items(scores, seen) & (scores > -torch.inf)  # an index scores what it finds alone
    allowed[:, list(banned)] = False
    return scores, top_items(scores, k, allowed)


def _padded(histories: list[list[int]]) -> Batch:
    lengths = torch.tensor([len(each) for each in histories])
    width = int(lengths.max())
    return Batch(torch.tensor([each + [0] * (width - len(each)) for each in histories]), lengths)  # (B, T)


def item_numbers(item_ids: Sequence[object]) -> dict[str, int]:
    """Each of the log's own ids ``(V+1,)`` as text, to its number; entry 0 is padding."""
    return {str(each): n for n, each in enumerate(item_ids) if n > 0}


def find_items(history: Sequence[object], numbers: dict[str, int]) -> list[int]:
    """Item numbers of the log's own ids.

    Raises:
        InputError: no id, or one that is not in the catalogue (the nearest are named).
    """
    if not len(history):
        raise InputError("the history is empty: give at least one item id")
    return [find_item(each, numbers) for each in history]


def find_item(each: object, numbers: dict[str, int]) -> int:
    """The number of one of the log's own ids.

    Raises:
        InputError: it is not in the catalogue (the nearest are named, quoted where they have spaces).
    """
    if str(each) not in numbers:
        raise InputError(unknown("item id", each, map(shlex.quote, numbers)))
    return numbers[str(each)]
