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
# The least contrast that WCAG 2.1 asks of graphics and large text; most text has far more.
CONTRAST = 3
FAINT_TEXT = """least => {
  const parts = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parts(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.5) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const faint = [];
  const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  for (const e of document.querySelectorAll("article *")) {
    if (!own(e) || !e.getClientRects().length) continue;
    if (e.closest(".headerlink, script, style, mjx-container")) continue;
    const style = getComputedStyle(e);
    const ink = parts(e.closest("svg") ? style.fill : style.color);
    if (ink.length < 3) continue;
    const [a, b] = [light(ink.slice(0, 3)), light(ground(e))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    const words = e.textContent.trim().slice(0, 40);
    if (contrast < least) faint.push(`${contrast.toFixed(1)} ${e.tagName} ${words}`);
  }
  return faint.slice(0, 10);
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
        faint = tab.evaluate(FAINT_TEXT, CONTRAST)
        assert not faint, f"text that is hard to see in {theme}: {faint}"
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
