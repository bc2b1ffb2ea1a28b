"""Longer histories than any in training: what each way to tell positions makes of them.

`python benchmarks/time_places.py` adds the missing rows to seqrec_lib/results/time_places.json, on one
thread. SASRec of one block is trained on the world `video`, 2,000 users (seed 1), with rows of at most 24
items; one seed of each form has a twin, trained with rows of at most 40, for the same number of steps. Users
that no model was trained on (seed 12) and who have 40 items or more are then asked with their newest 12 to
40: the same users, the same targets and the same weights, so that only the length differs. Differences to the
same model with 24 items, the longest length of training, are paired. The step size is the same for all forms;
nothing is tuned here, and the forms are not compared with each other. A vector for each place is learned more
slowly: ``start`` and ``end`` are trained for 16 epochs, the others for 6.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from itertools import product

import torch
from rows import RESULTS, read_rows, write_rows

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
MODEL = {"dim": 48, "layers": 1, "heads": 2, "ff_width": 48, "dropout": 0.0, "max_len": LONGEST}
EPOCHS = {"start": 16, "end": 16}  # of the other forms 6
TRAINING = {
    "batch_size": 32,
    "lr": 0.012,
    "weight_decay": 0.0,
    "schedule": "cosine",
    "patience": 0,
}


def trained(form: str, split: Split, seed: int) -> tuple[object, dict]:
    """A model, and a row without what it was asked."""
    how = {
        **MODEL,
        **TRAINING,
        "epochs": EPOCHS.get(form, 6),
        "positions": form,
        "precision": "fp32",
        "evaluate_every": 100,
    }
    run = train("sasrec", split, seed=seed, device="cpu", progress=False, **how)
    return run.model, {
        "model": "sasrec",
        "positions": form,
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
    shown = [row[key] for key in ("positions", "longest_trained", "seed")]
    print(*shown, row["validation"]["NDCG@10"], file=sys.stderr, flush=True)


def told(found: dict[int, Evaluation]) -> list[dict]:
    """One entry a length: the figure, and how far above that of 24 items it is."""
    lines = []
    for length, each in found.items():
        above = paired_difference(each, found[TRAINED], "NDCG@10")
        part = {"kept": length, "NDCG@10": each["NDCG@10"]}
        lines.append({**part, "above": [above.mean, above.low, above.high]})
    return lines


def main() -> None:
    torch.set_num_threads(1)
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
    wanted = [(TRAINED, 0), (LONGEST, 0), (TRAINED, 1), (TRAINED, 2)]
    for (longest, seed), form in product(wanted[: OPTIONS.rounds], FORMS):
        if known(positions=form, seed=seed, longest_trained=longest):
            continue
        model, row = trained(form, splits[longest], seed)
        found = {n: evaluate(model, asked[n].test, KS, with_coverage=False) for n in ASKED}
        keep({**row, "test": found[longest].metrics, **limits, "by_kept": told(found)})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4, help="1: one seed, 2: and its twins, 4: three seeds")
    OPTIONS = parser.parse_args()
    main()
