"""Every page in a real browser: no errors, no other host, formulas drawn, light, readable in every shape."""

from __future__ import annotations

import pytest
import report
from rendered import count_formulas, has_own_mathjax, pages, soup, source_of
from visit import Visit

pytestmark = pytest.mark.browser

PAGES = pages()
FIRST_VIEW = 1_500_000  # bytes, compressed
BUSY = 2.0  # seconds of the main thread until a reader can act


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_without_errors_and_asks_no_other_host(shapes, page):
    facts = shapes(page)
    report.note(page, outside=len(facts["outside"]), errors=len(facts["errors"]))
    assert not facts["outside"], f"requests to other hosts: {facts['outside']}"
    assert not facts["errors"]
    assert facts["views"] == facts["ready"], "a view is dead"


@pytest.mark.parametrize("page", PAGES)
def test_every_formula_of_the_source_is_drawn(shapes, page):
    display, inline = count_formulas(source_of(page))
    article = soup(page).find("article")
    # prose that code wrote may hold formulas too: those are not in the source
    outputs = len(article.select(".cell_output .math"))
    assert len(article.select("div.math")) == display
    assert len(article.select("span.math")) - outputs == inline
    if not has_own_mathjax():
        pytest.skip("this build had no npm, so MathJax comes from a CDN that the tests cut off")
    facts = shapes(page)
    assert facts["drawn"] == display + inline + outputs
    assert facts["undrawn"] == 0
    report.note(page, formulas=f"{display + inline} = {facts['drawn'] - outputs}")


def test_formulas_are_counted_as_a_reader_counts_them():
    text = "$a$ and `$code$`\n\n$$\nb\n$$ (eq-b)\n\n```python\n$no$\n```\n$c_1$ costs \\$5, $d\ne$."
    assert count_formulas(text) == (1, 3)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("page", PAGES)
def test_page_reads_in_every_shape(shapes, page, size, theme):
    facts = shapes(page, size, theme)
    assert facts["theme"] == theme
    assert facts["too_wide"] <= 1, f"the page scrolls sideways by {facts['too_wide']} pixels"
    assert not facts["faint"], f"text that is hard to see in {theme}: {facts['faint']}"
    assert not facts["cut"], facts["cut"]
    assert not facts["small"], f"letters of a diagram are too small: {facts['small']}"
    if theme == "light":
        assert facts["picture"].stat().st_size > 5_000


@pytest.mark.slow
@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("page", PAGES)
def test_a_dark_page_is_kept_as_a_picture(shapes, page, size):
    assert shapes(page, "dark", f"picture {size}").stat().st_size > 5_000


@pytest.mark.parametrize("page", PAGES)
def test_every_chart_has_words_and_a_table(shapes, page):
    charts = shapes(page)["charts"]
    assert all(len(words) > 30 and rows > 0 for words, rows in charts), charts


@pytest.mark.parametrize("page", PAGES)
def test_the_first_view_is_light_and_soon_ready(shapes, page):
    facts = shapes(page)
    weight = sum(facts["sizes"].values())
    report.note(
        page,
        first_view_kB=round(weight / 1000),
        interactive_s=round(facts["interactive"], 2),
        busy_s=round(facts["busy"], 2),
    )
    heavy = sorted(((n, url.rsplit("/", 1)[-1]) for url, n in facts["sizes"].items()), reverse=True)[:6]
    assert weight <= FIRST_VIEW, f"{weight} bytes; the heaviest: {heavy}"
    assert not [url for url in facts["sizes"] if "/payloads/" in url], "a payload was loaded unasked"
    # Not the clock on the wall, which another program can slow down; that one stands in the report.
    assert facts["busy"] <= BUSY, f"the main thread was busy for {facts['busy']:.2f} s"


def test_keyboard_focus_is_seen(browser, server):
    with Visit(browser, server, "book/index.html") as visit:
        link = visit.tab.locator("article p a, article li a, article td a").first
        link.focus()
        visit.tab.keyboard.press("Tab")
        style = visit.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none"
