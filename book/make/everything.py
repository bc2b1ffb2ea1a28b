"""`make test-all`: every published notebook in clean environments, the slow tests, and a dated report.

    make test-all

For each kind of environment (newest packages, oldest that pyproject.toml admits) the steps are: make the
environment, run the notebooks' own set-up cell against a local copy of the site, so that the library
comes in as it does for a reader, then execute every published notebook. The slow tests follow; the
archive for a class, used with the network cut off, is one of them. Last, a few lines of the library are
broken on purpose (mutants.py). What is run, and when, stands in
tests/reports/test-all.json and .md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import all_report
import library_wheel as wheel
import publish
from environments import KINDS, clean_variables, floors, make_environment, pin, versions

from book import BUILD, ROOT

OUT = BUILD / "publication"
LOGS = BUILD / "test-all"
MUTANTS = 34  # two a room; the survivors are for people to read, so none fails this
PYTHONS = ("3.10", "3.11", "3.12", "3.13")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def set_up_cell() -> str:
    """Return the set-up cell that all published notebooks share."""
    first = sorted((OUT / "book").glob("*.ipynb"))[0]
    cells = json.loads(first.read_text(encoding="utf-8"))["cells"]
    return next(cell["source"] for cell in cells if "set-up" in cell["metadata"].get("tags", []))


def install_as_a_reader(python: Path, folder: Path) -> str:
    """Run the set-up cell in an environment without the library; return where the library then lies.

    Raises:
        RuntimeError: it did not come from the environment, or in another version.
    """
    variables = clean_variables(folder, PIP_NO_INDEX="1")  # all else is there: only the wheel may be fetched
    subprocess.run([str(python), "-c", set_up_cell()], check=True, env=variables, cwd=folder)
    code = "import seqrec_lib; print(seqrec_lib.__version__, seqrec_lib.__file__)"
    done = subprocess.run([str(python), "-I", "-c", code], check=True, capture_output=True, text=True)
    found, place = done.stdout.split(maxsplit=1)
    if found != wheel.version() or not Path(place.strip()).resolve().is_relative_to(folder.resolve()):
        raise RuntimeError(f"the set-up cell gave seqrec_lib {found} at {place}")
    return place.strip()


def run_environment(kind: str, torch: str, jobs: int, interpreter: str) -> dict:
    """Make one environment and execute every published notebook in it; return what the report says."""
    print(f"environment: {kind} packages", flush=True)
    started = time.perf_counter()
    python = make_environment(kind, next((BUILD / "wheel").glob("*.whl")), torch, interpreter)
    folder = python.parents[1]
    install_as_a_reader(python, folder)
    made = round(time.perf_counter() - started, 1)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{kind}.json"
    log.unlink(missing_ok=True)
    notebooks = sorted(str(path) for path in (OUT / "book").glob("*.ipynb"))
    program = Path(__file__).with_name("execute.py")
    command = [str(python), str(program), "--out", str(log), "--jobs", str(jobs), *notebooks]
    subprocess.run(command, env=clean_variables(folder))
    rows = json.loads(log.read_text(encoding="utf-8"))
    return {"kind": kind, "seconds_to_make": made, "versions": versions(python), "notebooks": rows}


def run_step(name: str, command: list[str]) -> dict:
    """Run a command; return its closing line as the outcome."""
    print(f"step: {name}", flush=True)
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout[-6000:], flush=True)
    lines = [line.strip("= ") for line in done.stdout.splitlines() if line.strip()]
    outcome = lines[-1] if lines else "no output"
    seconds = round(time.perf_counter() - started, 1)
    return {"step": name, "outcome": outcome, "ok": done.returncode == 0, "seconds": seconds}


def used_archive() -> dict:
    """The size of the archive for a class, and the log of its use with the network cut off."""
    archive = next((BUILD / "classroom").glob("seqrec-class-*.zip"))
    log = (LOGS / "classroom.log").read_text(encoding="utf-8")
    return {"megabytes": round(archive.stat().st_size / 1e6), "log": log.splitlines()}


def keep_page_report(folder: Path) -> None:
    """Put the report of the page tests, which ran before this, beside that of this run, if it is whole."""
    report = BUILD / "report" / "pages.md"
    if not report.is_file():
        print("no report of the pages: their tests have not run here (they need Chromium)", flush=True)
    elif "| – |" in report.read_text(encoding="utf-8"):
        print(
            "the report of the pages has gaps, for not all of their tests ran: the old one stays", flush=True
        )
    else:
        shutil.copy(report, folder / "pages.md")


def not_tried(torch: str, tried: str) -> list[str]:
    others = ", ".join(version for version in PYTHONS if version != tried)
    missing = [f"Python {others}: the release workflow runs them, on Linux"]
    if torch == "pin":
        missing.append(
            f"PyTorch's floor {floors()['torch']} and newer ones: {pin('torch')} is in both environments; "
            "the release workflow runs the floor on Python 3.10 and 3.11, and the newest on all"
        )
    missing.append(
        "Windows: the tests' workflow runs the source notebooks there; macOS and a GPU: nobody does"
    )
    return missing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--torch", choices=("pin", "floor", "newest"), default="pin")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--python", default=sys.executable, help="the environments' Python")
    parser.add_argument("--no-slow", action="store_true", help="only the notebooks")
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("JOBS", "2")))
    asked = parser.parse_args()
    port = free_port()
    site = f"http://127.0.0.1:{port}/"
    words = ["--out", str(OUT), "--repository", "someone/fork", "--pages", site]
    if publish.main(words):
        return 1
    runs, steps = [], []
    with ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(OUT))) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        share = max(1, asked.jobs // len(asked.kinds))  # the environments run side by side
        with ThreadPoolExecutor(min(asked.jobs, len(asked.kinds))) as pool:
            one = partial(run_environment, torch=asked.torch, jobs=share, interpreter=asked.python)
            runs += pool.map(one, asked.kinds)
        http.shutdown()
    if not asked.no_slow:
        pytest = [sys.executable, "-m", "pytest", "-q", "-m", "slow", "-p", "no:cacheprovider"]
        steps.append(run_step("slow tests of the library", [*pytest, "tests", "--ignore=tests/pages"]))
        steps.append(
            run_step("slow tests of the pages and of the archive for a class", [*pytest, "tests/pages"])
        )
        mutants = [sys.executable, str(Path(__file__).with_name("mutants.py")), "--number", str(MUTANTS)]
        steps.append(run_step("changes of the library", [*mutants, "--out", str(LOGS / "mutants.json")]))
    good = all(not row["error"] for run in runs for row in run["notebooks"]) and all(s["ok"] for s in steps)
    found = {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "commit": wheel.commit() or "none: sources that no commit holds",
        "machine": f"{platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores",
        "outcome": "ok" if good else "failed",
        "covered": all_report.covered(),
        "environments": runs,
        "not_tried": not_tried(asked.torch, runs[0]["versions"]["python"].rpartition(".")[0]),
        "steps": steps,
        "classroom": used_archive() if steps and steps[1]["ok"] else None,
    }
    full = not asked.no_slow and set(asked.kinds) == set(KINDS)
    target = all_report.REPORT if full else LOGS / "report.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if full:
        keep_page_report(target.parent)
    target.with_suffix(".md").write_text(all_report.readable(found), encoding="utf-8")
    print(f"{found['outcome']}: the report is {target.with_suffix('.md')}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
