"""Show that a book of thirty notebooks fits: copy each one five times in a scratch folder and build that.

    python book/make/twenty.py SCRATCH [--copies 5]

SCRATCH gets a copy of the committed files as they are now, with ``21_first_recommender`` and so on beside
``01_first_recommender``. It is built four times: cold, again, with one notebook's text edited, and with one
notebook's code edited. For each the seconds on the clock and of the processor are printed, and how many
notebooks were executed. Other programs that compute meanwhile lengthen the first of the two.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml

from book import ROOT, sources

# What a page names once in the whole book: equations, exercises and figures, places to link to.
LABELS = (r"\$\$ \(([\w-]+)\)", r"^:(?:label|name): ([\w-]+)", r"^\(([\w-]+)\)=$")


def rename(path: Path, copy: int) -> Path:
    """Return the path of a copy: chapter 1 becomes 11, 21 and so on, another page gets the number behind."""
    number, _, rest = path.name.partition("_")
    if number.isdigit():
        return path.with_name(f"{10 * copy + int(number)}_{rest}")
    return path.with_stem(f"{path.stem}_{copy}")


def copied(text: str, copy: int) -> str:
    """Return a notebook whose labels are its own, so that Sphinx finds none twice."""
    notebook = json.loads(text)
    prose = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    joined = ["".join(cell["source"]) for cell in prose]
    labels = {one for text in joined for label in LABELS for one in re.findall(label, text, flags=re.M)}
    for cell, source in zip(prose, joined, strict=True):
        for label in labels:
            source = re.sub(rf"(?<![\w-]){re.escape(label)}(?![\w-])", f"{label}-{copy}", source)
        cell["source"] = source
    return json.dumps(notebook, indent=1, ensure_ascii=False)


def make_scratch(scratch: Path, copies: int) -> None:
    """Fill ``scratch`` with the committed files and the copies of the notebooks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, scratch / name)
    contents = yaml.safe_load((scratch / "_toc.yml").read_text(encoding="utf-8"))
    for part in contents["parts"]:
        for page in list(part["chapters"]):
            path = scratch / f"{page['file']}.ipynb"
            for copy in range(1, copies + 1) if path.is_file() else ():
                target = rename(path, copy)
                target.write_text(copied(path.read_text(encoding="utf-8"), copy), encoding="utf-8")
                part["chapters"].append({"file": f"book/{target.stem}"})
    (scratch / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")


def edit(path: Path, kind: str, words: str) -> None:
    """Append ``words`` to the first cell of ``kind``."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == kind)
    cell["source"] = "".join(cell["source"]) + words
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")


def build(scratch: Path, title: str) -> None:
    """Build the book in ``scratch`` and print what that took."""

    def processor() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    began, used = time.perf_counter(), processor()
    command = [sys.executable, str(scratch / "book" / "make" / "book.py")]
    variables = {**os.environ, "PYTHONPATH": str(scratch)}
    done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(done.stdout[-6000:])
    clock, executed = (
        time.perf_counter() - began,
        len(re.findall(r"^book/.*: \d+ cells passed in", done.stdout, flags=re.M)),
    )
    print(
        f"{title}: {clock:.1f} s, {processor() - used:.1f} processor seconds, {executed} executed", flush=True
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scratch", type=Path, help="a folder that is not there yet")
    parser.add_argument("--copies", type=int, default=5)
    asked = parser.parse_args()
    if asked.scratch.exists():
        parser.error(f"{asked.scratch} is there already: name a folder that is not")
    scratch = asked.scratch.resolve()
    make_scratch(scratch, asked.copies)
    one = rename(scratch / sources()[0].relative_to(ROOT), 1)
    print(f"{len(sources())} notebooks, each copied {asked.copies} times; {os.cpu_count()} cores")
    build(scratch, "cold")
    build(scratch, "again")
    edit(one, "markdown", "\n\nOne more sentence.")
    build(scratch, "a text edited")
    edit(one, "code", "\nedited = True")
    build(scratch, "a code cell edited")
    return 0


if __name__ == "__main__":
    sys.exit(main())
