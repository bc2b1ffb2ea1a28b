"""Every page in a real browser: no errors, no other host, formulas drawn, readable in every shape."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from rendered import SCREENSHOTS, has_own_mathjax, pages, soup

pytestmark = pytest.mark.browser

PAGES = pages()
# Two errors that the theme itself makes on every page.
THEME = ("THEBE_JS_URL' has already been declared", "Got invalid theme mode")
WIDE, PHONE = {"width": 1366, "height": 900}, {"width": 390, "height": 844}
LUMINANCE = """element => {
  const rgb = getComputedStyle(element).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
  return (0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]) / 255;
}"""


class Visit:
    """One page opened in a fresh context, with what went wrong on the way."""

    def __init__(self, browser, server, page, size=WIDE, theme="light"):
        self.errors, self.outside = [], []
        self.context = browser.new_context(viewport=size, color_scheme=theme)
        self.context.add_init_script(
            f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
        )
        self.tab = self.context.new_page()
        self.tab.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.tab.on("pageerror", lambda e: self.errors.append(str(e)))
        self.tab.on(
            "response", lambda r: self.errors.append(f"{r.status} {r.url}") if r.status >= 400 else None
        )
        self.tab.route("**/*", self.guard(server))
        self.tab.goto(f"{server}/{page}", wait_until="load")
        self.tab.wait_for_function("!window.MathJax || !MathJax.startup || MathJax.startup.promise")
        self.tab.evaluate("window.MathJax && MathJax.startup ? MathJax.startup.promise : null")

    def guard(self, server):
        host = urlsplit(server).netloc

        def handle(route):
            url = route.request.url
            if urlsplit(url).netloc == host or url.startswith(("data:", "blob:")):
                route.continue_()
            else:
                self.outside.append(url)
                route.abort()

        return handle

    def own_errors(self):
        """Return the errors that are not the theme's, nor of a request that was refused above."""
        known = (*THEME, "net::ERR_FAILED") if self.outside else THEME
        return [error for error in self.errors if not any(part in error for part in known)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_without_errors_and_asks_no_other_host(browser, server, page):
    with Visit(browser, server, page) as visit:
        outside = visit.outside
        if not has_own_mathjax():
            outside = [url for url in outside if "/mathjax@" not in url]
        assert not outside, f"requests to other hosts: {outside}"
        assert not visit.own_errors()


@pytest.mark.parametrize("page", PAGES)
def test_every_formula_is_drawn(browser, server, page):
    if not has_own_mathjax():
        pytest.skip("this build had no npm, so MathJax comes from a CDN that the tests cut off")
    expected = len(soup(page).find("article").select(".math"))
    with Visit(browser, server, page) as visit:
        article = visit.tab.locator("article")
        assert article.locator("mjx-container").count() >= expected
        assert article.locator("mjx-merror, [data-mjx-error]").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("page", PAGES)
def test_page_reads_in_every_shape(browser, server, page, size, theme):
    with Visit(browser, server, page, size, theme) as visit:
        tab = visit.tab
        assert tab.evaluate("document.documentElement.dataset.theme") == theme
        too_wide = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 1, f"the page scrolls sideways by {too_wide} pixels"
        for element in ("article p", "article figure svg", "article .cell_output svg"):
            for found in tab.locator(element).all()[:20]:
                light = found.evaluate(LUMINANCE)
                assert (light > 0.5) == (theme == "dark"), f"{element} is hard to read in {theme}"
        shape = "wide" if size == WIDE else "phone"
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        name = f"{PurePosixPath(page).stem}-{shape}-{theme}.png"
        tab.screenshot(path=SCREENSHOTS / name, full_page=True)
        assert (SCREENSHOTS / name).stat().st_size > 5_000


@pytest.mark.parametrize("word", ["attention", "catalogue"])
def test_search_finds_a_word(browser, server, word):
    with Visit(browser, server, f"search.html?q={word}") as visit:
        visit.tab.wait_for_selector("#search-results ul.search li a", timeout=10_000)
        links = visit.tab.locator("#search-results ul.search li a").all()
        assert any("book/" in (link.get_attribute("href") or "") for link in links)


def test_keyboard_focus_is_seen(browser, server):
    with Visit(browser, server, "book/index.html") as visit:
        link = visit.tab.locator("article p a, article li a, article td a").first
        link.focus()
        visit.tab.keyboard.press("Tab")
        style = visit.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none"
