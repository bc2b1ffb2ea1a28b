"""What the build does to the pages after Sphinx: payloads move out, the theme's faults are mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from folds import mend_folds
from payloads import move_payloads_out
from polish import polish
from rendered import HTML, ROOT
from twenty import copied, rename

from seqrec_lib.teaching.widgets import View


def test_a_payload_becomes_a_file_that_the_page_names(tmp_path):
    shown = View("attention_explorer", "Try it", {"n": 1}, {"weights": "QUJD+/8="})
    page = tmp_path / "book" / "page.html"
    page.parent.mkdir()
    page.write_text(shown._repr_html_(), encoding="utf-8")
    files = move_payloads_out(tmp_path)
    name = f"{shown.id}-weights"
    assert files == [tmp_path / "_static" / "payloads" / f"{name}.js"]
    assert f'["{name}"] = "QUJD+/8=";' in files[0].read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    assert "QUJD+/8=" not in text and f'data-src="../_static/payloads/{name}.js"></script>' in text
    assert 'data-name="weights"' in text and f'data-payload-of="{shown.id}"' in text
    assert move_payloads_out(tmp_path) == [], "a second time there is nothing left to move"


def fold(kind, output, code="x = 1"):
    """A folded cell as the theme writes it."""
    label = '<p class="{}">How this number is made</p>\n'
    return (
        f'<div class="cell tag_hide-{kind} docutils container">\n<details class="admonition hide above-input">\n'
        f"<summary>\n{label.format('collapsed')}{label.format('expanded')}</summary>\n"
        f"<pre>{code}</pre>\n</details>\n{output}</div>\n"
    )


THEME = (
    '<script defer src="../_static/scripts/fontawesome.js?digest=1"></script><summary class="x" '
    'aria-label="Toggle hidden content"><p>Show</p></summary><button class="btn search-button__button" '
    'title="Search" aria-label="Search" data-x="1">\n<i class="fa"></i>\n<span>Search</span></button>'
    '<button aria-label="Search"><i class="fa"></i></button><div class="sidebar-primary-item">\n'
    '<a class="navbar-brand logo" href="#">Book</a></div><div class="citation" role="doc-biblioentry">x</div>'
    '<table class="dataframe"><tr></tr></table><table tabindex="0"><tr></tr></table>'
    '<div class="cell tag_solution tag_hide-cell docutils container">\n<details class="hide">\n<summary>\n'
    '<p class="collapsed">How this number is made</p>\n<p class="expanded">How this number is made</p>\n'
    "</summary></details></div>" + fold("cell", "") + fold("input", '<figure class="plot">')
)


def test_the_theme_is_mended(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(THEME, encoding="utf-8")
    assert set(polish(tmp_path).values()) == {1}
    text = page.read_text(encoding="utf-8")
    assert "fontawesome" not in text and "Toggle hidden" not in text and 'role="banner"' in text
    assert '<table tabindex=0 class="dataframe">' in text and text.count("tabindex") == 2
    assert text.count(">Solution<") == 2 and "How this number" not in text
    assert text.count("<details") == 2 and text.count("How this figure is made") == 2
    assert text.count('aria-label="Search"') == 1, "a button without text keeps its name"


def test_folds_that_follow_each_other_are_one_and_are_called_after_what_follows():
    solution = fold("cell", "", "secret").replace("cell tag_hide-cell", "cell tag_solution tag_hide-cell")
    seen = '<div class="cell_output"><table id="T_1"></table></div>'
    page = (
        solution + fold("cell", "", "a") + fold("input", "", "b") + fold("input", seen, "c")
        + "<p>prose</p>" + fold("cell", "", "d") + "<p>prose</p>" + fold("input", "<p>1</p>", "e")
    )  # fmt: skip
    text, joined, renamed = mend_folds(page)
    assert (joined, renamed) == (2, 1)
    assert text.count("<div") == text.count("</div>") and text.count("<details") == 4 == text.count(
        "</details"
    )
    order = [text.index(f"<pre>{code}</pre>") for code in ("secret", "a", "b", "c", "d", "e")]
    assert order == sorted(order)
    assert text.count("How this table is made") == 2 and text.index("How this table") < order[1]
    assert mend_folds(text)[:2] == (text, 0), "a second time there is nothing left to join"


def test_a_theme_that_has_changed_is_noticed(tmp_path):
    (tmp_path / "page.html").write_text("<p>another theme</p>", encoding="utf-8")
    with pytest.raises(RuntimeError, match="no longer apply"):
        polish(tmp_path)


def test_the_builder_is_no_page_and_is_not_shipped():
    excluded = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["exclude_patterns"]
    assert "book/make" in excluded
    builder = {path.name for path in (ROOT / "book" / "make").rglob("*") if path.is_file()}
    shipped = {path.name for path in HTML.rglob("*") if path.is_file()}
    assert not (builder & shipped) - {"__init__.py"} and not (HTML / "book" / "make").exists()


def test_a_copied_notebook_has_names_of_its_own():
    cell = {
        "cell_type": "markdown",
        "source": ["$$a$$ (eq-a)\n", "See {eq}`eq-a` and {eq}`eq-ab`.\n\n$$\nb\n$$ (eq-b)"],
    }
    text = copied(json.dumps({"cells": [cell, {"cell_type": "code", "source": "eq-b"}]}), copy=3)
    prose, code = json.loads(text)["cells"]
    assert prose["source"] == "$$a$$ (eq-a-3)\nSee {eq}`eq-a-3` and {eq}`eq-ab`.\n\n$$\nb\n$$ (eq-b-3)"
    assert code["source"] == "eq-b"
    assert rename(Path("book/09_sasrec.ipynb"), 2).name == "29_sasrec.ipynb"
    assert rename(Path("book/worlds.ipynb"), 2).name == "worlds_2.ipynb"
