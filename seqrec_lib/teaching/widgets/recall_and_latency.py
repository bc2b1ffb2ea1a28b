"""Recall against latency: how long may a search take, and what does each index find in that time?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...messages import message
from .view import View

EXACT = ("exact", "flat")
NAMES = {
    "exact": "exact, torch",
    "flat": "exact, faiss",
    "ivf": "inverted file",
    "hnsw": "HNSW",
    "usearch": "usearch",
}


def recall_and_latency(rows: Sequence[Mapping[str, Any]]) -> View:
    """A view of measured searches.

    Args:
        rows: each with ``items``, ``kind``, ``metric``, ``effort`` and ``test`` (``recall@10``,
            ``microseconds``), as in the stored results. Searches by another metric than ``dot`` are left out.

    Raises:
        ValueError: no exact search among the rows of a size: there is nothing to compare times with.
    """
    sets = []
    for items in sorted({row["items"] for row in rows}):
        some = [row for row in rows if row["items"] == items and row["metric"] == "dot"]
        whole = [row["test"]["microseconds"] for row in some if row["kind"] in EXACT]
        if not whole:
            raise ValueError(f"no exact search of {items} items: times have nothing to be compared with")
        kinds = [
            {"name": message(name), "points": [_point(row) for row in some if row["kind"] == kind]}
            for kind, name in NAMES.items()
        ]
        sets.append(
            {"items": items, "exact": min(whole), "kinds": [kind for kind in kinds if kind["points"]]}
        )
    return View(
        "recall_and_latency",
        label=message("Choose how long a search may take and see what each index finds"),
        data={"words": _words(), "sets": sets},
    )


def _point(row: Mapping[str, Any]) -> dict[str, float]:
    return {
        "effort": row["effort"],
        "recall": round(row["test"]["recall@10"], 4),
        "microseconds": round(row["test"]["microseconds"], 1),
    }


def _words() -> dict[str, str]:
    """Every sentence of the view."""
    return {
        "title": message("What can be found in the time?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "allow 5% of the exact search's time, first with the small catalogue, then with the large."
        ),
        "choose": message("The search"),
        "items": message("items"),
        "budget": message("time allowed"),
        "share": message("{value}% of the exact search's time"),
        "row": message("{name} · effort {effort} · {time} µs"),
        "rowWhole": message("{name} · {time} µs"),
        "tooSlow": message("{name} · too slow"),
        "bar": message("{name} {value}"),
        "recall": message("recall@10 of the exact list"),
        "alt": message("Bars, one for each index. {rows}."),
        "best": message(
            "In {time} µs of the {exact} µs of the exact search, {name} finds {value} of the exact list."
        ),
        "none": message("Nothing is done in {time} µs of the {exact} µs of the exact search."),
        "note": message(
            "Each bar is the best setting of that index that was fast enough. Effort: cells that are "
            "looked into, or "
            "the width of the walk. Times are medians of one query at a time on one core."
        ),
        "table": message("The data of this figure"),
    }
