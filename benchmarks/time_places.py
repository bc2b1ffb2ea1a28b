"""Longer histories than any in training: what each way to tell positions makes of them.

`python benchmarks/time_places.py` adds the missing rows to seqrec_lib/results/time_places.json, on one
thread. SASRec of one block is trained on the world `video` with rows of at most 24 items, for the same number
of steps whatever the form. 3,000 users that no model was trained on are then asked with their newest 12, 24,
36 and all items: the same users, the same targets and the same weights, so that only the length differs.
Differences to 24 items, the longest length of training, are paired. The step size is that of chapter 9, taken
over for all forms; nothing is tuned here.
"""

from __future__ import annotations

import sys

import torch
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import evaluate, train
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.evaluation import paired_difference
from seqrec_lib.experiments.measure import measure_ceiling, measure_floors
from seqrec_lib.experiments.provenance import commit, versions

KS = (10,)
TRAINED, LONGEST, ASKED = 24, 50, (12, 24, 36, 50)
FORMS = ("start", "end", "distance", "buckets", "alibi", "rope", "times")
MODEL = {"dim": 48, "layers": 1, "heads": 2, "ff_width": 48, "dropout": 0.0, "max_len": LONGEST}
TRAINING = {"epochs": 6, "batch_size": 32, "lr": 0.006, "weight_decay": 0.0, "schedule": "cosine"}
COMMAND = "python benchmarks/time_places.py"


def main() -> None:
    torch.set_num_threads(1)
    world, fresh = simulate("video", users=2000, seed=1), simulate("video", users=3000, seed=12)
    split = leave_one_out(world, max_len=TRAINED)
    asked = {length: leave_one_out(fresh, max_len=length) for length in ASKED}
    ceiling = measure_ceiling(fresh, asked[LONGEST], KS)[0]
    floors = measure_floors(split, KS)
    file = RESULTS / "time_places.json"
    for seed in range(3):
        for form in FORMS:
            if any((row["positions"], row["seed"]) == (form, seed) for row in read_rows(file)):
                continue
            how = {**MODEL, **TRAINING, "positions": form, "patience": 0, "precision": "fp32"}
            run = train("sasrec", split, seed=seed, device="cpu", progress=False, evaluate_every=100, **how)
            found = {
                length: evaluate(run.model, other.test, KS, with_coverage=False)
                for length, other in asked.items()
            }
            above = {n: paired_difference(found[n], found[TRAINED], "NDCG@10") for n in ASKED}
            row = {
                "model": "sasrec",
                "positions": form,
                "seed": seed,
                "longest_trained": TRAINED,
                "by_kept": [
                    {"kept": n, "NDCG@10": found[n]["NDCG@10"], "above": [d.mean, d.low, d.high]}
                    for n, d in above.items()
                ],
                "test": found[TRAINED].metrics,
                "validation": evaluate(run.model, split.validation, KS, with_coverage=False).metrics,
                "protocol": split.protocol,
                "settings": {**run.settings, **run.history.settings},
                "floors": floors,
                "ceiling": ceiling,
                "data": split.log.describe(),
                "device": run.history.device,
                "seconds": round(run.history.seconds, 1),
                "versions": versions(),
                "command": COMMAND,
                "commit": commit(),
            }
            write_rows(file, [*read_rows(file), row])
            print(form, seed, [found[n]["NDCG@10"] for n in ASKED], file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
