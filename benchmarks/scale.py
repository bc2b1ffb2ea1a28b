"""Rows of chapter 20: several processes, a log larger than memory, seconds by size, what size buys.

    python benchmarks/scale.py processes | rows [--millions M] | costs | serving | catalogues | size | deeper

``processes`` trains the same model with one process and with two, three seeds each, by ``torchrun``. ``rows``
writes a log of so many million rows to Parquet parts and reads it within a stated memory, in a process of its
own. ``costs`` times small training steps, fits the cost model to them, and times steps of twice the size.
``serving`` does the same for batches of requests (`scale_serving.py`). ``catalogues`` takes steps with ever
more items and three optimisers (`scale_catalogues.py`). ``size`` trains the same model on more and more
users, and ever wider, for equally many steps, and asks 1,000 fresh users; ``deeper`` does so with more and
more blocks, and for more and more steps. The step size was not tuned for any size; the rows are those of
seeds 2 to 4. Rows go to seqrec_lib/results/scale.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from machine import describe_machine
from rows import RESULTS, read_rows, write_rows
from scale_catalogues import catalogues
from scale_serving import serving

from seqrec_lib import evaluate, fit
from seqrec_lib.data import OracleModel, leave_one_out, simulate
from seqrec_lib.data.interactions import Interactions
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.losses import cross_entropy
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.scale import CostModel, softmax_flops, table_bytes
from seqrec_lib.scale.costs import encoder_flops
from seqrec_lib.training.loop import Clock, train_epoch
from seqrec_lib.training.optimiser import make_optimiser
from seqrec_lib.training.progress import Silent
from seqrec_lib.training.settings import TrainingSettings

FILE = RESULTS / "scale.json"
SEEDS = (2, 3, 4)
FIT = (
    *("fit", "--data", "world:video:users=300", "--model", "sasrec", "--dim", "32", "--max-len", "50"),
    *("--epochs", "10", "--lr", "0.004", "--batch-size", "32", "--precision", "fp32", "--quiet"),
)
# Small shapes that the cost model is fitted to, and larger ones that it must foresee.
SMALL = [
    {"items": v, "dim": d, "batch": b, "length": t}
    for v, d, b, t in (
        (500, 32, 16, 25), (2_000, 32, 16, 25), (8_000, 32, 16, 25), (2_000, 32, 64, 25), (2_000, 64, 32, 50),
        (8_000, 64, 32, 25), (4_000, 64, 64, 50), (500, 64, 64, 25),
    )
]  # fmt: skip
LARGER = [
    {"items": 16_000, "dim": 64, "batch": 64, "length": 50},
    {"items": 8_000, "dim": 64, "batch": 128, "length": 50},
]
# What grows, and what it grows from: 400 users, 32 wide, 2 blocks, about 400 steps.
GROWN = {
    "size": {"users": (50, 100, 200, 400, 800), "dim": (4, 8, 16, 32, 64)},
    "deeper": {"layers": (1, 2, 3, 4, 6), "steps": (100, 200, 400, 800, 1600)},
}
USUAL = {"users": 400, "dim": 32, "layers": 2, "steps": 400}


def processes() -> list[dict]:
    """One row a seed and number of processes."""
    rows = []
    for seed in SEEDS:
        for size in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "out.json"
                start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(size)]
                words = ["-m", "seqrec_lib", *FIT, "--seed", str(seed)]
                place = {**os.environ, "OMP_NUM_THREADS": "1"}
                subprocess.run([sys.executable, *start, *words, "--json", str(out)], check=True, env=place)
                found = json.loads(out.read_text())
            rows.append(
                {
                    "part": "processes",
                    "model": "sasrec",
                    "seed": seed,
                    "variant": f"{size} processes",
                    "protocol": found["protocol"],
                    "test": found["test"],
                    "ceiling": found["ceiling"],
                    "floors": found["floors"],
                    "seconds": round(sum(each["seconds"] for each in found["epochs"]), 2),
                    "targets_per_second": round(
                        float(np.median([each["targets_per_second"] for each in found["epochs"]]))
                    ),
                    "typed": f"torchrun --standalone --nproc-per-node {size} {' '.join(words)}",
                }
            )
            print(size, seed, rows[-1]["test"]["NDCG@10"], rows[-1]["seconds"], flush=True)
    return rows


def write_parts(folder: Path, millions: int) -> None:
    """A log of so many million rows, a million a part, with users all over the parts."""
    import pandas as pd

    rng = np.random.default_rng(0)
    for part in range(millions):
        rows = 1_000_000
        pd.DataFrame(
            {
                "user": rng.integers(0, 10_000 * millions, rows),
                "item": (100_000 * rng.random(rows) ** 3).astype(np.int64),
                "time": rng.integers(1_500_000_000, 1_600_000_000, rows),
            }
        ).to_parquet(folder / f"part-{part:04d}.parquet", index=False)


CHILD = """
import json, resource, sys, time
import torch, numpy, duckdb
from seqrec_lib.data import leave_one_out, read_interactions
from seqrec_lib.scale.portions import portions
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
bare, started = peak(), time.perf_counter()
log = read_interactions(sys.argv[1], **({} if sys.argv[2] == "whole" else {"memory_gb": float(sys.argv[2])}))
read = time.perf_counter() - started
targets = 0
for part in portions(log, 1_000_000):
    split = leave_one_out(part, 50)
    targets += int((split.train.targets > 0).sum())
