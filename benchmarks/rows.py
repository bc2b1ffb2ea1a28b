"""Rows of committed results, each made by one command of the command line.

A benchmark names its rows; :func:`make_rows` runs those that are missing and writes the file after
each, so that a run of hours may be stopped and started again. The command stands in the row.
"""

from __future__ import annotations

import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "seqrec_lib" / "results"


@dataclass(frozen=True)
class Wanted:
    """One row: ``arguments`` of ``python -m seqrec_lib``, and ``labels`` to find it by.

    ``after``: given the run's folder, returns more fields of the row; the command that is shown
    leaves the folder out.
    """

    arguments: tuple[str, ...]
    labels: dict[str, object] = field(default_factory=dict)
    after: Callable[[Path], dict] | None = None


def run_command(arguments: tuple[str, ...], threads: int | None) -> dict:
    """Run ``python -m seqrec_lib`` with ``arguments`` and return what ``--json`` wrote.

    Raises:
        subprocess.CalledProcessError: the command failed; its own words are on the terminal.
    """
    environment = dict(os.environ)
    if threads:
        environment["OMP_NUM_THREADS"] = str(threads)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "out.json"
        command = [sys.executable, "-m", "seqrec_lib", *arguments, "--json", str(file)]
        subprocess.run(command, check=True, env=environment)
        return json.loads(file.read_text(encoding="utf-8"))


def make_row(wanted: Wanted, shown: tuple[str, ...], threads: int | None, by_epoch: bool = False) -> dict:
    """One row: the labels, the settings and figures of the run, and the command as ``shown``.

    ``by_epoch`` keeps what the run wrote of each epoch under that name.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        kept = ("--out", str(run)) if wanted.after else ()
        found = run_command((*wanted.arguments, *kept), threads)
        more = wanted.after(run) if wanted.after else {}
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    settings = found["settings"]
    return {
        **wanted.labels,
        "model": settings["model"],
        "loss": settings["loss"],
        "seed": found["seed"],
        "protocol": found["protocol"],
        "data": {key: found["data"][key] for key in ("name", "users", "items", "interactions")},
        "settings": settings,
        "validation": found["validation"],
        "test": found["test"],
        "floors": found["floors"],
        **{key: found[key] for key in ("ceiling", "ceiling_above_model") if key in found},
        "device": found["device"],
        "threads": threads,
        "epochs": len(found["epochs"]),
        "seconds": round(sum(epoch["seconds"] for epoch in found["epochs"]), 1),
        # Of the whole command: on a busy machine, what it would have taken alone on one core.
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "targets_per_second": round(found["epochs"][-1]["targets_per_second"]),
        "versions": found["versions"],
        "command": "python -m seqrec_lib " + shlex.join(shown),
        "commit": found["commit"],
        **({"by_epoch": found["epochs"]} if by_epoch else {}),
        **more,
    }


def make_rows(
    name: str, rows: list[Wanted], hide: dict[str, str] | None = None, threads: int | None = None
) -> None:
    """Make the rows of ``results/NAME.json`` that are not there yet, in order.

    Args:
        hide: text to put in place of an argument in the command that is kept, for a path that
            means nothing elsewhere: ``{"/data/ml-100k.zip": "ml-100k"}``.
    """
    file = RESULTS / f"{name}.json"
    done = read_rows(file)
    for wanted in rows:
        shown = tuple((hide or {}).get(argument, argument) for argument in wanted.arguments)
        command = "python -m seqrec_lib " + shlex.join(shown)
        if any(row["command"] == command for row in done):
            continue
        print(f"\n{command}", flush=True)
        done.append(make_row(wanted, shown, threads))
        write_rows(file, done)
    print(f"{file}: {len(done)} rows")


def read_rows(file: Path) -> list[dict]:
    """The rows that ``file`` has; none where there is no file yet."""
    return json.loads(file.read_text(encoding="utf-8"))["rows"] if file.exists() else []


def write_rows(file: Path, rows: list[dict]) -> None:
    """Write all rows to a new file and put it in the old one's place."""
    unfinished = file.with_suffix(".tmp")
    unfinished.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(file)
