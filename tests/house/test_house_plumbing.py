"""The count of plumbing: what it takes for plumbing, and that little of it stands in front of a reader."""

import json
from pathlib import Path

import figure_numbers
import plumbing
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "book").glob("*.ipynb"))


def counted(*cells):
    made = [{"cell_type": "code", "metadata": {"tags": tags}, "source": source} for source, tags in cells]
    return plumbing.count({"cells": made})


def test_a_statement_counts_with_all_its_lines_and_where_it_stands():
    found = counted(
        ("x = f(\n    1,\n)\n\n# a comment\nassert x == 2, (\n    'no'\n)", []),
        ("ladder(rows).caption(\n    '1.1',\n    'x',\n)\nprint(x)", ["hide-input"]),
        ("def f(x):\n    ...\ncheck('f', f)", ["exercise"]),
    )
    assert found == {
        "shown teaching": 3, "shown plumbing": 3, "folded plumbing": 4, "folded teaching": 1,
    }  # fmt: skip


def test_asserts_inside_a_loop_are_plumbing_and_those_of_a_function_are_its_own():
    loop = counted(("for a in b:\n    print(a)\n    assert a\n    if a:\n        tell('x')", []))
    assert loop == {"shown teaching": 3, "shown plumbing": 2}
    assert counted(("def f(x):\n    assert x\n    return x", [])) == {"shown teaching": 3}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_tenth_of_what_a_reader_sees_is_plumbing_at_most(path):
    found = plumbing.count(json.loads(path.read_text(encoding="utf-8")))
    shown = found["shown teaching"] + found["shown plumbing"]
    # a page beside the chapters may have little code of its own
    assert shown < 60 or found["shown plumbing"] <= 0.1 * shown, found


def test_figures_get_their_numbers_in_order_and_mentions_follow():
    cells = [['a.caption("2.4", "x")\n', 'b.caption(\n    "2.?", "y")'], ['c.caption("2.1", "z")']]
    made, moved, twice = figure_numbers.renumber(cells, "2")
    assert "".join(sum(made, [])) == (
        'a.caption("2.1", "x")\nb.caption(\n    "2.2", "y")c.caption("2.3", "z")'
    )
    assert moved == {"2.4": "2.1", "2.1": "2.3"} and not twice
    assert figure_numbers.renumber([['a.caption("2.1")', 'b.caption("2.1")']], "2")[2] == ["2.1"]
    assert [figure_numbers.page_of(s) for s in ("01_first", "01b_x", "12_y", "worlds")] == [
        "1",
        "1b",
        "12",
        "w",
    ]
