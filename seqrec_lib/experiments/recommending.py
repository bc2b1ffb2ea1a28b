"""From histories in the log's own ids to the items that should come next.

Sizes: ``B`` histories, ``T`` steps, ``V`` items.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import torch

from ..data.batch import Batch
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
) -> list[list[Recommendation]]:
    """The ``k`` best items after each history; items of the history are left out unless the log ``repeats``.

    Args:
        histories: the log's own ids, oldest first. item_ids, titles: ``(V+1,)``, entry 0 unused.
        max_len: the model reads the newest so many.

    Raises:
        InputError: as :meth:`seqrec_lib.experiments.run.Run.recommend`.
    """
    if isinstance(histories, str) or any(
        isinstance(one, str) or not hasattr(one, "__len__") for one in histories
    ):
        raise InputError("histories is a list of lists of item ids; for one history write [[id, id, id]]")
    numbers = {str(each): n for n, each in enumerate(item_ids) if n > 0}
    known = [find_items(history, numbers) for history in histories]
    found = []
    with asked(model):
        for first in range(0, len(known), HISTORIES_AT_ONCE):
            found += _ranked(
                model, known[first : first + HISTORIES_AT_ONCE], k, item_ids, titles, max_len, repeats
            )
    return found


def find_items(history: Sequence[object], numbers: dict[str, int]) -> list[int]:
    """Item numbers of the log's own ids.

    Raises:
        InputError: no id, or one that is not in the catalogue (the nearest are named).
    """
    if not len(history):
        raise InputError("the history is empty: give at least one item id")
    for each in history:
        if str(each) not in numbers:
            raise InputError(unknown("item id", each, numbers))
    return [numbers[str(each)] for each in history]


def _ranked(
    model: Recommender,
    histories: list[list[int]],
    k: int,
    item_ids: Sequence[object],
    titles: Sequence[str] | None,
    max_len: int,
    repeats: bool,
) -> list[list[Recommendation]]:
    newest = [history[-max_len:] for history in histories]
    lengths = torch.tensor([len(each) for each in newest])
    width = int(lengths.max())
    items = torch.tensor([each + [0] * (width - len(each)) for each in newest])  # (B, T)
    scores = model.score(Batch(items, lengths).to(place_model(model, None))).cpu()  # (B, V+1)
    check_scores(scores)
    row = torch.cat([torch.full((len(each),), n) for n, each in enumerate(histories)])
    seen = (row, torch.tensor([item for each in histories for item in each]))
    best = top_items(scores, k, allowed_items(scores, None if repeats else seen))  # (B, k)
    return [
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
