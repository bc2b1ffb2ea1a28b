"""What the larger run of each exercise takes: seconds and memory, with the reference as the answer.

    python benchmarks/larger_runs.py                 # the missing rows, on this machine
    python benchmarks/larger_runs.py --size small    # the small ones alone

A full run on the reader's own log cannot be measured: the same call on a log that everybody has stands for
it, with the size "known".

Each run has a process of its own, with one thread. On a CPU the time is the processor's, not the clock's,
so that another program on the machine does not count; the memory is the most that the process held. On a
GPU the time is the clock's, and the memory the most that PyTorch had taken of the GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time

import torch
from rows import RESULTS, read_rows

from seqrec_lib.device import pick_device
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.teaching.exercises import EXERCISES

COMMAND = "python benchmarks/larger_runs.py"
PROTOCOL = "loo-full-unseen"
SIZES = ("small", "known", "full")


def measure(name: str, size: str) -> dict:
    """Run one larger run in this process; return its row."""
    one = EXERCISES[name]
    device = pick_device()
    cuda = device.type == "cuda"
    clock = time.perf_counter if cuda else time.process_time
    started = clock()
    found = one.larger.run(one.reference, one.reference.__name__, size)
    seconds = clock() - started
    if cuda:
        gib = torch.cuda.max_memory_allocated() / 2**30
        place = f"cuda ({torch.cuda.get_device_properties(device).name})"
    else:
        gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # Linux counts in KiB
        place = "one CPU core"
    return {
        "model": name,
        "size": size,
        "run": one.larger.sizes[size],
        "seed": 0,
        "protocol": PROTOCOL,
        "test": {"found": [round(float(value), 4) for value in found]},
        "device": place,
        **({"interactions": one.larger.known_interactions()} if size == "known" else {}),
        "seconds": round(seconds, 1),
        "gib": round(gib, 2),
        "versions": versions(),
        "command": COMMAND,
        "commit": commit(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", choices=SIZES)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)  # name and size: the child's own call
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(*asked.one)))
        return
    file = RESULTS / "larger_runs.json"
    rows = read_rows(file)
    cuda = pick_device().type == "cuda"
    wanted = [
        (n, s)
        for s in SIZES
        for n, e in EXERCISES.items()
        if e.larger and s in e.larger.sizes and asked.size in (None, s)
    ]
    for name, size in wanted:
        key = (name, size, cuda)
        if key in {(row["model"], row["size"], row["device"].startswith("cuda")) for row in rows}:
            continue
        print(f"{name}, {size}", flush=True)
        command = [sys.executable, __file__, "--one", name, size]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        rows.sort(key=lambda row: (row["model"], row["device"], -len(row["size"])))
        file.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
