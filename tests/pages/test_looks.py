"""A changed look is noticed: by a broken figure, not by another font.

After a change that is meant to be seen: LOOKS=store pytest tests/pages/test_looks.py, and commit looks.json.
"""

from __future__ import annotations

import os
from io import BytesIO

import numpy as np
import pytest
from looks import NEW, STORED, difference, load, numbers_of
from PIL import Image
from rendered import pages
from visit import Visit

pytestmark = pytest.mark.browser

PAGES = pages()
CHAPTER = "book/01_first_recommender.html"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_looks_as_it_did(shapes, page):
    look, looks = shapes(page)["look"], load()
    if os.environ.get("LOOKS") == "store":
        NEW[page] = look  # written when the last test is done
        return
    assert page in looks, f"{page} has no stored look: LOOKS=store pytest tests/pages/test_looks.py"
    then = looks[page]
    assert len(look["figures"]) == len(then["figures"]), "figures came or went: store the look anew"
    changed = {
        n: found
        for n, (a, b) in enumerate(zip(look["figures"], then["figures"], strict=True), 1)
        if (found := difference(a, b))
    }
    assert not changed, f"figures that look different: {changed}; if that was meant, store the look anew"
    assert 0.75 < look["height"] / then["height"] < 1.33, "the page became much shorter or longer"


@pytest.mark.parametrize("page", PAGES)
def test_no_figure_is_empty(shapes, page):
    figures = shapes(page)["look"]["figures"]
    for number, figure in enumerate(figures, 1):
        assert 0.005 < figure["ink"] < 0.7, f"figure {number}: ink {figure['ink']}"


def test_only_pages_that_exist_are_stored():
    assert set(load()) <= set(PAGES), f"pages that are gone: take them out of {STORED.name}"


def test_lines_of_measured_times_may_move_and_may_not_vanish():
    then = {"kind": "figure", "timed": True, "marks": 40, "ratio": 0.8, "ink": 0.03, "colour": 0.01}
    then["cells"] = "x" * 18 + "." * 18
    moved = {**then, "cells": "." * 18 + "x" * 18}
    assert difference(moved, then) == []
    assert difference({**moved, "timed": False}, {**then, "timed": False})
    assert difference({**moved, "colour": 0.0, "cells": "." * 36}, then)


@pytest.fixture(scope="module")
def chapter(browser, server):
    with Visit(browser, server, CHAPTER) as visit:
        yield visit.tab


def marks_of(figure):
    return figure.evaluate("e => e.querySelectorAll('use, path, rect, circle, polygon, line').length")


def looks_of(tab):
    """Return the look of each figure that is drawn, one picture at a time."""
    found = []
    for figure in tab.locator("article svg[role=img]:visible").all():
        with Image.open(BytesIO(figure.screenshot())) as image:
            found.append(
                {"kind": "figure", "marks": marks_of(figure), **numbers_of(np.asarray(image.convert("RGB")))}
            )
    return found


@pytest.fixture(scope="module")
def healthy(chapter):
    found = looks_of(chapter)
    assert len(found) > 3
    return found


@pytest.mark.parametrize("font", ["serif", "monospace", "cursive"])
def test_another_font_is_no_change(chapter, healthy, font):
    style = chapter.add_style_tag(content=f"article *, article svg text {{ font-family: {font} !important }}")
    now = looks_of(chapter)
    style.evaluate("e => e.remove()")
    assert [found for a, b in zip(now, healthy, strict=True) if (found := difference(a, b))] == []


@pytest.mark.parametrize(
    "fault",
    [
        "svg.replaceChildren()",  # nothing is drawn
        "svg.querySelectorAll('path, use').forEach(e => e.remove())",  # text alone
        "svg.querySelectorAll('use').forEach(e => e.remove())",  # no points
        "svg.setAttribute('viewBox', '0 0 100 100')",  # a corner of it
        "svg.style.height = '40px'",  # collapsed
        "svg.querySelectorAll('g > g').forEach(e => e.setAttribute('transform', 'translate(150 0)'))",  # moved away
        "svg.querySelectorAll('path, use').forEach(e => { e.style.fill = e.style.stroke = '#888'; })",  # no colour
    ],
)
@pytest.mark.parametrize("number", [2, 3])  # the first two are diagrams, which have no points
def test_a_broken_figure_is_a_change(chapter, healthy, fault, number):
    figure = chapter.locator("article svg[role=img]:visible").nth(number)
    figure.evaluate(f"svg => {{ window.healthy = svg.cloneNode(true); {fault}; }}")
    with Image.open(BytesIO(figure.screenshot())) as image:
        broken = {"kind": "figure", "marks": marks_of(figure), **numbers_of(np.asarray(image.convert("RGB")))}
    figure.evaluate("svg => svg.replaceWith(window.healthy)")
    assert difference(broken, healthy[number]), broken
