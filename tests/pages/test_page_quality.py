"""Accessibility by axe, search, the theme switch, print, and pages from a folder."""

from __future__ import annotations

import os
import re

import pytest
import report
from rendered import HTML, has_own_mathjax, pages, soup
from shapes import AXE, run_axe
from visit import Visit

pytestmark = pytest.mark.browser

PAGES = pages()
COLOURS = """() => ['body', 'article p'].map(where => {
  const style = getComputedStyle(document.querySelector(where));
  return where === 'body' ? style.backgroundColor : style.color;
})"""


def need_axe():
    if AXE.is_file():
        return
    said = "axe was not brought from npm: run `make book` where npm can be reached"
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(said)


@pytest.mark.parametrize(("size", "theme"), [("wide", "light"), ("phone", "light"), ("wide", "dark")])
@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_axe_finds_nothing_serious(shapes, page, size, theme):
    need_axe()
    found = shapes(page, size, theme)["axe"]
    counts = [sum(f[0] == severity for f in found) for severity in report.SEVERITIES]
    if page in PAGES and (size, theme) == ("wide", "light"):
        report.note(page, accessibility="/".join(map(str, counts)))
        report.note(page, notes=[f"{s} ({rule}): {said}, {len(n)} times" for s, rule, said, n in found])
    serious = [f for f in found if f[0] in ("serious", "critical")]
    assert not serious, "\n".join(f"{s} {rule}: {said}: {nodes[:4]}" for s, rule, said, nodes in serious)


def test_axe_notices_a_fault(browser, server):
    need_axe()
    with Visit(browser, server, PAGES[0]) as visit:
        visit.tab.evaluate("""() => {
          const image = document.createElement('img');
          image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';
          document.querySelector('article').append(image);
        }""")
        assert "image-alt" in [rule for _, rule, *_ in run_axe(visit.tab)]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_from_a_folder(browser, page):
    if not has_own_mathjax():
        pytest.skip("this build had no npm, so MathJax comes from a CDN that the tests cut off")
    with Visit(browser, f"file://{HTML}", page) as visit:
        assert not visit.outside and not visit.own_errors()
        drawn = visit.tab.locator("article mjx-container").count()
        assert drawn == len(soup(page).find("article").select(".math"))
        assert visit.tab.locator(".sq-place:not([data-ready])").count() == 0
        fonts = visit.tab.evaluate("async () => { await document.fonts.ready; return [...document.fonts]"
                                   ".filter(f => f.status === 'error').map(f => f.family); }")  # fmt: skip
        assert not fonts, f"fonts that could not be loaded: {fonts}"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_without_scripts(browser, server, page):
    with Visit(browser, server, page, scripts=False) as visit:
        text = visit.tab.locator("article").inner_text()
        assert len(text) > 300
        for place in soup(page).select(".sq-place"):
            assert place.get_text() in text, "a view says what it needs"


def term_of(page):
    """Return the longest word of the page's title: a search for it must find the page."""
    title = soup(page).find("article").find("h1")
    words = re.findall(r"[A-Za-z]{4,}", title.get_text())
    return max(words, key=len)


@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("page", [p for p in PAGES if re.match(r"book/(\d|index)", p)])
def test_search_finds_a_term_of_each_chapter(browser, server, page, scheme):
    address = server if scheme == "http" else f"file://{HTML}"
    with Visit(browser, address, f"search.html?q={term_of(page)}") as visit:
        visit.tab.wait_for_selector("#search-results ul.search li a")
        visit.tab.wait_for_function("!document.querySelector('#search-results .search-summary')?.textContent"
                                    ".includes('Preparing')")  # fmt: skip
        links = visit.tab.locator("#search-results ul.search li a").all()
        assert any(page in (link.get_attribute("href") or "") for link in links)


def test_search_finds_nothing_for_nonsense(browser, server):
    with Visit(browser, server, "search.html?q=qzxjkvq") as visit:
        if not visit.tab.locator("#search-results p").count():
            visit.tab.wait_for_timeout(10_000)
        if not visit.tab.locator("#search-results p").count():
            visit.tab.reload()  # on a busy machine the theme's search was seen not to start, once in a session
        visit.tab.wait_for_selector("#search-results p", timeout=60_000)
        assert visit.tab.locator("#search-results ul.search li a").count() == 0


@pytest.mark.parametrize("page", [PAGES[0], "book/index.html"])
def test_the_theme_can_be_switched_and_is_remembered(browser, server, page):
    with Visit(browser, server, page) as visit:
        tab = visit.tab
        light = tab.evaluate(COLOURS)
        button = tab.locator("button.theme-switch-button:visible").first
        for _ in range(3):
            button.click()
            if tab.evaluate("document.documentElement.dataset.theme") == "dark":
                break
        assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
        assert all(a != b for a, b in zip(light, tab.evaluate(COLOURS), strict=True))
        assert tab.evaluate("localStorage.getItem('theme')") == "dark"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_prints_as_text_on_white(browser, server, page):
    with Visit(browser, server, page, theme="dark", media="print") as visit:
        tab = visit.tab
        for hidden in (
            ".bd-sidebar-primary",
            ".bd-sidebar-secondary",
            ".bd-header-article",
            ".prev-next-area",
        ):
            assert tab.locator(f"{hidden}:visible").count() == 0, f"{hidden} is printed"
        ink, ground = tab.evaluate("""() => {
          const light = c => c.match(/[\\d.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 765;
          const page = getComputedStyle(document.body).backgroundColor;
          const clear = /rgba\\(.*, 0\\)/.test(page);
          return [light(getComputedStyle(document.querySelector('article p')).color), clear ? 1 : light(page)];
        }""")
        assert ink < 0.35 and ground > 0.9, f"text {ink:.2f} on {ground:.2f}"
        scrolls = tab.evaluate("[...document.querySelectorAll('article .sq-scroll')]"
                               ".filter(e => e.scrollHeight > e.clientHeight + 1).length")  # fmt: skip
        assert scrolls == 0, "a box that scrolls on the screen is cut off on paper"
        made = tab.pdf(format="A4")
        assert made.startswith(b"%PDF") and len(made) > 20_000
