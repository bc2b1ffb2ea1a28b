"""Rows as the protocol grid has them, made up: for tests of the lab."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

AXES = {
    "rivals": ["all", "uniform-10", "uniform-100", "popularity-10", "popularity-100"],
    "seen": ["out", "in"],
    "ties": ["expectation", "against", "for"],
    "metric": ["HR@10", "NDCG@10", "MRR"],
}


def made_up(models=("popularity", "gru4rec", "sasrec"), data=("world:video", "ml-100k")) -> SimpleNamespace:
    """Every cell has figures of its own, so that a control that does nothing is seen.

    A global moment has no MRR. With sampled rivals the first two models change places, clearly.
    """
    rows = []
    for number, (name, split) in enumerate(product(data, ("leave-one-out", "global moment"))):
        axes = {**AXES, "metric": AXES["metric"][: 2 if split == "global moment" else 3]}
        cells = list(product(*(range(len(values)) for values in axes.values())))
        for m, model in enumerate(models):
            grid, above = [], ""
            for rivals, seen, ties, metric in cells:
                order = (m if m > 1 else 1 - m) if rivals else m
                mean = 900 + 700 * order + 1100 * rivals + 37 * seen + 11 * ties + 130 * metric + 53 * number
                grid.append([mean, mean - 20, mean + 20])
                for other in range(len(models)):
                    theirs = (other if other > 1 else 1 - other) if rivals else other
                    above += "+" if order > theirs else "-" if order < theirs else "0"
            rows.append(
                {
                    "model": model, "seed": 0, "split": split, "protocol": "loo-full-unseen", "test": {},
                    "data": {"name": name, "items": 200}, "cases": 40, "axes": axes, "grid": grid,
                    "above": above, "flips": [], "command": "none", "commit": "none",
                }
            )  # fmt: skip
    return SimpleNamespace(rows=rows)
