"""Which tests reach which line of the library, measured once and kept under _build.

    python book/make/mutant_tests.py     # minutes on a first run; afterwards only what has changed

Every test runs under coverage in a context of its own; its seconds are kept too. What runs before a test
begins (its fixtures) is put down to the test's whole file, because a fixture of a module or a session runs
once, for whichever test comes first. What runs while a module is imported is put down to nobody.
Left out: the pages and the house, which do not ask what the library computes; the crowds of a million users
and the benchmarks, which take minutes; and the tests marked slow.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import coverage
import pytest

from book import BUILD, ROOT, files_in, hash_of

MAP = BUILD / "mutants" / "tests.json"
LEFT_OUT = ("tests/pages/*", "tests/house/*", "tests/bench/*", "tests/data/worlds/*crowd*")
QUICK = ["-q", "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header"]
MOST_TESTS, MOST_SECONDS = 60, 30.0
EVERY_TESTS, EVERY_SECONDS = 600, 120.0  # where a survivor is tried again


class Recorder:
    """A plugin of pytest: tells coverage which test is running, and keeps the seconds of those that pass."""

    def __init__(self, cover: coverage.Coverage) -> None:
        self.cover = cover
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        self.cover.switch_context(item.nodeid.partition("::")[0])
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        self.cover.switch_context(item.nodeid)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if not report.passed:
            self.failed.add(report.nodeid)


def measured(files: list[str]) -> dict[str, dict]:
    """Run the tests of ``files``; return for each file its tests' seconds and the lines that each reached."""
    os.environ["COVERAGE_CORE"] = "ctrace"  # the newer core of Python 3.12 knows no contexts
    cover = coverage.Coverage(data_file=None, config_file=False, source=[str(ROOT / "seqrec_lib")])
    recorder = Recorder(cover)
    cover.start()
    pytest.main([*QUICK, "--continue-on-collection-errors", *files], plugins=[recorder])
    cover.stop()
    found: dict[str, dict] = {file: {"seconds": {}, "reached": {}} for file in files}
    for name, seconds in recorder.seconds.items():
        if name not in recorder.failed:
            found[name.partition("::")[0]]["seconds"][name] = round(seconds, 3)
    data = cover.get_data()
    for path in data.measured_files():
        module = Path(path).relative_to(ROOT).as_posix()
        for line, contexts in data.contexts_by_lineno(path).items():
            for context in filter(None, contexts):
                reached = found[context.partition("::")[0]]["reached"]
                reached.setdefault(context, {}).setdefault(module, []).append(line)
    return found


def test_map() -> dict[str, dict]:
    """Test file to what ``measured`` says of it. Only changed files are run; all, if the library changed."""
    library = hash_of([path for path in files_in("seqrec_lib") if path.suffix != ".pyc"])
    known = json.loads(MAP.read_text(encoding="utf-8")) if MAP.is_file() else {}
    kept = known["files"] if known.get("library") == library else {}
    every = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    hashes = {
        name: hash_of([ROOT / name])
        for name in every
        if not any(fnmatch(name, pattern) for pattern in LEFT_OUT)
    }
    fresh = [name for name, found in hashes.items() if kept.get(name, {}).get("hash") != found]
    if fresh:
        rows = measured(fresh)
        kept |= {name: {"hash": hashes[name], **row} for name, row in rows.items()}
    kept = {name: kept[name] for name in hashes}
    MAP.parent.mkdir(parents=True, exist_ok=True)
    MAP.write_text(json.dumps({"library": library, "files": kept}), encoding="utf-8")
    return kept


def folder_of(room: str) -> str:
    """Where the tests of a room lie: its own folder, or that of the room around it."""
    inside = "tests/" + room.replace(".", "/")
    return inside if (ROOT / inside).is_dir() else inside.rpartition("/")[0]


def tests_for(files: dict[str, dict], module: str, line: int, room: str, every: bool = False) -> list[str]:
    """Return the tests that should notice a change of ``line``, best first.

    First those that reach the line, then those that reach its module, then the others of its room's folder
    (a result that is cached, or another process, hides who reaches a line); within each the room's own
    first, and the tests of little before the tests of much. At most ``MOST_TESTS`` in ``MOST_SECONDS``, with
    ``every`` ten times as many, those that were written for a survivor before all others.
    """
    folder, ranked = folder_of(room) + "/", []
    for file, row in files.items():
        ours = folder != "tests/" and file.startswith(folder)
        shared = row["reached"].get(file, {}).get(module, [])
        for name, seconds in row["seconds"].items():
            reached = row["reached"].get(name, {})
            lines = [*reached.get(module, []), *shared]
            distance = 0 if line in lines else 1 if lines else 2
            if ours or lines:
                ranked.append((distance, not ours, sum(map(len, reached.values())), seconds, name))
    ranked.sort()
    most, longest = (EVERY_TESTS, EVERY_SECONDS) if every else (MOST_TESTS, MOST_SECONDS)
    if every:
        ranked.sort(key=lambda row: "_mutants.py" not in row[-1])
    chosen, spent = [], 0.0
    for *_, seconds, name in ranked[:most]:
        spent += seconds
        if chosen and spent > longest:
            break
        chosen.append(name)
    return chosen


def one_of_each_file(files: dict[str, dict]) -> list[str]:
    """The quickest test of every file that has one: that all of them pass says that all can be read."""
    return [min(row["seconds"], key=row["seconds"].get) for row in files.values() if row["seconds"]]


if __name__ == "__main__":
    rows = test_map()
    print(sum(len(row["seconds"]) for row in rows.values()), "tests in", len(rows), "files")
    sys.exit(0)
