"""Longer histories than any in training: what each way to tell positions makes of them.

`python benchmarks/time_places.py` adds the missing rows to seqrec_lib/results/time_places.json, on one
thread. SASRec of one block is trained on the world `video`, 2,000 users (seed 1), with rows of at most 24
items; a twin of each run with rows of at most 40. The number of rows and of steps is the same. Users that no
model was trained on (seed 12) and who have 40 items or more are then asked with their newest 12 to 40: the
same users, the same targets and the same weights, so that only the length differs. Differences to the same
model with 24 items, the longest length of training, are paired, and so are those to the twin. The step
size of each form is chosen with rows of at most 24 on the validation items of other users (seed 0; rows of
the part ``tuning``), on a ladder that is climbed until the best is not at its end. The twin takes it over.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import torch
from rows import RESULTS, read_rows, write_rows
from step_sizes import best_step_size

from seqrec_lib import evaluate, train
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import OracleModel
from seqrec_lib.evaluation import Evaluation, paired_difference
from seqrec_lib.experiments.measure import measure_floors
from seqrec_lib.experiments.provenance import commit, versions

FILE = RESULTS / "time_places.json"
KS = (10,)
TRAINED, LONGEST, ASKED = 24, 40, (12, 18, 24, 30, 36, 40)
FORMS = ("start", "end", "distance", "buckets", "alibi", "rope", "times")
LADDER, RATES = (0.00075, 0.0015, 0.003, 0.006, 0.012, 0.024, 0.048, 0.096), (0.006, 0.012)
MODEL = {"dim": 48, "layers": 1, "heads": 2, "ff_width": 48, "dropout": 0.0, "max_len": LONGEST}
TRAINING = {"epochs": 6, "batch_size": 32, "weight_decay": 0.0, "schedule": "cosine", "patience": 0}


def trained(form: str, split: Split, seed: int, lr: float) -> tuple[object, dict]:
    """A model, and a row without what it was asked."""
    how = {**MODEL, **TRAINING, "positions": form, "lr": lr, "precision": "fp32", "evaluate_every": 100}
    run = train("sasrec", split, seed=seed, device="cpu", progress=False, **how)
    return run.model, {
        "model": "sasrec",
        "positions": form,
        "lr": lr,
        "seed": seed,
        "longest_trained": split.max_len,
        "protocol": split.protocol,
        "settings": {**run.settings, **run.history.settings},
        "validation": evaluate(run.model, split.validation, KS, with_coverage=False).metrics,
        "data": split.log.describe(),
        "device": run.history.device,
        "seconds": round(run.history.seconds, 1),
        "versions": versions(),
        "command": "python benchmarks/time_places.py",
        "commit": commit(),
    }


def known(**wanted: object) -> list[dict]:
    """The rows of the file whose fields equal ``wanted``."""
    return [row for row in read_rows(FILE) if all(row.get(key) == value for key, value in wanted.items())]


def keep(row: dict) -> None:
    write_rows(FILE, [*read_rows(FILE), row])
    shown = [row[key] for key in ("part", "positions", "longest_trained", "seed", "lr")]
    print(*shown, row["validation"]["NDCG@10"], file=sys.stderr, flush=True)


def chosen(form: str, split: Split) -> float:
    """The step size of ``form``, by validation."""

    def value(lr: float) -> float:
        if not known(part="tuning", positions=form, lr=lr):
            model, row = trained(form, split, 0, lr)
            test = evaluate(model, split.test, KS, with_coverage=False).metrics
            keep({**row, "part": "tuning", "test": test, "floors": {}})
        return known(part="tuning", positions=form, lr=lr)[0]["validation"]["NDCG@10"]

    return best_step_size(value, RATES, LADDER)


def told(found: dict[int, Evaluation], twin: dict[int, Evaluation]) -> list[dict]:
    """One entry a length: the figure, and how far above 24 items and above the twin at that length it is."""
    lines = []
    for length, each in found.items():
        above, beside = (
            paired_difference(each, other, "NDCG@10") for other in (found[TRAINED], twin[length])
        )
        lines.append(
            {
                "kept": length,
                "NDCG@10": each["NDCG@10"],
                "above": [above.mean, above.low, above.high],
                "above_twin": [beside.mean, beside.low, beside.high],
            }
        )
    return lines


def main() -> None:
    torch.set_num_threads(1)
    tuning = leave_one_out(simulate("video", users=2000, seed=0), max_len=TRAINED)
    own, fresh = simulate("video", users=2000, seed=1), simulate("video", users=6000, seed=12)
    asked = {}
    for length in ASKED:
        other = leave_one_out(fresh, max_len=length)
        long = leave_one_out(fresh, max_len=LONGEST).test.batch.lengths == LONGEST
        asked[length] = replace(other, test=other.test.rows(long.nonzero()[:, 0]))
    splits = {length: leave_one_out(own, max_len=length) for length in (TRAINED, LONGEST)}
    limits = {"floors": measure_floors(replace(splits[LONGEST], test=asked[LONGEST].test), KS)}
    whole = leave_one_out(fresh, max_len=fresh.max_length).test  # the oracle sees all items
    whole = whole.rows((whole.batch.lengths >= LONGEST).nonzero()[:, 0])
    limits["ceiling"] = evaluate(OracleModel(fresh), whole, KS, with_coverage=False).metrics
    for form in FORMS:
        lr = chosen(form, tuning)
        for seed in range(3):
            if len(known(part="cliff", positions=form, seed=seed)) == 2:
                continue
            made = {longest: trained(form, split, seed, lr) for longest, split in splits.items()}
            found = {
                longest: {n: evaluate(model, asked[n].test, KS, with_coverage=False) for n in ASKED}
                for longest, (model, _) in made.items()
            }
            for longest, (_, row) in made.items():
                row |= {"part": "cliff", "test": found[longest][longest].metrics, **limits}
                keep({**row, "by_kept": told(found[longest], found[LONGEST])})


if __name__ == "__main__":
    main()
