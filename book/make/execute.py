"""Execute notebooks from the first cell to the last, each in a process of its own; write what happened.

    python book/make/execute.py --out log.json [--jobs 2] NOTEBOOK...

It runs with any Python that has nbclient and ipykernel, and needs nothing of this repository: it is the
program that runs published notebooks in clean environments. A notebook runs in an empty folder. The book's
builder calls it too, a process a notebook: see outputs.py.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def execute(path: str, limit: int, folder: str | None = None, save: str | None = None) -> dict:
    """Execute one notebook in this process; return its name, its seconds, and its error or "".

    Args:
        path: the notebook; it is left as it is. limit: seconds that one cell may take.
        folder: where the kernel works; an empty one when None. save: where the executed notebook goes.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    started, error, library, reached = time.perf_counter(), "", "", [0]
    with tempfile.TemporaryDirectory() as empty:
        client = NotebookClient(
            notebook,
            timeout=limit,
            kernel_name="python3",
            resources={"metadata": {"path": folder or empty}},
            on_cell_start=lambda cell, cell_index: reached.append(cell_index),
        )
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as found:
            error = f"cell {reached[-1]}: {str(found)[-2000:]}"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code[:1]:  # the set-up cell prints which library it found
        library = "".join(out.get("text", "") for out in cell.outputs)
    if save and not error:
        nbformat.write(notebook, save)
    return {
        "notebook": Path(path).name,
        "seconds": round(time.perf_counter() - started, 1),
        "cells": len(code),
        "executed": sum(cell.execution_count is not None for cell in code),
        "library": library.strip(),
        "error": error,
    }


def in_own_process(path: str, limit: int) -> dict:
    command = [sys.executable, __file__, "--one", path, "--limit", str(limit)]
    # A kernel takes the place of this program, so it is started with what was found here, not with -I.
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    if done.returncode:
        return {"notebook": Path(path).name, "seconds": 0.0, "error": done.stderr[-2000:]}
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="*")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--limit", type=int, default=900, help="seconds that one cell may take")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--save", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(execute(asked.one, asked.limit, asked.folder, asked.save)))
        return 0
    with ThreadPoolExecutor(asked.jobs) as pool:
        rows = list(pool.map(lambda path: in_own_process(path, asked.limit), asked.notebooks))
    if asked.out:
        asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print(f"{row['notebook']}: {row['error'] or 'ok'} ({row['seconds']} s)")
    return int(any(row["error"] for row in rows) or not rows)


if __name__ == "__main__":
    sys.exit(main())
