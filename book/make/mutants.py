"""Mutation testing: break one line of the library at a time, and see whether a test notices.

    python book/make/mutants.py --out _build/test-all/mutants.json [--number 34] [--rooms losses heads]

Places are drawn at random with a fixed seed, as many in each room of the library, each on a line of its own
while there are lines (mutant_places.py says what may be changed). Each change is made in a copy of the tree,
and the tests that reach the line (mutant_tests.py) run on the copy until one fails, in a forked child of
this process, which has imported torch already. A change that no test notices is a survivor, and is reported
with its line: some are harmless (a larger margin), some are a missing test. The report grows as it runs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from itertools import chain, zip_longest
from pathlib import Path, PurePosixPath

import mutant_tests
import pytest
from mutant_places import Place, changed, places

from book import ROOT

COPIED = ("seqrec_lib", "tests", "book", "benchmarks", "pyproject.toml", "README.md", "requirements.txt")
COPIED += ("_config.yml", "_toc.yml", "CITATION.cff", "CONTRIBUTING.md", "Makefile")
WARM = ("torch", "pandas", "pyarrow.parquet", "matplotlib.pyplot", "hypothesis", "numpy.testing")
LIMIT = 150.0  # seconds, three times as many with --again; a change that runs longer counts as noticed
SMALL = ("messages", "device", "files", "__main__", "__init__")  # rooms of one file share their draws
DATA = ("reading", "getting", "preparing", "worlds")


def room_of(module: str) -> str:
    """The room of a module, whose draws are its own: ``losses``, ``data.worlds``, ``small``."""
    parts = PurePosixPath(module).with_suffix("").parts[1:]
    if parts[0] in SMALL:
        return "small"
    return ".".join(parts[:2]) if parts[0] == "data" and parts[1] in DATA else parts[0]


def draw(number: int, seed: int, rooms: list[str]) -> list[tuple[str, str, Place]]:
    """Return ``(room, module, change)``: ``number`` in all, drawn evenly over the rooms, in turn."""
    pools: dict[str, list[tuple[str, Place]]] = {}
    for path in sorted((ROOT / "seqrec_lib").rglob("*.py")):
        module = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        pools.setdefault(room_of(module), []).extend((module, place) for place in places(text))
    columns = []
    for room, pool in sorted(pools.items()):
        random.Random(f"{seed} {room}").shuffle(pool)  # a room's draws do not depend on the other rooms
        first: dict[tuple[str, int], tuple[str, Place]] = {}
        for module, place in pool:
            first.setdefault((module, place.line), (module, place))
        spread = [*first.values(), *(one for one in pool if one not in first.values())]
        if not rooms or room in rooms:
            columns.append([(room, *one) for one in spread])
    return list(filter(None, chain(*zip_longest(*columns))))[:number]


def survivors(report: Path) -> list[tuple[str, str, Place]]:
    """The changes of an earlier report that no test noticed, as ``draw`` gives them."""
    found = []
    for row in json.loads(report.read_text(encoding="utf-8"))["rows"]:
        if not row["noticed_by"]:
            text = (ROOT / row["module"]).read_text(encoding="utf-8")
            same = [place for place in places(text) if described(text, place).items() <= row.items()]
            found += [(row["room"], row["module"], place) for place in same[:1]]
    return found


def described(text: str, place: Place) -> dict[str, object]:
    """What the report says of a change of ``text``."""
    change = [text.encode()[place.start : place.end].decode(), place.new.decode()]
    line = text.splitlines()[place.line - 1].strip()
    return {"line": place.line, "what": place.what, "text": line, "change": change}


class Order:
    """A plugin of pytest: keeps the chosen tests only, file by file, and writes down the first that fails."""

    def __init__(self, tests: list[str], note: Path) -> None:
        self.files = list(dict.fromkeys(name.partition("::")[0] for name in tests))
        self.tests, self.note = set(tests), note

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept = [item for item in items if item.nodeid in self.tests]
        items[:] = sorted(kept, key=lambda item: self.files.index(item.nodeid.partition("::")[0]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.note.exists():
            self.note.write_text(report.nodeid, encoding="utf-8")


def run_tests(copy: Path, order: Order, log: Path) -> None:
    """In the child: run the tests on the copy and leave this process with pytest's exit code."""
    os.setsid()  # so that what a test starts ends with it
    os.chdir(copy)
    sys.dont_write_bytecode = True
    os.environ |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.path[:0] = [str(copy)]
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    code = 3
    try:
        code = int(pytest.main([*mutant_tests.QUICK, "-x", "--tb=line", *order.files], plugins=[order]))
    finally:
        os._exit(code)


