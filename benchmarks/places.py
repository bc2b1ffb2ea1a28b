"""SASRec on the world `video`, error by length of history: what places that were never trained on cost.

`python benchmarks/places.py` adds the rows that are missing to seqrec_lib/results/places.json, on one thread,
in about a minute a row. Data and training are those of `benchmarks/sasrec.py`; only the positions differ.
Training rows end at place 47; tests are asked at places 24 to 49. Errors by length are measured on 20,000
users that no model was trained on, since only 7% of the 4,000 stand at places 48 and 49.

A row of `start` has a twin, the same weights given the newest 36 items: so it can be seen that the places,
and not the users, make the difference.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import torch
from rows import RESULTS, read_rows, write_rows
from sasrec_broken import KS, TRAINING

from seqrec_lib import evaluate, train
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World
from seqrec_lib.evaluation import Evaluation
from seqrec_lib.experiments.measure import ceiling_above, measure_ceiling, measure_floors
from seqrec_lib.experiments.provenance import commit, versions

MAX_LEN, NEWEST = 50, 36
FRESH = {"users": 20_000, "seed": 12}
POSITIONS = ("start", "end", "distance", "both")
COMMAND = "python benchmarks/places.py"


@dataclass
class Ground:
    """What all rows share: a world, its split, fresh users, and the oracle on both."""

    world: World
    split: Split
    fresh: World
    ceiling: dict
    oracle: Evaluation
    oracle_fresh: Evaluation

    @classmethod
    def make(cls) -> Ground:
        world, fresh = simulate("video", users=4000, seed=1), simulate("video", **FRESH)
        split = leave_one_out(world, max_len=MAX_LEN)
        ceiling, oracle = measure_ceiling(world, split, KS)
        of_fresh = measure_ceiling(fresh, leave_one_out(fresh, max_len=MAX_LEN), KS)[1]
        return cls(world, split, fresh, ceiling, oracle, of_fresh)


def by_length(model: Evaluation, oracle: Evaluation, lengths: np.ndarray) -> list[dict[str, float]]:
    """NDCG@10 of model and oracle at each length of history, and the standard error of their difference."""
    of_model, of_oracle = model.per_user["NDCG@10"], oracle.per_user["NDCG@10"]
    found = []
    for length in np.unique(lengths):
        here = lengths == length
        gap = of_oracle[here] - of_model[here]
        found.append(
            {
                "length": int(length),
                "users": int(here.sum()),
                "model": float(of_model[here].mean()),
                "oracle": float(of_oracle[here].mean()),
                "gap_error": float(gap.std(ddof=1) / len(gap) ** 0.5),
            }
        )
    return found


def make_rows(ground: Ground, positions: str, seed: int) -> list[dict]:
    """Train once and measure; ``start`` gives two rows, the second with the newest items alone."""
    changes = {**TRAINING, "positions": positions, "dropout": 0.0, "precision": "fp32"}
    run = train(
        "sasrec",
        ground.split,
        seed=seed,
        device="cpu",
        progress=False,
        max_len=MAX_LEN,
        ff_width=64,
        **changes,
    )
    lengths = leave_one_out(ground.fresh, max_len=MAX_LEN).test.batch.lengths.numpy()
    found = []
    for kept in (MAX_LEN, NEWEST) if positions == "start" else (MAX_LEN,):
        split, fresh = (leave_one_out(world, max_len=kept) for world in (ground.world, ground.fresh))
        test = evaluate(run.model, split.test, KS)
        on_fresh = evaluate(run.model, fresh.test, (10,), with_coverage=False)
        found.append(
            {
                "model": "sasrec",
                "positions": positions,
                "kept": kept,
                "seed": seed,
                "loss": "ce",
                "protocol": split.protocol,
                "data": split.log.describe(),
                "settings": {**run.settings, **run.history.settings},
                "longest_trained": int(ground.split.train.lengths.max()),
                "validation": evaluate(run.model, split.validation, KS).metrics,
                "test": test.metrics,
                "floors": measure_floors(ground.split, KS),
                "ceiling": ground.ceiling,
                "ceiling_above_model": ceiling_above(ground.oracle, test),
                "fresh": FRESH,
                "by_length": by_length(on_fresh, ground.oracle_fresh, lengths),
                "device": run.history.device,
                "threads": 1,
                "epochs": len(run.history.epochs),
                "seconds": round(run.history.seconds, 1),
                "versions": versions(),
                "command": COMMAND,
                "commit": commit(),
            }
        )
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    file = RESULTS / "places.json"
    done = read_rows(file)
    ground = Ground.make()
    for seed in range(3):
        for positions in POSITIONS:
            if any((row["positions"], row["seed"]) == (positions, seed) for row in done):
                continue
            print(f"{positions}, seed {seed}", file=sys.stderr, flush=True)
            done += make_rows(ground, positions, seed)
            write_rows(file, done)
