"""``recommend --why``: which events of the history speak for each item of its list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ..data.batch import Batch
from ..data.moments import Moment, to_seconds
from ..experiments import Recommendation, Run
from ..experiments.recommending import item_numbers
from ..explain import METHODS, explain, one_row
from ..messages import InputError, unknown

NAMED = 3  # events that are named for each item


def check_method(method: str | None) -> None:
    """Raise InputError when ``method`` is not one of explanation."""
    if method is not None and method not in METHODS:
        raise InputError(unknown("method of --why", method, METHODS))


def add_reasons(
    made: Run, rows: Sequence[Recommendation], history: Sequence[str], method: str, at: Moment | None
) -> list[dict[str, Any]]:
    """``rows`` with ``why``: up to three events that speak most for the item, each with its share.

    The model reads the newest ``max_len`` events, and an older one is never named, nor one whose item the run
    does not know. Shares are those of the method; events that do not speak for the item are left out. Where
    nothing of the history is known, the list is that of the most popular items, and nothing speaks for them.

    Raises:
        InputError: the model lacks what the method reads.
    """
    numbers = item_numbers(made.item_ids)
    known = [(place, numbers[str(each)]) for place, each in enumerate(history, 1) if str(each) in numbers]
    known = known[-made.max_len :]
    if not known:
        return [{**row, "why": []} for row in rows]
    batch = one_row([item for _, item in known])
    if at is not None:
        batch = Batch(batch.items, batch.lengths, query_time=torch.tensor([to_seconds(at)]).double())
    found: list[dict[str, Any]] = []
    for row in rows:
        shares = explain(made.model, batch, numbers[str(row["item"])], method)
        best = shares.argsort(descending=True, stable=True)[:NAMED].tolist()
        reasons = [
            {
                "place": known[step][0],
                "item": made.item_ids[known[step][1]],
                "title": (made.titles[known[step][1]] or "") if made.titles else "",
                "share": float(shares[step]),
            }
            for step in best
            if shares[step] > 0
        ]
        found.append({**row, "why": reasons})
    return found


def as_words(reasons: Sequence[dict[str, Any]]) -> str:
    """``Title (+0.52), id (+0.10)``; a dash where nothing speaks for the item."""
    named = (f"{each['title'] or each['item']} ({each['share']:+.2f})" for each in reasons)
    return ", ".join(named) or "-"
