"""What the clock is worth: models of order alone beside models that read times, and the request's time.

`python benchmarks/time_models.py --world NAME` adds the rows that are missing to
seqrec_lib/results/time_models.json: the variants of one world, with three seeds, on one thread.
`--world ml-100k --source PATH` does the same on MovieLens-100K.

In a world each variant is trained on the same 2,000 users (seed 1) for the same number of steps, with the
step size that was best on the validation items of 2,000 others (seed 0; rows of the part ``tuning``). What is
reported are 4,000 users that no model was trained on and no choice was made with (seed 12). `video` takes
the step sizes of `shop`. Differences to ``SASRec`` of the same seed are paired. On MovieLens-100K, 5-core,
the newest 50 items of a user are trained on, and the step size is chosen on the validation items, with
seed 0. A ladder of step sizes is climbed until the best is not at its end. `--longer` trains some variants
for four times as many epochs (rows of the part ``longer``), all with one step size, which was not chosen.
"""

from __future__ import annotations

import argparse
import fcntl
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from rows import RESULTS, read_rows, write_rows
from step_sizes import best_step_size

from seqrec_lib import evaluate, train
from seqrec_lib.data import leave_one_out, movielens, read_interactions, simulate
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World
from seqrec_lib.evaluation import Evaluation, paired_difference
from seqrec_lib.experiments.measure import measure_ceiling, measure_floors
from seqrec_lib.experiments.provenance import commit, versions

FILE = RESULTS / "time_models.json"
KS = (10,)
TUNING, REPORT, FRESH = 0, 1, 12  # seeds of users
USERS, FRESH_USERS = 2000, 4000
LADDER, RATES = (0.00075, 0.0015, 0.003, 0.006, 0.012, 0.024, 0.048, 0.096), (0.006, 0.012)
SURE = 0.9  # the least share of a single past event that counts as its being the cause
TRAINING = {"epochs": 5, "batch_size": 32, "weight_decay": 0.0, "schedule": "cosine", "patience": 0}
LONGER = {"epochs": 20, "lr": 0.012}
MOVIELENS = {"epochs": 12, "dropout": 0.2}  # longer, and with dropout: it is smaller
MODEL = {"dim": 48, "layers": 1, "dropout": 0.0}
LOG = {"span": 63, "unit": "log"}
VARIANTS: dict[str, tuple[str, dict[str, object]]] = {
    "SASRec": ("sasrec", {"positions": "end"}),
    "SASRec, times": ("sasrec", {"positions": "end+times"}),
    "SASRec, times, request": ("sasrec", {"positions": "end+times", "request": True}),
    "TiSASRec, no times": ("tisasrec", {"unit": "none"}),
    "TiSASRec": ("tisasrec", {"unit": "smallest"}),
    "TiSASRec, request": ("tisasrec", {"unit": "smallest", "request": True}),
    "TiSASRec, 2,048 units": ("tisasrec", {"unit": "smallest", "span": 2048}),
    "TiSASRec, 10 minutes": ("tisasrec", {"unit": "fixed", "unit_minutes": 10}),
    "TiSASRec, days": ("tisasrec", {"unit": "fixed", "unit_minutes": 1440}),
    "TiSASRec, log buckets": ("tisasrec", LOG),
    "TiSASRec, log buckets, request": ("tisasrec", {**LOG, "request": True}),
    "HSTU, no bias": ("hstu", {"bias": "none"}),
    "HSTU, positions": ("hstu", {"bias": "position"}),
    "HSTU, times": ("hstu", {"bias": "time", "request": False}),
    "HSTU, times, request": ("hstu", {"bias": "time"}),
    "HSTU, both": ("hstu", {"bias": "both", "request": False}),
    "HSTU, both, request": ("hstu", {"bias": "both"}),
}
IN_SHORT = ("SASRec", "SASRec, times, request", "TiSASRec", "TiSASRec, log buckets, request",
            "HSTU, positions", "HSTU, both", "HSTU, both, request")  # fmt: skip


