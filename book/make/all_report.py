"""The dated report of `make test-all`: where it lies, what it covers, and whether it is stale.

The report is committed, so that a reader sees when every published notebook was last executed, in which
environments, and with which outcome. It covers the code of the notebooks, the converter and
pyproject.toml. It is stale when one of these changed since.

A stale report is a warning in `make test`, not a failure. `make test-all` takes many minutes, and `make
test` itself executes every source notebook and one of the published ones; were each edit to fail
until `make test-all` had run, people would stop writing or stop believing the tests. Prose does not
count, because no environment can break it; the library does not count here, because `make test` tests it
in full. A release is another matter: its workflow sets RELEASE, and then both count, and a stale report
fails.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from book import ROOT, files_in, hash_of, sources

REPORT = ROOT / "tests" / "reports" / "test-all.json"
READABLE = REPORT.with_suffix(".md")


def code_of(path: Path) -> str:
    """Return the code of a notebook, cell by cell, without its prose."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\0".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def covered() -> dict[str, str]:
    """Return a hash for each part that the report covers, and of the library."""
    converter = files_in("book/make/published", "book/make/publish.py", "book/make/environments.py")
    parts = {
        "converter": hash_of(converter),
        "pyproject": hash_of(files_in("pyproject.toml")),
        "library": hash_of([path for path in files_in("seqrec_lib") if path.suffix != ".json"]),
    }
    for path in sources():
        parts[path.stem] = hashlib.sha256(code_of(path).encode()).hexdigest()[:16]
    return parts


def changes(report: dict, release: bool = False) -> list[str]:
    """Return which covered parts changed since ``report`` was made; the library counts for a release."""
    now, then = covered(), report["covered"]
    changed = [name for name in sorted({*now, *then}) if now.get(name) != then.get(name)]
    return [name for name in changed if release or name != "library"]


def read_report() -> dict | None:
    """Return the committed report, or None where there is none yet."""
    if not REPORT.is_file():
        return None
    return json.loads(REPORT.read_text(encoding="utf-8"))


def readable(report: dict) -> str:
    """Return the report as Markdown for people."""
    lines = [f"# make test-all, {report['date']}", "", f"Commit {report['commit']}. {report['machine']}.", ""]
    for run in report["environments"]:
        named = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        lines += [f"## Published notebooks, {run['kind']} packages", "", named, ""]
        lines += ["| notebook | outcome | seconds | code cells |", "| --- | --- | --- | --- |"]
        for row in run["notebooks"]:
            cells = f"{row.get('executed', 0)} of {row.get('cells', '?')}"
            outcome = "failed" if row["error"] else "ok"
            lines.append(f"| {row['notebook']} | {outcome} | {row['seconds']} | {cells} |")
        lines.append("")
    lines += ["## Not tried here", "", *[f"- {text}" for text in report["not_tried"]], ""]
    lines += ["## Other steps", "", "| step | outcome | seconds |", "| --- | --- | --- |"]
    lines += [f"| {s['step']} | {s['outcome']} | {s['seconds']} |" for s in report["steps"]]
    if report.get("classroom"):
        size = report["classroom"]["megabytes"]
        lines += ["", "## The archive for a class", "", f"{size} MB, wheels included. Its use:", "", "```"]
        lines += [*report["classroom"]["log"], "```"]
    lines += ["", f"Hashes of what this covers: `{json.dumps(report['covered'])}`", ""]
    return "\n".join(lines)
