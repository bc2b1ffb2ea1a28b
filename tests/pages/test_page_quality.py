"""Accessibility by axe, search, the theme switch, print, and pages from a folder."""

from __future__ import annotations

import os
import re

import pytest
import report
from axe import AXE, THIN, run_axe
from rendered import HTML, has_own_mathjax, pages, soup
from visit import Visit

pytestmark = pytest.mark.browser

PAGES = pages()
COLOURS = """() => ['body', 'article p'].map(where => {
  const style = getComputedStyle(document.querySelector(where));
  return where === 'body' ? style.backgroundColor : style.color;
})"""


ASK = """term => {
  document.querySelector("#search-results").replaceChildren();
  Search.performSearch(term);
}"""


def need_axe():
    if AXE.is_file():
        return
    said = "axe was not brought from npm: run `make book` where npm can be reached"
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(said)


@pytest.mark.parametrize(
    ("size", "part"), [("wide", "axe"), ("phone", "axe"), pytest.param("dark", "axe", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_axe_finds_nothing_serious(shapes, page, size, part):
    need_axe()
    found = shapes(page, size, part)
    counts = [sum(f[0] == severity for f in found) for severity in report.SEVERITIES]
    if page in PAGES and (size, part) == ("wide", "axe"):
        report.note(page, accessibility="/".join(map(str, counts)))
        report.note(page, notes=[f"{s} ({rule}): {said}, {len(n)} times" for s, rule, said, n in found])
    serious = [f for f in found if f[0] in ("serious", "critical")]
    assert not serious, "\n".join(f"{s} {rule}: {said}: {nodes[:4]}" for s, rule, said, nodes in serious)


def test_axe_notices_a_fault_and_so_after_what_repeats_was_taken_out(browser, server):
    need_axe()
    with Visit(browser, server, "book/01b_listing.html") as visit:
        visit.tab.evaluate("""() => {
          const image = document.createElement('img');
          image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';
          document.querySelector('article').append(image);
          [...document.querySelectorAll('article .highlight pre span')].findLast(
            (token) => token.textContent.trim() && !token.closest('details')).style.color = '#eee';
        }""")
        before = visit.tab.locator("article .highlight pre *").count()
        visit.tab.evaluate(THIN)
        assert visit.tab.locator("article .highlight pre *").count() < before / 5
        assert {"image-alt", "color-contrast"} <= {rule for _, rule, *_ in run_axe(visit.tab)}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_from_a_folder(shapes, page):
    if not has_own_mathjax():
        pytest.skip("this build had no npm, so MathJax comes from a CDN that the tests cut off")
    facts, folder = shapes(page, "phone"), shapes(page, "phone", "folder")
    assert not facts["outside"] and not facts["errors"] and not folder["errors"]
    assert facts["drawn"] == len(soup(page).find("article").select(".math"))
    assert facts["ready"] == facts["views"] == len(soup(page).select(".sq-place"))
    assert not folder["fonts"], f"fonts that could not be loaded: {folder['fonts']}"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_without_scripts(shapes, page):
    text = shapes(page, "plain", "text")
    assert len(text) > 300
    for place in soup(page).select(".sq-place"):
        assert place.get_text() in text, "a view says what it needs"


def term_of(page):
    """Return the longest word of the page's title: a search for it must find the page."""
    title = soup(page).find("article").find("h1")
    words = re.findall(r"[A-Za-z]{4,}", title.get_text())
    return max(words, key=len)


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_search_finds_a_term_of_each_chapter(browser, server, scheme):
    """The first is asked in the address, as the search box does it; the others of the same page, one by one."""
    address = server if scheme == "http" else f"file://{HTML}"
    first, *others = [page for page in PAGES if re.match(r"book/(\d|index)", page)]
    with Visit(browser, address, f"search.html?q={term_of(first)}") as visit:
        for page in (first, *others):
            if page != first:
                visit.tab.evaluate(ASK, term_of(page))
            visit.tab.wait_for_selector("#search-results ul.search li a")
            visit.tab.wait_for_function(
                "said => ![said, ''].includes(document.querySelector('#search-results .search-summary').textContent)",
                arg="Preparing search...",
            )
            links = visit.tab.locator("#search-results ul.search li a").all()
            found = [link.get_attribute("href") or "" for link in links]
            assert any(page in link for link in found), f"{term_of(page)} does not lead to {page}"


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
def test_a_page_prints_as_text_on_white(shapes, page):
    paper = shapes(page, "wide", "paper")
    assert not paper["around"], f"{paper['around']} is printed"
    assert paper["ink"] < 0.35 and paper["ground"] > 0.9, f"text {paper['ink']:.2f} on {paper['ground']:.2f}"
    assert paper["scrolls"] == 0, "a box that scrolls on the screen is cut off on paper"
    assert paper["pdf"].startswith(b"%PDF") and len(paper["pdf"]) > 20_000
