"""A changed look is noticed: by a broken figure, not by another font.

After a change that is meant to be seen: LOOKS=store pytest tests/pages/test_looks.py, and commit looks.json.
"""

from __future__ import annotations

import os

import pytest
import report
from looks import STORED, difference, load, measure, save
from rendered import pages
from visit import Visit

pytestmark = pytest.mark.browser

PAGES = pages()
CHAPTER = "book/01_first_recommender.html"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_looks_as_it_did(shapes, page):
    look, looks = shapes(page)["look"], load()
    if os.environ.get("LOOKS") == "store":
        save({**{name: value for name, value in looks.items() if name in PAGES}, page: look})
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
    report.note(page, figures=f"{len(figures)} of {len(figures)}")
    for number, figure in enumerate(figures, 1):
        assert 0.005 < figure["ink"] < 0.7, f"figure {number}: ink {figure['ink']}"


def test_only_pages_that_exist_are_stored():
    assert set(load()) <= set(PAGES), f"pages that are gone: take them out of {STORED.name}"


def changed_by(browser, server, tmp_path, code):
    """Return the numbers of the figures that differ once ``code`` has run in the chapter."""
    with Visit(browser, server, CHAPTER) as visit:
        looks = []
        for change in ("() => {}", code):
            visit.tab.evaluate(change)
            visit.tab.wait_for_timeout(300)
            picture = tmp_path / "page.png"
            visit.tab.screenshot(path=picture, full_page=True)
            looks.append(measure(visit.tab, picture)["figures"])
    assert len(looks[0]) == len(looks[1]) > 3
    return [n for n, (a, b) in enumerate(zip(*looks, strict=True)) if difference(b, a)]


@pytest.mark.parametrize("font", ["serif", "monospace", "cursive"])
def test_another_font_is_no_change(browser, server, tmp_path, font):
    code = f"""() => {{ const s = document.createElement('style');
      s.textContent = 'article *, article svg text {{ font-family: {font} !important }}';
      document.head.append(s); }}"""
    assert changed_by(browser, server, tmp_path, code) == []


FIGURE = "[...document.querySelectorAll('article svg[role=img]')].filter(e => e.getClientRects().length)[1]"


@pytest.mark.parametrize(
    "fault",
    [
        f"{FIGURE}.replaceChildren()",  # nothing is drawn
        f"{FIGURE}.querySelectorAll('path').forEach(p => p.remove())",  # text alone
        f"{FIGURE}.querySelectorAll('use, path[style*=\"#0072b2\"]').forEach(p => p.remove())",  # no data
        f"{FIGURE}.setAttribute('viewBox', '0 0 100 100')",  # a corner of it
        f"{FIGURE}.style.height = '40px'",  # collapsed
        f"{FIGURE}.querySelectorAll('g g').forEach(g => g.setAttribute('transform', 'translate(300 0)'))",
        f"{FIGURE}.querySelectorAll('path').forEach(p => p.style.fill = p.style.stroke = '#888')",  # no colour
    ],
)
def test_a_broken_figure_is_a_change(browser, server, tmp_path, fault):
    assert changed_by(browser, server, tmp_path, f"() => {{ {fault} }}") != []
