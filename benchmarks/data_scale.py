"""How long and how much memory a large log takes: read, check, number, sort, split by leave-one-out.

    python benchmarks/data_scale.py --rows 1000000 20000000 --json data_scale.json

A synthetic CSV (user, item, time; rows in random order) is written to a temporary folder. Each size
runs in a child process of its own, so that its peak of resident memory is its own. Writing the file
is not timed.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def write_log(path: Path, rows: int, seed: int = 0) -> None:
    """Write ``rows`` interactions: 100 a user, items with a long tail, times over two years."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    rng = np.random.default_rng(seed)
    step = 1_000_000
    schema = pa.schema([("user", pa.int64()), ("item", pa.int64()), ("time", pa.int64())])
    with pacsv.CSVWriter(path, schema, write_options=pacsv.WriteOptions(quoting_style="none")) as writer:
        for start in range(0, rows, step):
            size = min(step, rows - start)
            columns = [
                rng.integers(1, max(2, rows // 100), size),
                (50_000 * rng.random(size) ** 3).astype(np.int64) + 1,
                rng.integers(1_600_000_000, 1_663_000_000, size),
            ]
            writer.write_table(pa.table([pa.array(c) for c in columns], schema=schema))


def measure(path: Path) -> dict:
    """Read and split the file in this process; return seconds, peak memory and what came out."""
    from seqrec_lib.data import leave_one_out, read_interactions

    before = time.perf_counter()
    log = read_interactions(path)
    read = time.perf_counter()
    split = leave_one_out(log)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # kilobytes on Linux
    return {
        "data": log.describe(),
        "read_seconds": round(read - before, 3),
        "split_seconds": round(done - read, 3),
        "seconds": round(done - before, 3),
        "peak_gb": round(peak / 1e9, 3),
        "test_users": len(split.test),
    }


def run_child(rows: int) -> dict:
    """Write a log of ``rows`` rows and measure it in a child process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        write_log(path, rows)
        command = [sys.executable, __file__, "--child", str(path)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
        size = path.stat().st_size
    return {"rows": rows, "file_bytes": size, **json.loads(answer.stdout)}


def main() -> None:
    """Run every size, print a line for each and write all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 20_000_000])
    parser.add_argument("--json", type=Path, default=None, help="write the figures here")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.child)))
        return
    figures = []
    for rows in options.rows:
        figure = run_child(rows)
        figures.append(figure)
        print(
            f"{rows:>12,} rows: read {figure['read_seconds']:.2f} s, split {figure['split_seconds']:.2f} s, "
            f"together {figure['seconds']:.2f} s, peak {figure['peak_gb']:.2f} GB",
            flush=True,
        )
    if options.json:
        sizes = " ".join(map(str, options.rows))
        shown = {
            "command": f"python benchmarks/data_scale.py --rows {sizes}",
            "machine": platform.platform(),
            "runs": figures,
        }
        options.json.write_text(json.dumps(shown, indent=1) + "\n")


if __name__ == "__main__":
    main()