print(json.dumps({"rows_read": len(log), "users": log.n_users, "items": log.n_items, "targets": targets,
    "seconds": round(read, 1), "sequence_seconds": round(time.perf_counter() - started - read, 1),
    "bare_gb": round(bare, 3), "peak_gb": round(peak(), 3)}))
"""


def rows_read(millions: int) -> list[dict]:
    """One row for the reader on disk, and one for the reader in memory where the log is small enough."""
    rows = []
    folder = Path(tempfile.mkdtemp())
    try:
        write_parts(folder, millions)
        bytes_written = sum(each.stat().st_size for each in folder.iterdir())
        for how in ("0.4", "whole") if millions <= 20 else ("0.4",):
            words = [sys.executable, "-c", CHILD, str(folder), how]
            done = subprocess.run(words, check=True, capture_output=True, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            rows.append(
                {
                    "part": "rows",
                    "model": "none",
                    "seed": 0,
                    "protocol": "none",
                    "test": {},
                    "size": millions,
                    "variant": "on disk" if how != "whole" else "in memory",
                    "memory_gb": None if how == "whole" else float(how),
                    "parquet_gb": round(bytes_written / 1e9, 3),
                    **found,
                }
            )
            print(rows[-1], flush=True)
    finally:
        shutil.rmtree(folder)
    return rows


def shape_of(sizes: dict) -> dict:
    """Operations and bytes of one step, as the formulas of the chapter count them."""
    targets = sizes["batch"] * sizes["length"]
    flops = softmax_flops(targets, sizes["items"], sizes["dim"])
    flops += encoder_flops(targets, sizes["dim"], 2, sizes["length"])
    return {"flops": flops, "moved": table_bytes(sizes["items"], sizes["dim"])}


def step_seconds(sizes: dict, rounds: int) -> float:
    """The median seconds of a training step of random rows."""
    users, steps = sizes["batch"] * rounds, sizes["length"]
    rng, n = np.random.default_rng(0), users * (steps + 3)
    log = Interactions(
        users=np.repeat(np.arange(users), steps + 3),
        items=rng.integers(1, sizes["items"] + 1, n),
        times=None,
        user_ids=np.arange(users),
        item_ids=np.arange(sizes["items"] + 1).astype(object),
        repeats=True,
        name="random",
    )
    split = leave_one_out(log, steps)
    torch.manual_seed(0)
    model = build(recipe_settings("sasrec", sizes["items"], max_len=steps, dim=sizes["dim"], layers=2))
    settings = TrainingSettings(batch_size=sizes["batch"], precision="fp32")
    optimiser = make_optimiser(model, settings)
    generators = {name: torch.Generator().manual_seed(0) for name in ("rows", "negatives")}
    objective = NextItemObjective(cross_entropy)
    objective.prepare(model, split)
    seconds = []
    for _ in range(rounds):  # an epoch of one batch each
        part = split.train.rows(torch.randperm(users)[: sizes["batch"]])
        record = train_epoch(model, part, objective, optimiser, settings, generators, 0, Silent(), Clock())
        seconds.append(record["seconds"])
    return float(np.median(seconds[1:]))


def costs() -> list[dict]:
    """The small steps, then the larger ones with what the model fitted to the small ones foresees."""
    torch.set_num_threads(1)
    step_seconds(SMALL[0], 4)
    small = [{**shape_of(each), "seconds": step_seconds(each, 9)} for each in SMALL]
    model = CostModel.fit(small)
    rows = [
        {
            "variant": "fitted",
            "sizes": sizes,
            **found,
            "foreseen": model.seconds(found["flops"], found["moved"]),
        }
        for sizes, found in zip(SMALL, small, strict=True)
    ]  # fmt: skip
    for sizes in LARGER:
        found = shape_of(sizes)
        rows.append(
            {"variant": "foreseen", "sizes": sizes, **found, "seconds": step_seconds(sizes, 6),
             "foreseen": model.seconds(found["flops"], found["moved"])}
        )  # fmt: skip
    for row in rows:
        print(row["variant"], row["sizes"], f"{row['seconds']:.4f} {row['foreseen']:.4f}", flush=True)
    same = {"part": "costs", "model": "sasrec", "seed": 0, "protocol": "none", "test": {}}
    return [{**same, **row, "cost_model": vars(model)} for row in rows]


def grown(part: str) -> list[dict]:
    """NDCG@10 of fresh users by the size of one thing, all others as usual."""
    torch.set_num_threads(1)
    rows = []
    fresh = simulate("video", users=1_000, seed=77)
    cases = leave_one_out(fresh, 50)
    ceiling = evaluate(OracleModel(fresh), cases.test, (10,), with_coverage=False).metrics
    for axis, sizes in GROWN[part].items():
        for seed in SEEDS:
            for each in sizes:
                how = {**USUAL, axis: each}
                split = leave_one_out(simulate("video", users=how["users"], seed=seed), 50)
                torch.manual_seed(seed)
                shape = {"dim": how["dim"], "layers": how["layers"]}
                model = build(recipe_settings("sasrec", 200, max_len=50, dropout=0.2, **shape))
                batches = -(-how["users"] // 32)
                epochs = -(-how["steps"] // batches)
                started = time.perf_counter()
                fit(
                    model, split, epochs=epochs, batch_size=32, lr=4e-3, seed=seed, patience=0,
                    evaluate_every=max(1, epochs // 8), progress=False,
                )  # fmt: skip
                rows.append(
                    {
                        "part": "size",
                        "model": "sasrec",
                        "seed": seed,
                        "axis": axis,
                        "size": each,
                        "protocol": cases.protocol,
                        "test": evaluate(model, cases.test, (10,), with_coverage=False).metrics,
                        "ceiling": ceiling,
                        "steps": epochs * batches,
                        "seconds": round(time.perf_counter() - started, 1),
                    }
                )
                print(axis, seed, each, f"{rows[-1]['test']['NDCG@10']:.4f}", rows[-1]["seconds"], flush=True)
    return rows


def main() -> None:
    """Make one part's rows anew and keep the others."""
    makers = {"processes": processes, "costs": costs, "serving": serving, "catalogues": catalogues}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=(*makers, "rows", *GROWN))
    parser.add_argument("--millions", type=int, default=20)
    given = parser.parse_args()
    if given.part == "rows":
        made = rows_read(given.millions)
    else:
        made = grown(given.part) if given.part in GROWN else makers[given.part]()
    told = f" --millions {given.millions}" if given.part == "rows" else ""
    same = {
        "device": "cpu",
        "machine": describe_machine(1),
        "versions": versions(),
        "command": f"python benchmarks/scale.py {given.part}{told}",
        "commit": commit(),
    }
    old = read_rows(FILE) if FILE.is_file() else []
    kept = [row for row in old if row["command"] != same["command"]]
    write_rows(FILE, [*kept, *({**row, **same} for row in made)])


if __name__ == "__main__":
    main()
