"""A log of Amazon Beauty's size from end to end: seconds and peak memory of each command.

    python benchmarks/large_log.py [--steps NAME ...] [--home FOLDER]
        [--code FOLDER --label NAME] [--limit S]

40,000 users and 55,000 items, simulated: lengths from 4 on are geometric with a mean of 7, items are drawn by
a power law, times over five years. Nothing can be learned from it; time and memory depend on sizes alone.
Every step is a process of its own, so that its peak of resident memory is its own, and holds all that a user
would wait for: starting Python, reading the file, measuring. ``fit`` and the two counts measure floors as
well, and ``evaluate`` finds them in the run folder. With ``--home`` log and runs stay, so that steps can be
measured one by one. ``--code`` measures another checkout of the library in the same way, such as an older
one, under ``--label``. A step that takes longer than ``--limit`` seconds is stopped, and its row says so.
Rows go to seqrec_lib/results/large_log.json.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from machine import describe_machine
from rows import RESULTS, read_rows, write_rows

from seqrec_lib.experiments.provenance import versions

USERS, ITEMS, LEAST, MEAN = 40_000, 55_000, 4, 7
COMMAND = "python benchmarks/large_log.py"
READ = "import sys; from seqrec_lib.data import read_interactions; print(read_interactions(sys.argv[1]))"
# What is typed for each step; a step begins with what the ones before it left.
STEPS = {
    "read": ["-c", READ, "{log}"],
    "fit one epoch, with floors": ["fit", "--model", "gru4rec", "--epochs", "1", "--out", "{run}"],
    "evaluate": ["evaluate", "--run", "{run}"],
    "count popularity": ["fit", "--model", "popularity", "--out", "{popularity}"],
    "count Markov": ["fit", "--model", "markov", "--out", "{markov}"],
    "recommend for all": ["recommend", "--run", "{run}", "--out", "{lists}"],
}


def make_log(path: Path) -> dict:
    """Write the log as CSV and return what it holds."""
    rng = np.random.default_rng(0)
    lengths = LEAST - 1 + rng.geometric(1 / (MEAN - LEAST + 1), USERS)
    weights = 1 / np.arange(1, ITEMS + 1) ** 0.7
    frame = pd.DataFrame(
        {
            "user": np.repeat([f"u{n}" for n in range(USERS)], lengths),
            "item": rng.choice(ITEMS, int(lengths.sum()), p=weights / weights.sum()),
            "time": 1_300_000_000 + rng.integers(0, 5 * 365 * 86_400, int(lengths.sum())),
        }
    ).sort_values("time")
    frame.to_csv(path, index=False)
    return {
        "name": "simulated log of Beauty's size, seed 0",
        "users": USERS,
        "items": int(frame["item"].nunique()),
        "interactions": len(frame),
        "bytes": path.stat().st_size,
    }


def measure(words: list[str], code: Path, limit: float) -> dict:
    """Run one command on the library in ``code``; its seconds, processor seconds and peak memory."""
    environment = {**os.environ, "PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}
    began = time.perf_counter()
    with tempfile.TemporaryFile() as told:
        child = subprocess.Popen(
            [sys.executable, *words], env=environment, stdout=told, stderr=told, cwd=code
        )
        ended = 0
        while not ended:
            if time.perf_counter() - began > limit:
                os.kill(child.pid, signal.SIGKILL)  # Popen's own kill would take the child's figures
            ended, status, used = os.wait4(child.pid, os.WNOHANG)
            time.sleep(0.05)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        if child.returncode and seconds < limit:
            told.seek(0)
            raise SystemExit(f"{words}: {told.read().decode()[-2000:]}")
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_gb": round(used.ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6), 2),
        "stopped": seconds >= limit,
    }


def commit_of(code: Path) -> str:
    """The commit of a checkout, with ``-dirty`` behind it where files other than results differ."""
    git = ["git", "-C", str(code)]
    looked = [*git, "status", "--porcelain", "--", ".", ":(exclude)seqrec_lib/results"]
    name = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    changed = subprocess.run(looked, capture_output=True, text=True, check=True)
    return name.stdout.strip() + ("-dirty" if changed.stdout.strip() else "")


def main() -> None:
    """Measure the steps that were asked for, each into its row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--code", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--label", default="now")
    parser.add_argument("--limit", type=float, default=3600.0)
    parser.add_argument("--home", type=Path, help="keep log and runs here, for steps that follow later")
    arguments = parser.parse_args()
    code, file, commit = arguments.code.resolve(), RESULTS / "large_log.json", commit_of(arguments.code)
    home = (arguments.home or Path(tempfile.mkdtemp())).resolve()
    home.mkdir(parents=True, exist_ok=True)
    try:
        places = {name: str(home / name) for name in ("run", "bare", "popularity", "markov")}
        places |= {"log": str(home / "log.csv"), "lists": str(home / "lists.csv")}
        data = make_log(home / "log.csv")
        for step in arguments.steps:
            words = [word.format(**places) for word in STEPS[step]]
            if words[0] != "-c":
                words = ["-m", "seqrec_lib", *words, "--data", places["log"], "--device", "cpu", "--quiet"]
            found = measure(words, code, arguments.limit)
            shown = "" if arguments.label == "now" else f" --code FOLDER --label {arguments.label}"
            row = {
                "library": arguments.label,
                "step": step,
                **found,
                "data": data,
                "device": "cpu",
                "machine": describe_machine(1),
                "versions": versions(),
                "command": f"{COMMAND} --steps '{step}'{shown}",
                "commit": commit,
            }
            print(f"{arguments.label:<8}{step:<30}{found}", flush=True)
            old = [
                each for each in read_rows(file) if (each["library"], each["step"]) != (arguments.label, step)
            ]
            write_rows(file, [*old, row])
    finally:
        if arguments.home is None:
            shutil.rmtree(home)


if __name__ == "__main__":
    main()
