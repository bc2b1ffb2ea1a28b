"""What stands in front of a reader: no plumbing, no line that scrolls, figures numbered and with captions."""

import ast
import json
import re
from pathlib import Path

import figure_numbers
import pytest

BOOK = Path(__file__).parents[2] / "book"
NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))
WIDEST, LONGEST = 80, 30
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
CAPTION = re.compile(r'\.caption\(\s*"([\w]+)\.(\d+)"')
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    """``(id, source, shown)`` of each code cell."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            tags = set(cell["metadata"].get("tags", []))
            yield cell["id"], "".join(cell["source"]), not tags & FOLDED


def only_tells(source):
    """Whether a cell teaches nothing: it asserts, imports, or states a stored number, and no more."""

    def dull(node):
        if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
            return True
        called = node.value if isinstance(node, ast.Expr) else None
        return isinstance(called, ast.Call) and getattr(called.func, "id", "") == "tell"

    body = ast.parse(source).body
    imports = all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)
    return bool(body) and not imports and all(dull(node) for node in body)


@each
def test_no_shown_line_is_too_wide_for_a_laptop(path):
    wide = [f"{cell}: {line}" for cell, source, shown in code_cells(path) if shown
            for line in source.splitlines() if len(line) > WIDEST]  # fmt: skip
    assert not wide, "\n".join(wide)


@each
def test_no_cell_is_longer_than_a_screen_folded_or_not(path):
    assert not too_long(code_cells(path))


def too_long(cells):
    return [cell for cell, source, _ in cells if len(source.splitlines()) > LONGEST]


def test_a_long_cell_is_noticed_though_it_is_folded():
    line = "x = 1\n"
    assert too_long([("a", line * 30, True), ("b", line * 31, False)]) == ["b"]


@each
def test_no_shown_cell_only_tells_or_asserts(path):
    assert not [cell for cell, source, shown in code_cells(path) if shown and only_tells(source)]


@each
def test_figures_are_numbered_in_order(path):
    found = [pair for _, source, _ in code_cells(path) for pair in CAPTION.findall(source)]
    if not found:  # a page of tables alone needs no letter of its own
        return
    page = figure_numbers.page_of(path.stem)
    assert found == [(page, str(number)) for number in range(1, len(found) + 1)]


@each
def test_commands_stand_in_the_fold_and_not_in_the_prose(path):
    assert not [cell for cell, source, _ in code_cells(path) if "Made by" in source]


def test_plumbing_is_known_when_it_is_seen():
    assert only_tells("assert a == b") and only_tells("from x import tell\ntell('It is {a}.', a=1)")
    assert not only_tells("a = 1\nassert a") and not only_tells("import torch") and not only_tells("print(a)")
