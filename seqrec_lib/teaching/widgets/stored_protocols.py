"""Stored ranks as rows of the protocol lab: every protocol scored again, with paired intervals."""

from __future__ import annotations

from itertools import product

import numpy as np

from ...evaluation.metrics import hit_rate, ndcg
from ...evaluation.paired_grid import PairedGrid
from ...results import Results
from ...results.stored_ranks import stored_counts

AXES = {
    "rivals": ["all", "uniform-100", "popularity-100"],
    "seen": ["out", "window", "in"],
    "ties": ["expectation", "against", "for"],
    "metric": ["HR@10", "NDCG@10"],
}


def stored_protocols(results: Results, samples: int = 400) -> Results:
    """Rows as ``protocol_lab`` takes them, one a model, from ``load_results("stored_ranks")``.

    Args:
        samples: draws of the bootstrap over users, which all cells and models share.
    """
    measures = {"HR@10": hit_rate, "NDCG@10": ndcg}
    columns = []
    for rivals, seen, ties, metric in product(*AXES.values()):
        for row in results.rows:
            better, equal = stored_counts(row, rivals, seen)
            columns.append(measures[metric](better, equal, 10, ties).numpy())
    values = np.stack(columns, axis=1)  # (N, cells * models)
    models = len(results.rows)
    grid = PairedGrid(values.reshape(len(values), -1, models), np.arange(len(values)), samples)
    rows = [
        {
            "model": row["label"],
            "split": "leave-one-out",
            "data": row["data"],
            "cases": len(values),
            "axes": AXES,
            "grid": grid.figures(number),
            "above": grid.above(number),
        }
        for number, row in enumerate(results.rows)
    ]
    return Results("stored protocols", rows)
