"""Notebooks are committed without outputs, in short cells, and as long as a sitting."""

from __future__ import annotations

import pytest
import yaml
from habits import (
    BESIDE,
    ROOT,
    WORDS,
    cell_faults,
    chapters,
    count_words,
    is_beside,
    notebooks,
    output_faults,
    read_notebook,
)

NOTEBOOKS = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
CHAPTERS = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)


def code(source, **more):
    return {
        "cell_type": "code",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
        **more,
    }


@NOTEBOOKS
def test_no_output_was_committed(path):
    assert not output_faults(read_notebook(path))


@NOTEBOOKS
def test_cells_are_short(path):
    assert not cell_faults(read_notebook(path))


@CHAPTERS
def test_a_chapter_is_as_long_as_a_sitting(path):
    least, most = BESIDE if is_beside(path) else WORDS
    assert least <= count_words(read_notebook(path)) <= most


@NOTEBOOKS
def test_a_notebook_begins_with_its_title(path):
    first = read_notebook(path)["cells"][0]
    assert first["cell_type"] == "markdown"
    assert "".join(first["source"]).startswith("# ")


@NOTEBOOKS
def test_a_notebook_uses_the_installed_library(path):
    text = path.read_text(encoding="utf-8")
    assert "sys.path" not in text, "install the library instead of touching sys.path"


@NOTEBOOKS
def test_tables_go_through_the_one_that_escapes(path):
    code = "\n".join("".join(c["source"]) for c in read_notebook(path)["cells"] if c["cell_type"] == "code")
    assert ".style" not in code, "pandas' style takes a title for markup: use teaching.figures.table"


def test_the_map_says_which_chapters_exist():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = {c["file"].removeprefix("book/") for part in contents["parts"] for c in part["chapters"]}
    in_contents = {name for name in files if name[:2].isdigit()}
    assert in_contents == {path.stem for path in chapters()}
    index = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    rows = [line for line in index.splitlines() if line.startswith("|")]
    ready = {row.split("](")[1].split(")")[0] for row in rows if row.rstrip(" |").endswith("ready")}
    beside = {path.stem for path in chapters() if is_beside(path)}  # a row of its own, or in its chapter's
    assert ready - beside == {path.stem for path in chapters() if not is_beside(path)}
    assert all(f"]({name})" in index for name in beside)
    planned = [row for row in rows if row.rstrip(" |").endswith("planned")]
    assert len(ready - beside) + len(planned) == 20
    assert not any("](" in row for row in planned), "a planned chapter has no page to link to"


def test_the_checks_notice_an_output():
    output = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    assert output_faults({"cells": [code("1", outputs=output)]})
    assert output_faults({"cells": [code("1", execution_count=3)]})
    kept = code("1", outputs=output, metadata={"tags": ["keep_output"]})
    assert not output_faults({"cells": [kept, code("2")]})


def test_the_checks_notice_long_cells():
    assert cell_faults({"cells": [code("x = 1\n" * 31)]})
    assert cell_faults({"cells": [code("x = 1\n" * 9)] * 3})
    assert not cell_faults({"cells": [code("x = 1\n" * 30), code("x = 1\n" * 8), code("x = 1\n\n" * 8)]})
    folded = {"metadata": {"tags": ["hide-input"]}}
    assert cell_faults({"cells": [code("x = 1\n" * 31, **folded)]})
    assert not cell_faults({"cells": [code("x = 1\n" * 9, **folded)] * 3 + [code("x = 1")]})


def test_words_are_words_of_prose():
    cell = {"cell_type": "markdown", "source": "Two words $x + y$ `code` and ```\nno words here\n``` more."}
    assert count_words({"cells": [cell, code("not = prose")]}) == 4