FOR_LONGER = ("SASRec", "HSTU, positions", "HSTU, both, request", "SASRec, times, request")
OF_MOVIELENS = ("SASRec", "TiSASRec", "HSTU, both", "HSTU, both, request")
IN_FULL = (*IN_SHORT, "SASRec, times", "TiSASRec, no times", "TiSASRec, 10 minutes", "TiSASRec, days",
           "TiSASRec, 2,048 units", "TiSASRec, log buckets")  # fmt: skip


def variants(world: str) -> tuple[str, ...]:
    """More of them where the clock is asked about in earnest. The first is ``SASRec``."""
    if OPTIONS.longer:
        return FOR_LONGER
    if OPTIONS.all:
        return tuple(VARIANTS)
    wanted = {"finance": IN_FULL, "ml-100k": OF_MOVIELENS}.get(world, IN_SHORT)
    return tuple(name for name in VARIANTS if name in wanted)


@dataclass
class Ground:
    """What all rows of a world share: a split whose test part is fresh users, and what is known of them."""

    split: Split
    limits: dict
    oracle: Evaluation | None
    causes: dict[str, np.ndarray]

    @classmethod
    def make(cls, world: str, source: str, tuning: bool) -> Ground:
        if world == "ml-100k":
            split = leave_one_out(
                read_interactions(source) if Path(source).exists() else movielens(source),
                max_len=50,
            )
            limits = {"floors": measure_floors(split, KS), "same_moment": same_moment(split)}
            return cls(split, limits, None, {})
        own = split_of(world, USERS, TUNING if tuning else REPORT)[1]
        if tuning:
            return cls(own, {"floors": {}}, None, {})
        fresh, other = split_of(world, FRESH_USERS, FRESH)
        split = replace(own, test=other.test)
        ceiling, oracle = measure_ceiling(fresh, other, KS)
        parts = [other.test.rows(slice(first, first + 1000)) for first in range(0, FRESH_USERS, 1000)]
        shares = torch.cat([fresh.cause_posterior(part.batch, part.target)[:, :-1] for part in parts])
        share, place = shares.max(1)
        clear, last = share >= SURE, place == other.test.batch.lengths - 1
        causes = {"the last item": clear & last, "an earlier item": clear & ~last, "no single item": ~clear}
        limits = {"floors": measure_floors(split, KS), "ceiling": ceiling}
        return cls(split, limits, oracle, {name: here.numpy() for name, here in causes.items()})

    def by_cause(self, found: Evaluation) -> dict[str, dict[str, float]]:
        """NDCG@10 of model and oracle where the last item, an earlier one or no single item was the cause."""
        assert self.oracle is not None
        of_model, of_oracle = found.values("NDCG@10"), self.oracle.values("NDCG@10")
        return {
            name: {"users": int(here.sum()), "model": of_model[here].mean(), "oracle": of_oracle[here].mean()}
            for name, here in self.causes.items()
        }


@cache
def split_of(name: str, users: int, seed: int) -> tuple[World, Split]:
    """A world and its split."""
    world = simulate(name, users=users, seed=seed)
    return world, leave_one_out(world, max_len=50)


def same_moment(split: Split) -> float:
    """The share of events that have the very time of their user's event before."""
    log = split.log
    later = np.ones(len(log), dtype=bool)
    later[log.offsets[:-1]] = False  # nothing stands before a user's first
    return float((np.diff(log.times, prepend=-np.inf)[later] == 0).mean())


def by_wait(split: Split, found: Evaluation) -> dict[str, dict[str, float]]:
    """NDCG@10 by how long after the last event of the history the request comes."""
    batch = split.test.batch
    waited = (batch.query_time - batch.last(batch.times)).numpy()
    parts = {"a minute at most": waited <= 60, "a day at most": (waited > 60) & (waited <= 86400)}
    parts["longer"] = waited > 86400
    values = found.values("NDCG@10")
    return {name: {"users": int(here.sum()), "model": values[here].mean()} for name, here in parts.items()}


