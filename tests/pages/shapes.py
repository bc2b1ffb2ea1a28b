"""Each page is opened once wide and once on a phone; what the tests want to know is read then and kept.

A visit costs seconds, and a dozen tests ask about the same page, so they share it. In dark a page is not
loaded again: its theme is switched, as a reader does it. axe reads the whole page in light. A theme changes
nothing but colours and a size nothing but the layout, so in dark it reads the colours alone, and only wide.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from looks import measure
from rendered import ROOT, SCREENSHOTS, has_own_mathjax
from visit import PHONE, WIDE, Visit

AXE = ROOT / "_build" / "axe" / "axe.min.js"
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
# Formulas and figures that are cut off: a formula that its box hides a part of and that cannot be scrolled to,
# and any figure that needs sideways scrolling at all.
CUT = """() => {
  const cut = [];
  for (const e of document.querySelectorAll("article mjx-container[display='true']")) {
    const inside = e.querySelector("mjx-math").getBoundingClientRect(), outer = e.getBoundingClientRect();
    const name = e.closest("[id]")?.id;
    if (inside.top < outer.top - 0.5 || inside.bottom > outer.bottom + 0.5) cut.push(`${name} is cut in height`);
    if (inside.left < outer.left - 0.5 && e.scrollLeft === 0) cut.push(`${name} is cut at the left`);
    // a reader sees that half a formula is missing and swipes; one who misses a letter does not
    const beyond = e.scrollLeft ? 0 : inside.right - outer.right;
    if (beyond > 1 && beyond < 40) cut.push(`${name} loses ${beyond.toFixed(0)} pixels`);
  }
  for (const e of document.querySelectorAll("article figure, article svg[role=img], article img")) {
    if (!e.getClientRects().length) continue;
    const { left, right } = e.getBoundingClientRect();
    if (right > innerWidth + 1 || left < -1) cut.push(`a figure reaches beyond the screen, to ${right.toFixed(0)}`);
    for (let box = e.parentElement; box && box.tagName !== "ARTICLE"; box = box.parentElement)
      if (box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX))
        cut.push(`a figure scrolls sideways by ${box.scrollWidth - box.clientWidth}`);
  }
  return cut;
}"""
CHARTS = """() => [...document.querySelectorAll('figure.plot:not(.diagram), .sq-figure')].map(f => [
  f.querySelector('svg')?.getAttribute('aria-label') ?? '', f.querySelectorAll('details table tbody tr').length])"""


def run_axe(tab, rules=()):
    """Return axe's findings on the page, of ``rules`` alone if there are any: severity, rule, what, where."""
    if not tab.evaluate("() => 'axe' in window"):
        tab.add_script_tag(path=AXE)
    run = """async rules => (await axe.run(document, {
      resultTypes: ['violations'], ...(rules.length ? {runOnly: rules} : {})})).violations"""
    # a finding without an impact counts as minor
    return [
        (v["impact"] or "minor", v["id"], v["help"], [" ".join(map(str, n["target"])) for n in v["nodes"]])
        for v in tab.evaluate(run, list(rules))
    ]


class Shapes:
    """Facts of each page by size (``wide``, ``phone``) and theme, gathered on the first question."""

    SIZES = {"wide": WIDE, "phone": PHONE}

    def __init__(self, browser, server):
        self.browser, self.server, self.known = browser, server, {}

    def __call__(self, page, size="wide", theme="light"):
        if (page, size, theme) not in self.known:
            self.visit(page, size)
        return self.known[page, size, theme]

    def visit(self, page, size):
        """Open ``page``, read it in light, switch to dark and read it again."""
        with Visit(self.browser, self.server, page, self.SIZES[size], measure=size == "wide") as visit:
            light = self.known[page, size, "light"] = self.facts(visit, page, size, "light")
            if size == "wide":
                look = measure(visit.tab, light["picture"])
                light.update(sizes=dict(visit.sizes), busy=visit.busy, look=look)
            if AXE.is_file():
                self.fetch_payloads(visit.tab)
                light["axe"] = run_axe(visit.tab)
            visit.tab.evaluate("document.documentElement.dataset.theme = 'dark'")
            visit.tab.wait_for_timeout(300)  # colours that fade have faded
            dark = self.known[page, size, "dark"] = self.facts(visit, page, size, "dark")
            if AXE.is_file() and size == "wide":
                dark["axe"] = run_axe(visit.tab, ["color-contrast"])

    @staticmethod
    def fetch_payloads(tab):
        """Press the button of each view that waits to be asked for its weights."""
        for place in {
            held.get_attribute("data-payload-of") for held in tab.locator("[data-payload-of]").all()
        }:
            tab.locator(f"#{place} .sq-view > .sq-button").click()
            tab.locator(f"#{place} .sq-editable").wait_for()

    @staticmethod
    def facts(visit, page, size, theme):
        tab, outside = visit.tab, visit.outside
        if not has_own_mathjax():
            outside = [url for url in outside if "/mathjax@" not in url]
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        picture = SCREENSHOTS / f"{PurePosixPath(page).stem}-{size}-{theme}.png"
        tab.screenshot(path=picture, full_page=True)
        return {
            "outside": list(outside),
            "errors": visit.own_errors(),
            "theme": tab.evaluate("document.documentElement.dataset.theme"),
            "too_wide": tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"),
            "faint": tab.evaluate(FAINT_TEXT, CONTRAST),
            "cut": tab.evaluate(CUT),
            "charts": tab.evaluate(CHARTS),
            "drawn": tab.locator("article mjx-container").count(),
            "undrawn": tab.locator("article mjx-merror, article [data-mjx-error]").count(),
            "views": tab.locator(".sq-place").count(),
            "ready": tab.locator(".sq-place[data-ready]").count(),
            "interactive": visit.interactive,
            "picture": picture,
        }