def noticed(copy: Path, tests: list[str], limit: float) -> str | None:
    """Return which test fails on the copy, or why it counts as noticed; None for a survivor."""
    if not tests:
        return None
    note, log = copy / "failed.txt", copy / "log.txt"
    note.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        run_tests(copy, Order(tests, note), log)
    ends = time.monotonic() + limit
    while (
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None and time.monotonic() < ends
    ):
        time.sleep(0.05)
    late = time.monotonic() >= ends
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if late:
        return f"it ran for more than {limit:.0f} s"
    if code == 0:
        return None
    return (
        note.read_text(encoding="utf-8")
        if note.is_file()
        else f"no test could be collected: pytest ended with {code}"
    )


def tried(
    copy: Path, files: dict[str, dict], room: str, module: str, place: Place, every: bool
) -> dict | None:
    """Make one change, run its tests, take it back; return its row, None where it gives no program."""
    original = (ROOT / module).read_text(encoding="utf-8")
    broken = changed(original, place)
    if broken is None:
        return None
    tests = mutant_tests.tests_for(files, module, place.line, room, every)
    started = time.perf_counter()
    (copy / module).write_text(broken, encoding="utf-8")
    by = noticed(copy, tests, 3 * LIMIT if every else LIMIT)
    shutil.copy2(ROOT / module, copy / module)  # with its old time: compiled files are true again
    seconds = round(time.perf_counter() - started, 1)
    asked = {"tests": len(tests), "noticed_by": by, "seconds": seconds}
    return {"room": room, "module": module, **described(original, place), **asked}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--number", type=int, default=34, help="changes in all (default: %(default)s)")
    parser.add_argument("--rooms", nargs="+", default=[], help="only these rooms")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", type=Path, help="only what survived in this report, before every test")
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    # In a process of its own: test modules that were imported here could not be collected from the copy.
    subprocess.run([sys.executable, mutant_tests.__file__], check=True)
    files, rows = mutant_tests.test_map(), []
    for name in WARM:
        __import__(name)
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("_build"))
            else:
                shutil.copy2(ROOT / name, copy / name)
        # A test file that cannot be read on the copy would count as a test that noticed: every one is read.
        if failed := noticed(copy, mutant_tests.one_of_each_file(files), 6 * LIMIT):
            raise SystemExit(f"the tests fail on a copy in which nothing is broken: {failed}")
        drawn = survivors(asked.again) if asked.again else draw(asked.number, asked.seed, asked.rooms)
        for room, module, place in drawn:
            row = tried(copy, files, room, module, place, every=bool(asked.again))
            if row is None:
                continue
            rows.append(row)
            said = f"noticed  {row['noticed_by']}" if row["noticed_by"] else "SURVIVED"
            old, new = row["change"]
            print(
                f"{len(rows)} {module}:{place.line} {place.what}: {old!r} became {new!r}: {said}", flush=True
            )
            caught = sum(bool(row["noticed_by"]) for row in rows)
            report = {"seed": asked.seed, "noticed": caught, "of": len(rows), "rows": rows}
            asked.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{caught} of {len(rows)} changes were noticed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
