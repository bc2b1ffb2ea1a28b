"""Mutation testing in the small: break one line of the library at a time, and see whether a test notices.

    python book/make/mutants.py --out _build/test-all/mutants.json [--number 24]

For a few modules whose every line matters (masks, losses, metrics, splits) it draws places at random, with
a fixed seed, where a comparison, an arithmetic sign or a small whole number stands, changes that one place
in a copy of the library, and runs the tests of the module against the copy. A change that no test notices
is a survivor, and is reported with its line: some are harmless (a larger margin), some are a missing test.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from book import ROOT

# A module and the tests that should notice when it is broken.
TARGETS = {
    "seqrec_lib/attention/functions.py": ["tests/attention/test_attention_functions.py"],
    "seqrec_lib/attention/layers.py": ["tests/attention/test_attention_layers.py"],
    "seqrec_lib/losses/full.py": ["tests/losses/test_losses_full.py", "tests/losses/test_losses.py"],
    "seqrec_lib/losses/sampled.py": [
        "tests/losses/test_losses_sampled.py",
        "tests/losses/test_losses_pieces.py",
        "tests/losses/test_losses.py",
    ],
    "seqrec_lib/losses/pieces.py": ["tests/losses/test_losses_pieces.py"],
    "seqrec_lib/evaluation/metrics.py": [
        "tests/evaluation/test_evaluation_metrics.py",
        "tests/evaluation/test_evaluation_protocols.py",
    ],
    "seqrec_lib/data/splits.py": ["tests/data/test_splits.py"],
    "seqrec_lib/data/batching.py": ["tests/data/test_sequences.py"],
    "seqrec_lib/models/baselines.py": ["tests/models/test_models_baselines.py"],
}
COMPARE = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "=="}
COMPARE_TEXT = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
ARITHMETIC = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*")}


def offsets(text: str) -> list[int]:
    """Return where each line of ``text`` begins, in bytes: AST columns count bytes."""
    found, at = [], 0
    for line in text.encode().splitlines(keepends=True):
        found.append(at)
        at += len(line)
    return found


def places(text: str) -> list[tuple[int, int, bytes, int]]:
    """Return every possible change: from byte, to byte, the new bytes, the line."""
    data, starts, found = text.encode(), offsets(text), []

    def at(line: int, column: int) -> int:
        return starts[line - 1] + column

    def between(left: ast.expr, right: ast.expr, old: str, new: str) -> None:
        start = at(left.end_lineno, left.end_col_offset)
        end = at(right.lineno, right.col_offset)
        where = data.find(old.encode(), start, end)
        if where >= 0:
            found.append((where, where + len(old), new.encode(), left.end_lineno))

    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARE:
            kind = type(node.ops[0])
            between(node.left, node.comparators[0], COMPARE_TEXT[kind], COMPARE[kind])
        elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
            between(node.left, node.right, *ARITHMETIC[type(node.op)])
        elif isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value <= 2:
            start = at(node.lineno, node.col_offset)
            found.append((start, start + 1, str(node.value + 1).encode(), node.lineno))
    return found


def draw(number: int, seed: int) -> list[tuple[str, tuple[int, int, bytes, int]]]:
    """Return ``number`` changes, each of a module, drawn evenly over the modules."""
    chance, pools = random.Random(seed), {}
    for name in TARGETS:
        pools[name] = places((ROOT / name).read_text(encoding="utf-8"))
        chance.shuffle(pools[name])
    names = list(TARGETS)
    drawn = []
    while len(drawn) < number and any(pools.values()):
        name = names[len(drawn) % len(names)]
        if pools[name]:
            drawn.append((name, pools[name].pop()))
        else:
            names.remove(name)
    return drawn


def noticed(copy: Path, tests: list[str]) -> bool:
    """Return whether the tests fail on the copy of the library (or run for more than ten minutes)."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=600)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--number", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        leave = shutil.ignore_patterns("__pycache__", "_build")
        for name in ("seqrec_lib", "tests", "book"):
            shutil.copytree(ROOT / name, copy / name, ignore=leave)
        shutil.copy(ROOT / "pyproject.toml", copy)
        for name in TARGETS:  # a test that fails on the library as it is would notice everything
            if noticed(copy, TARGETS[name]):
                sys.exit(f"the tests of {name} fail before anything is broken")
        for name, (start, end, new, line) in draw(asked.number, asked.seed):
            original = (ROOT / name).read_bytes()
            (copy / name).write_bytes(original[:start] + new + original[end:])
            killed = noticed(copy, TARGETS[name])
            (copy / name).write_bytes(original)
            text = original.decode().splitlines()[line - 1].strip()
            change = f"{original[start:end].decode()} became {new.decode()}"
            rows.append({"module": name, "line": line, "text": text, "change": change, "noticed": killed})
            print(f"{'noticed ' if killed else 'SURVIVED'} {name}:{line} {change}: {text[:60]}", flush=True)
    caught = sum(row["noticed"] for row in rows)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps({"noticed": caught, "of": len(rows), "rows": rows}, indent=1) + "\n")
    print(f"{caught} of {len(rows)} changes were noticed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
