"""The habits of the house as plain functions: each returns a list of faults, empty when all is well."""

from __future__ import annotations

import json
import re
import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES, MAX_MEDIAN = 30, 8
WORDS, BESIDE = (1_800, 4_500), (500, 4_500)  # of a chapter, of a page beside one such as 01b_listing
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


@lru_cache(maxsize=1)
def tracked() -> list[str]:
    """Return every committed path, as git names it."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def notebooks() -> list[Path]:
    """Return the notebooks of the book: the chapters, and pages to look things up."""
    return sorted((ROOT / "book").glob("*.ipynb"))


def chapters() -> list[Path]:
    """Return the chapters, and the pages beside them: the notebooks whose names begin with a number."""
    return [path for path in notebooks() if path.name[:2].isdigit()]


def is_beside(path: Path) -> bool:
    """Whether a page stands beside a chapter, as ``01b_listing`` does."""
    return path.name[2].isalpha()


def lines_of(cell: dict) -> int:
    """Return how many lines of a code cell are not blank."""
    return sum(bool(line.strip()) for line in "".join(cell["source"]).splitlines())


def output_faults(notebook: dict) -> list[str]:
    """Outputs and execution counts are made by a build and never committed."""
    faults = []
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        kept = "keep_output" in cell.get("metadata", {}).get("tags", [])
        if cell.get("outputs") and not kept:
            faults.append(f"cell {number} has an output: run nbstripout")
        if cell.get("execution_count") is not None and not kept:
            faults.append(f"cell {number} has an execution count: run nbstripout")
    return faults


def cell_faults(notebook: dict) -> list[str]:
    """A reader takes in a short cell at a glance; a folded one is unfolded by some, so it has a limit too."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    faults = [
        f"a code cell has {n} lines, more than {MAX_LINES}" for n in map(lines_of, code) if n > MAX_LINES
    ]
    shown = [cell for cell in code if not FOLDED & set(cell.get("metadata", {}).get("tags", []))]
    lengths = [lines_of(cell) for cell in shown]
    median = sorted(lengths)[len(lengths) // 2] if lengths else 0
    if median > MAX_MEDIAN:
        faults.append(f"the median code cell has {median} lines, more than {MAX_MEDIAN}")
    return faults


def count_words(notebook: dict) -> int:
    """Return how many words of prose a notebook has; formulas, code and addresses do not count."""
    text = "\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    for pattern in (r"```.*?```", r"\$\$.*?\$\$", r"\$[^$]*\$", r"`[^`]*`", r"<[^>]+>", r"https?://\S+"):
        text = re.sub(pattern, " ", text, flags=re.S)
    return len(re.findall(r"[A-Za-z][A-Za-z'’-]*", text))


def path_faults(text: str) -> list[str]:
    """A committed file names no folder of the machine on which it was written."""
    patterns = (
        re.escape(ROOT.as_posix() + "/"),
        r"(?<![\w.])/(?:home|Users|root)/\w",
        r"[A-Z]:\\\\?Users\\",
    )
    return [found.group() for pattern in patterns for found in re.finditer(pattern, text)]


def action_faults(workflow: str) -> list[str]:
    """A workflow names each action by the commit of a release, with the release beside it."""
    used = re.findall(r"uses:\s*(\S+)(.*)", workflow)
    return [
        name
        for name, rest in used
        if not re.search(r"@[0-9a-f]{40}$", name) or not re.search(r"#\s*v\d+\.\d+\.\d+", rest)
    ]


def targets(makefile: str) -> set[str]:
    """Return the targets of a Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.M))


def read_notebook(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
