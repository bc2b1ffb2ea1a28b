"""Our figures beside published ones: a table that shows whatever rows are there, and how many."""

from __future__ import annotations

import pandas as pd

from ..messages import InputError, message
from . import Results


def beside_published(results: Results, metric: str = "NDCG@10") -> pd.DataFrame:
    """One line for each ``label``, in the rows' order: our mean over seeds beside the published figure.

    A row's ``published`` is ``(HR@10, NDCG@10, source)`` or None. Two settings under one label would be
    averaged into a figure that nobody measured, so they are refused. An interval needs two seeds.

    Args:
        metric: ``HR@10`` or ``NDCG@10``.

    Raises:
        InputError: another metric; a seed that stands twice under a label; published figures that differ.
    """
    places = {"HR@10": 0, "NDCG@10": 1}
    if metric not in places:
        raise InputError(f"published figures are HR@10 and NDCG@10, not {metric!r}")
    lines = []
    for label in dict.fromkeys(row["label"] for row in results.rows):
        part = results.where(label=label)
        seeds = [row["seed"] for row in part.rows]
        if len(set(seeds)) < len(seeds):
            raise InputError(f"results {results.name!r}, label {label!r}: a seed stands twice")
        figures = {tuple(row["published"]) if row["published"] else None for row in part.rows}
        if len(figures) > 1:
            raise InputError(f"results {results.name!r}, label {label!r}: published figures differ")
        published = figures.pop()
        low, high = part.interval(metric) if len(seeds) > 1 else (None, None)
        theirs = published[places[metric]] if published else None
        lines.append(
            (label, len(seeds), part.mean(metric), low, high, theirs, published[2] if published else "")
        )
    names = ("model", "seeds", metric, "low", "high", "published", "source")
    return pd.DataFrame(lines, columns=[message(name) for name in names])
