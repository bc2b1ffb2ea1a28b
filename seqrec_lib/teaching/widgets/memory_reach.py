"""How far back a state of Transformer-XL can know, place by place, and what stored models made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...messages import message
from ...results import Results
from .view import View

SEGMENT, MEMORY, THROUGH, OUT = 0, 1, 2, 3
SHOWN = 64  # events of the past that are drawn


def how_known(events: int, place: int, memory: int, layers: int) -> list[int]:
    """How a state can know of the newest ``events`` events, the oldest first.

    0: it stands in the state's own segment, 1: in the memory of the first layer, 2: only through states of
    the layers below, 3: not at all. ``place``: of the state in its segment, from 1. The bounds are those of
    the chapter: n M + i - 1 steps back with n layers, a memory of M and place i; the event at the state
    itself is 0 steps back.
    """
    found = []
    for back in range(events - 1, -1, -1):  # steps back from the state
        if back <= place - 1:
            found.append(SEGMENT)
        elif back <= memory + place - 1:
            found.append(MEMORY)
        else:
            found.append(THROUGH if back <= layers * memory + place - 1 else OUT)
    return found


def memory_reach(models: Mapping[str, Results], causes: Mapping[int, float]) -> View:
    """A view of models with memories of several lengths: their reach, the causes, and NDCG@10 by place.

    Args:
        models: name to the stored rows of one variant (``long``, part ``reach`` or ``longer``): ``by_place``,
            ``floors``, ``ceiling``, and ``memory`` and ``layers`` in ``settings``.
        causes: share of the causes at each distance, counted in events back from the item that is asked for.

    Raises:
        ValueError: no model, or a cause that stands further back than is drawn.
    """
    if not models:
        raise ValueError("give at least one model")
    if not causes or not all(0 < back <= SHOWN for back in causes):
        raise ValueError(f"give causes that stand 1 to {SHOWN} events back")
    first = next(iter(models.values())).rows[0]
    total = sum(causes.values())
    data = {
        "words": _words(),
        "shown": SHOWN,
        "models": [
            {
                "name": name,
                "memory": part.rows[0]["settings"]["memory"],
                "layers": part.rows[0]["settings"]["layers"],
                "values": _mean([row["by_place"] for row in part.rows]),
                "runs": len(part.rows),
            }
            for name, part in models.items()
        ],
        "floor": first["floors"]["popularity"]["by_place"],
        "ceiling": first["ceiling"]["by_place"],
        "causes": [{"back": back, "share": round(share / total, 4)} for back, share in causes.items()],
    }
    data["known"] = [
        [how_known(SHOWN, place, one["memory"], one["layers"]) for place in range(1, len(one["values"]) + 1)]
        for one in data["models"]
    ]
    label = message("Choose a model and a place in the segment: can the state know of the cause?")
    return View("memory_reach", label, data)


def _mean(rows: Sequence[Sequence[float]]) -> list[float]:
    return [round(sum(values) / len(rows), 4) for values in zip(*rows, strict=True)]


def _words() -> dict[str, Any]:
    """Every sentence of the view."""
    return {
        "title": message("Can it know of the cause?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "take two layers with a memory of 16, and move the place from 1 to 16. When do the causes come "
            "into reach, and does NDCG@10 follow? Then take one layer with a memory of 48."
        ),
        "choose": message("The model and its place"),
        "model": message("model"),
        "place": message("place in the segment:"),
        "strip": message("What the state can know of its past (diamonds: where causes stand)"),
        "oldest": message("{n} events back"),
        "newest": message("the state"),
        "kinds": [
            message("full: in its own segment"),
            message("tall and light: in the memory of its first layer"),
            message("half: only through states below"),
            message("hollow: out of reach"),
        ],
        "read": message(
            "Of {n} events {own} stand in the segment, {memory} in the memory, {through} are known through "
            "states below, {out} are out of reach."
        ),
        "across": message("place in the segment"),
        "up": message("NDCG@10"),
        "oracle": message("oracle"),
        "popularity": message("popularity"),
        "told": message(
            "At place {place} it can know of events up to {reach} steps back from the state: {share} of the "
            "causes. NDCG@10 there is {value} (mean of {runs} runs); the oracle has {ceiling}."
        ),
        "alt": message("NDCG@10 of {model} by place in the segment, from {first} to {last}."),
        "table": message("The data of this figure"),
    }
