"""Chapter 1's model against GRU4Rec over users and runs at once, on a world and on MovieLens-100K.

`python benchmarks/crossed.py [SOURCE]` makes seqrec_lib/results/crossed.json, a row for each log. SOURCE is
`ml-100k`, which downloads the data, or a zip or folder of your own.

The runs are made again from the settings that stand in ablation.json and ml100k.json, since those rows keep
means alone and an interval over users and runs needs the figure of each user in each run. `test` is the mean
difference; `figures` holds the runs' own, and `over_users` how far other users would move a model's mean
over its runs (a standard error).
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from ablation import best_rate
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import evaluate, train
from seqrec_lib.data import leave_one_out, load_source
from seqrec_lib.evaluation.decisions import compare_runs
from seqrec_lib.experiments.provenance import commit, versions

METRIC, SEEDS, MARGIN = "NDCG@10", range(3), 0.005
MODEL, RIVAL = "lstm-attention", "gru4rec"


def changes(source: str) -> dict[str, dict]:
    """What each model's training has beside its recipe's own settings."""
    if source == "ml-100k":
        return {MODEL: {}, RIVAL: {}}
    rates = {MODEL: best_rate("both"), RIVAL: best_rate(RIVAL)}
    return {name: {"epochs": 16, "patience": 0, "lr": float(rate)} for name, rate in rates.items()}


def make_row(source: str, where: str) -> dict:
    """Train both models with every seed and compare them."""
    split = leave_one_out(load_source(where)[0], max_len=50)
    runs, settings = {}, changes(source)
    for name, own in settings.items():
        made = [train(name, split, seed=seed, device="cpu", progress=False, **own).model for seed in SEEDS]
        runs[name] = [evaluate(model, split.test, (10,), with_coverage=False) for model in made]
        print(source, name, [round(run[METRIC], 4) for run in runs[name]], flush=True)
    found = compare_runs(runs[MODEL], runs[RIVAL], METRIC)
    by_user = {name: np.mean([run.values(METRIC) for run in three], 0) for name, three in runs.items()}
    gap = found.difference
    return {
        "source": source,
        "model": MODEL,
        "against": RIVAL,
        "seed": list(SEEDS),
        "protocol": split.protocol,
        "data": split.log.describe(),
        "settings": settings,
        "test": {METRIC: gap.mean},
        "interval": {"low": gap.low, "high": gap.high, "level": gap.level},
        "verdict": found.verdict(MARGIN),
        "margin": MARGIN,
        "p_value": found.p_value,
        "error": found.error,
        "of_users": found.of_users,
        "of_runs": found.of_runs,
        "figures": {name: [run[METRIC] for run in three] for name, three in runs.items()},
        "over_users": {
            name: float(values.std(ddof=1) / len(values) ** 0.5) for name, values in by_user.items()
        },
        "versions": versions(),
        "command": "python benchmarks/crossed.py",
        "commit": commit(),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    films = sys.argv[1] if len(sys.argv) > 1 else "ml-100k"
    file = RESULTS / "crossed.json"
    rows = read_rows(file)
    for source, where in {"world:video:seed=1": "world:video:seed=1", "ml-100k": films}.items():
        if not any(row["source"] == source for row in rows):
            rows.append(make_row(source, where))
            write_rows(file, rows)
