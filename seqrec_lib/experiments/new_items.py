"""A trained run whose catalogue grows: items that training did not have, by what is known of them.

Sizes: ``V`` items of the run, ``W`` of the table that is given.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from ..data import Interactions
from ..data.reading.catalogue import rows_of
from ..messages import InputError
from ..models.recommender import GrowsItems
from .recommending import counted_words, item_numbers
from .run import Run


class Described(Protocol):
    """What says something of items: a log, or a table of the catalogue. Entry 0 of each is unused."""

    name: str
    item_ids: np.ndarray
    titles: list[str] | None
    item_features: dict[str, np.ndarray]


def with_items(run: Run, table: Described) -> tuple[Run, list[str]]:
    """``(run, notes)``: a run that also ranks the items of ``table`` which it does not have.

    Nothing is trained. A model that reads what is known of items gives them a vector from that alone. The old
    items keep what they were trained with. Means, spreads and rarities of words are those of the items that
    training met, so the table must hold these items too. Other models keep their catalogue, and a note says
    that the new items are shown to nobody.

    Raises:
        InputError: the table has other columns than training had, or none of the run's own items.
    """
    numbers = item_numbers(run.item_ids)
    ids = [str(each) for each in table.item_ids[1:]]
    fresh = [row for row, each in enumerate(ids, 1) if each not in numbers]
    if not fresh:
        return run, []
    who = counted_words(len(fresh), "item is", "items are")
    if not isinstance(run.model, GrowsItems) or not run.model.can_grow:
        return run, [
            f"{who} new to the run and shown to nobody: {run.name} scores what training had; train it again, "
            "or train modal, which reads what is known of items"
        ]
    if run.counts is None:
        raise InputError("this run, of an older version, did not keep how often items occur: train it again")
    place = {each: row for row, each in enumerate(ids, 1)}
    rows = [place.get(str(each), 0) for each in run.item_ids[1:]] + fresh  # of the table; 0: not there
    fitted = np.append(np.array(run.counts) > 0, np.zeros(len(fresh), dtype=bool))  # (V + new + 1,)
    there = np.array([False, *(row > 0 for row in rows)])
    if not (fitted & there).any():
        raise InputError(
            f"{table.name}: none of the items that training met: means, and how rare words are, come from "
            "them, so give the whole catalogue, old items and new ones"
        )
    log = _joined(run, table, np.array([0, *rows]), fresh)
    model, differ = run.model.grown(log, fitted & there)
    notes = [f"{who} new: scored by what is known of them"]
    lacking = int((fitted & ~there).sum()) + differ
    if lacking:
        notes.append(
            f"{counted_words(lacking, 'item', 'items')} of the run not in {table.name}, or with other "
            "features than in training: they keep the old ones, but means and rarities of words may differ"
        )
    titles = run.titles
    if log.titles is not None:
        titles = [*(run.titles or [""] * len(run.item_ids)), *log.titles[len(run.item_ids) :]]
    grown = replace(
        run,
        model=model,
        settings=model.settings.as_dict(),
        item_ids=[*run.item_ids, *table.item_ids[fresh].tolist()],
        titles=titles,
        counts=[*run.counts, *[0] * len(fresh)],
    )
    return grown, notes


def _joined(run: Run, table: Described, rows: np.ndarray, fresh: list[int]) -> Interactions:
    """A log without rows that says of the run's items, and then of the new ones, what ``table`` says."""

    none = np.zeros(0, dtype=np.int64)
    return Interactions(
        users=none,
        items=none,
        times=None,
        user_ids=np.zeros(0, dtype=object),
        item_ids=np.array([*run.item_ids, *table.item_ids[fresh]], dtype=object),
        titles=None if table.titles is None else [table.titles[row] if row else "" for row in rows.tolist()],
        item_features={name: rows_of(values, rows) for name, values in table.item_features.items()},
        name=table.name,
    )
