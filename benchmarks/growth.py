"""How time and memory grow with the length of a history, the width, the catalogue and the users.

    python benchmarks/growth.py [--threads N --repeats N --axes NAME ... --out FILE]

Each axis is doubled four times while the others stay; each point runs in a process of its own, so that the
peak of resident memory is its own. Data are random items of the sizes asked for: speed depends on no more.
``seconds`` is the fastest of ``--repeats`` training steps (for users: epochs), ``cpu_seconds`` the least
processor time, of all threads; ``split_seconds`` is what the split took before. The axis
``million`` is one step of 128 x 200 positions over a catalogue of one million items.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "seqrec_lib" / "results"
BASE = {"users": 64, "steps": 100, "dim": 64, "items": 2_000, "batch": 64}
FIRST = {"steps": 25, "dim": 16, "items": 2_000, "users": 500}  # doubled four times
MILLION = {"users": 128, "steps": 200, "dim": 64, "items": 1_000_000, "batch": 128}
PER_EPOCH = {"users": 500, "steps": 50, "dim": 64, "items": 2_000, "batch": 128}


def points(axes: list[str]) -> list[tuple[str, dict]]:
    """``(axis, sizes)`` of every point, smallest first."""
    found = []
    for axis in axes:
        if axis == "million":
            found.append((axis, MILLION))
            continue
        base = PER_EPOCH if axis == "users" else BASE
        found += [(axis, {**base, axis: FIRST[axis] * 2**n}) for n in range(5)]
    return found


def measure(sizes: dict, repeats: int, threads: int) -> dict:
    """Train one epoch over random rows ``repeats`` times, in this process."""
    import numpy as np
    import torch

    from seqrec_lib.data import leave_one_out
    from seqrec_lib.data.interactions import Interactions
    from seqrec_lib.losses import cross_entropy
    from seqrec_lib.losses.objectives import NextItemObjective
    from seqrec_lib.models import build, find_recipe, recipe_settings
    from seqrec_lib.training.loop import Clock, train_epoch
    from seqrec_lib.training.optimiser import make_optimiser
    from seqrec_lib.training.progress import Silent
    from seqrec_lib.training.settings import TrainingSettings

    torch.set_num_threads(threads)
    users, steps, dim, items = (sizes[name] for name in ("users", "steps", "dim", "items"))
    rng, rows = (
        np.random.default_rng(0),
        users * (steps + 3),
    )  # one item before the first target, two held out
    log = Interactions(
        users=np.repeat(np.arange(users), steps + 3),
        items=rng.integers(1, items + 1, rows),
        times=None,
        user_ids=np.arange(users),
        item_ids=np.arange(items + 1).astype(object),
        repeats=True,
        name="random",
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    started = time.perf_counter()
    split = leave_one_out(log, steps)
    split_seconds = time.perf_counter() - started
    torch.manual_seed(0)
    model = build(recipe_settings("sasrec", items, max_len=steps, dim=dim, ff_width=dim, positions="start"))
    recipe = {**find_recipe("sasrec").training, "batch_size": sizes["batch"], "precision": "fp32"}
    settings = TrainingSettings(**recipe)
    optimiser = make_optimiser(model, settings)
    generators = {name: torch.Generator().manual_seed(0) for name in ("rows", "negatives")}
    objective = NextItemObjective(cross_entropy)
    objective.prepare(model, split)
    records = []
    for _ in range(repeats):
        cpu = time.process_time()
        parts = (model, split.train, objective, optimiser, settings, generators)
        record = train_epoch(*parts, 0, Silent(), Clock())
        records.append({**record, "cpu_seconds": time.process_time() - cpu})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # kilobytes on Linux
    return {
        **{name: round(min(r[name] for r in records), 4) for name in ("seconds", "cpu_seconds")},
        "split_seconds": round(split_seconds, 4),
        "targets": records[0]["targets"],
        "peak_gb": round(peak / 1e9, 4),
        "grown_gb": round((peak - before) / 1e9, 4),  # above Python, PyTorch and the log itself
    }


def run_child(sizes: dict, repeats: int, threads: int) -> dict:
    """Measure one point in a process of its own."""
    words = [sys.executable, __file__, "--child", json.dumps(sizes), "--repeats", str(repeats)]
    words += ["--threads", str(threads)]
    answer = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(answer.stdout.splitlines()[-1])


def main() -> None:
    axes = [*FIRST, "million"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=5, help="steps or epochs a point; the fastest counts")
    parser.add_argument("--axes", nargs="+", choices=axes, default=axes)
    parser.add_argument("--out", type=Path, default=RESULTS / "growth.json")
    parser.add_argument("--child", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(measure(given.child, given.repeats, given.threads)))
        return
    from machine import describe_machine

    from seqrec_lib.experiments.provenance import commit, versions

    rows = []
    for axis, sizes in points(given.axes):
        found = run_child(sizes, 1 if axis == "million" else given.repeats, given.threads)
        print(
            f"{axis:<8} {sizes.get(axis, sizes['items']):>9,}  {found['seconds']:>9.3f} s, "
            f"peak {found['peak_gb']:.2f} GB",
            flush=True,
        )
        rows.append({"axis": axis, "size": sizes.get(axis, sizes["items"]), "sizes": sizes, **found})
    same = {
        "model": "sasrec",
        "device": "cpu",
        "machine": describe_machine(given.threads),
        "versions": versions(),
        "command": f"python benchmarks/growth.py --threads {given.threads} --repeats {given.repeats}",
        "commit": commit(),
    }
    unfinished = given.out.with_suffix(".tmp")
    unfinished.write_text(json.dumps({"rows": [{**row, **same} for row in rows]}, indent=1) + "\n")
    unfinished.replace(given.out)
    print(f"{given.out}: {len(rows)} rows")


if __name__ == "__main__":
    main()
