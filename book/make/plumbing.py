"""Count what stands in front of a reader: lines of code that teach, and lines that only hold a page together.

Plumbing is an ``assert``, a ``tell``, and what lays out a figure, a table or a view: the statement that shows
it with its caption. A statement counts with all its lines; blank lines, comments and exercises count for
nothing. ``--at COMMIT`` counts the notebooks as they were then.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
APART = {"exercise", "solution"}
SHOWS = {"tell", "table", "caption", "Tabs", "control", "attention_explorer", "model_in_page", "protocol_lab"}
KINDS = ("shown teaching", "shown plumbing", "folded teaching", "folded plumbing")


def is_plumbing(statement: ast.stmt) -> bool:
    """Whether a statement teaches nothing: it asserts, or shows something that was worked out before."""
    if isinstance(statement, ast.Assert):
        return True
    called = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(called, ast.Call):
        return False
    name = called.func.attr if isinstance(called.func, ast.Attribute) else getattr(called.func, "id", "")
    return name in SHOWS


def lines_of(code: str) -> Iterator[tuple[bool, int]]:
    """``(plumbing, lines)`` of each statement at the top of a cell, and of each in its loops and branches."""
    written = [bool(line.strip()) and not line.strip().startswith("#") for line in code.splitlines()]
    inner: list[ast.stmt] = list(ast.parse(code).body)
    while inner:
        one = inner.pop(0)
        body = (
            getattr(one, "body", None) if isinstance(one, ast.For | ast.If | ast.With | ast.While) else None
        )
        last = body[0].lineno - 1 if body else one.end_lineno or one.lineno
        yield is_plumbing(one), sum(written[one.lineno - 1 : last])
        inner[:0] = [*(body or []), *getattr(one, "orelse", [])] if body else []


def count(notebook: dict) -> Counter[str]:
    """Lines of a notebook by whether they are shown and whether they teach."""
    found: Counter[str] = Counter()
    for cell in notebook["cells"]:
        tags = set(cell["metadata"].get("tags", []))
        if cell["cell_type"] != "code" or tags & APART:
            continue
        for plumbing, lines in lines_of("".join(cell["source"])):
            where = "folded" if tags & FOLDED else "shown"
            found[f"{where} {'plumbing' if plumbing else 'teaching'}"] += lines
    return found


def notebooks(commit: str = "") -> Iterator[tuple[str, dict]]:
    """``(name, notebook)`` of the book, now or at ``commit``."""
    if not commit:
        for path in sorted((ROOT / "book").glob("*.ipynb")):
            yield path.stem, json.loads(path.read_text(encoding="utf-8"))
        return
    listed = _git("ls-tree", "--name-only", commit, "book/").split()
    for name in sorted(name for name in listed if name.endswith(".ipynb")):
        yield Path(name).stem, json.loads(_git("show", f"{commit}:{name}"))


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def shares(found: Counter[str]) -> str:
    """A line of the report."""
    shown = found["shown teaching"] + found["shown plumbing"]
    part = found["shown plumbing"] / shown if shown else 0.0
    return "  ".join(f"{found[kind]:>15}" for kind in KINDS) + f"  {part:>15.1%}"


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--at", default="", help="a commit of this repository; else the files as they are")
    asked = parser.parse_args(words)
    print(f"{'':24}" + "  ".join(f"{kind:>15}" for kind in (*KINDS, "shown: plumbing")))
    whole: Counter[str] = Counter()
    for name, notebook in notebooks(asked.at):
        found = count(notebook)
        whole += found
        print(f"{name:24}{shares(found)}")
    print(f"{'all':24}{shares(whole)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