def keep(row: dict) -> None:
    """Add ``row`` to the file. Another job may be writing too, so the file is locked and read again."""
    with open(FILE.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write_rows(FILE, [*read_rows(FILE), row])


def known(**wanted: object) -> list[dict]:
    """The rows of the file whose fields equal ``wanted``."""
    return [row for row in read_rows(FILE) if all(row.get(key) == value for key, value in wanted.items())]


def trained(name: str, ground: Ground, seed: int, lr: float) -> tuple[dict, Evaluation]:
    """A row without what made it, and the evaluation behind it."""
    recipe, changes = VARIANTS[name]
    size = MODEL if recipe == "hstu" else {**MODEL, "ff_width": 48}
    if ground.split.log.name == "ml-100k":
        size = {**size, **MOVIELENS}
    more = LONGER if OPTIONS.longer else {}
    how = {**TRAINING, **size, **changes, "lr": lr, **more, "precision": "fp32", "evaluate_every": 100}
    run = train(recipe, ground.split, seed=seed, device="cpu", progress=False, **how)
    found = evaluate(run.model, ground.split.test, KS, with_coverage=False)
    row = {
        "variant": name,
        "model": recipe,
        "lr": lr,
        "seed": seed,
        "way": "request known" if changes.get("request", recipe == "hstu" and changes["bias"] != "position")
        else "request not known",
        "protocol": ground.split.protocol,
        "settings": {**run.settings, **run.history.settings},
        "validation": evaluate(run.model, ground.split.validation, KS, with_coverage=False).metrics,
        "test": found.metrics,
        "data": ground.split.log.describe(),
        "device": run.history.device,
        "seconds": round(run.history.seconds, 1),
    }  # fmt: skip
    return row, found


def best_lr(world: str, name: str, source: str, made: dict) -> float:
    """The step size with the best validation figure; rows of the part ``tuning`` are made where missing."""
    world = "shop" if world == "video" else world

    def value(lr: float) -> float:
        if not known(part="tuning", world=world, variant=name, lr=lr):
            ground = tuning_ground(world, source)
            row, _ = trained(name, ground, 0, lr)
            keep({**row, "part": "tuning", "world": world, **ground.limits, **made})
            print("tuning", world, name, lr, row["validation"]["NDCG@10"], file=sys.stderr, flush=True)
        return known(part="tuning", world=world, variant=name, lr=lr)[0]["validation"]["NDCG@10"]

    return best_step_size(value, RATES, LADDER)


@cache
def tuning_ground(world: str, source: str) -> Ground:
    """Users that a step size is chosen on."""
    return Ground.make(world, source, tuning=True)


def report(world: str, source: str, made: dict) -> None:
    """Rows, one a variant and seed, compared with the seed's first variant, which is always trained."""
    ground = Ground.make(world, source, tuning=False)
    part = "longer" if OPTIONS.longer else "clock"
    for seed in range(OPTIONS.seeds):
        first = None
        for name in variants(world):
            there = known(part=part, world=world, variant=name, seed=seed)
            if there and first is not None:
                continue
            lr = LONGER["lr"] if OPTIONS.longer else best_lr(world, name, source, made)
            row, found = trained(name, ground, seed, lr)
            first = first or found
            gain = paired_difference(found, first, "NDCG@10")
            row |= {"part": part, "world": world, **ground.limits, **made}
            row["above_sasrec"] = [gain.mean, gain.low, gain.high]
            if ground.oracle is None:
                row["by_wait"] = by_wait(ground.split, found)
            else:
                gap = paired_difference(ground.oracle, found, "NDCG@10", level=0.999, samples=5000)
                row |= {"by_cause": ground.by_cause(found)}
                row["ceiling_above_model"] = [gap.mean, gap.low, gap.high]
            if not there:
                keep(row)
            print(world, name, seed, row["test"]["NDCG@10"], row["seconds"], file=sys.stderr, flush=True)


def main() -> None:
    torch.set_num_threads(1)
    more = " --all" * OPTIONS.all + " --longer" * OPTIONS.longer
    made = {"command": f"python benchmarks/time_models.py --world {OPTIONS.world}{more}"}
    made |= {"versions": versions(), "commit": commit()}
    report(OPTIONS.world, OPTIONS.source, made)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--world", choices=("shop", "finance", "video", "ml-100k"), required=True)
    parser.add_argument("--source", default="ml-100k", help="a zip or folder of MovieLens-100K")
    parser.add_argument("--all", action="store_true", help="every variant, also where a world has fewer")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--longer", action="store_true", help="some variants, four times as many epochs")
    OPTIONS = parser.parse_args()
    main()
