"""Verdicts on the service under load: what its stored rows have shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ....results import Results, load_results
from ..reading import NO, OPEN, YES, Reading, Sentence, decided


def _interval(gaps: Sequence[float]) -> str:
    """What the interval of a mean difference over runs says."""
    return decided(*Results("gaps", [{"test": {"gap": gap}} for gap in gaps]).interval("gap"))


def _each(runtime: str, highest: bool, read: Callable[[dict], float]) -> list[float]:
    """One number a run, of the lowest or the highest load."""
    rows = load_results("serving").where(part="load", runtime=runtime).rows
    load = (max if highest else min)(row["load"] for row in rows)
    some = [row for row in rows if row["load"] == load]
    return [read(row) for row in sorted(some, key=lambda row: row["seed"])]


def _tail_doubles() -> str:
    high, low = (_each("PyTorch", which, lambda row: row["test"]["p95"]) for which in (True, False))
    return _interval([a - 2 * b for a, b in zip(high, low, strict=True)])


def _median_below_mean() -> str:
    gaps = [
        gap
        for runtime in ("PyTorch", "onnxruntime")
        for gap in _each(runtime, True, lambda row: row["test"]["mean"] - row["test"]["p50"])
    ]
    return YES if min(gaps) > 0 else NO


def _onnx_slower() -> str:
    onnx, torch = (
        _each(name, False, lambda row: row["alone"]["mean"]) for name in ("onnxruntime", "PyTorch")
    )
    return _interval([a - b for a, b in zip(onnx, torch, strict=True)])


_INTERVAL = "Take the difference run by run. On which side of 0 does its interval lie, if on one?"

EXERCISE = Reading(
    name="what-the-load-said",
    sentences=(
        Sentence(_tail_doubles, dict.fromkeys((YES, NO, OPEN), _INTERVAL)),
        Sentence(
            _median_below_mean,
            dict.fromkeys(
                (YES, NO, OPEN), "The sentence is about these runs alone, and each has both figures."
            ),
        ),
        Sentence(_onnx_slower, dict.fromkeys((YES, NO, OPEN), _INTERVAL)),
        Sentence(
            lambda: OPEN,
            dict.fromkeys((YES, NO), "How many workers did the service of the stored rows have?"),
        ),
    ),
    hints=(
        "For each sentence find the rows that it is about, and count how many runs there are.",
        "What no row has tried is open, however plausible it is.",
    ),
)
