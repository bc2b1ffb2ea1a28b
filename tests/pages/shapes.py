"""Each page in each shape is opened once; what the tests want to know is read then and kept.

A visit costs a second or more, and a dozen tests ask about the same page, so they share it.
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
CHARTS = """() => [...document.querySelectorAll('figure.plot, .sq-figure')].map(f => [
  f.querySelector('svg')?.getAttribute('aria-label') ?? '', f.querySelectorAll('details table tbody tr').length])"""


def run_axe(tab):
    """Return axe's findings on the page: severity, rule, what it is about, where."""
    tab.add_script_tag(path=AXE)
    run = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    # a finding without an impact counts as minor
    return [
        (v["impact"] or "minor", v["id"], v["help"], [" ".join(map(str, n["target"])) for n in v["nodes"]])
        for v in tab.evaluate(run)
    ]


class Shapes:
    """Facts of each page by size (``wide``, ``phone``) and theme, gathered on the first question."""

    SIZES = {"wide": WIDE, "phone": PHONE}

    def __init__(self, browser, server):
        self.browser, self.server, self.known = browser, server, {}

    def __call__(self, page, size="wide", theme="light"):
        key = (page, size, theme)
        if key not in self.known:
            self.known[key] = self.visit(*key)
        return self.known[key]

    def visit(self, page, size, theme):
        first = (size, theme) == ("wide", "light")
        with Visit(self.browser, self.server, page, self.SIZES[size], theme, measure=first) as visit:
            tab = visit.tab
            outside = visit.outside
            if not has_own_mathjax():
                outside = [url for url in outside if "/mathjax@" not in url]
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            picture = SCREENSHOTS / f"{PurePosixPath(page).stem}-{size}-{theme}.png"
            tab.screenshot(path=picture, full_page=True)
            facts = {
                "outside": outside,
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
            if first:
                facts.update(sizes=dict(visit.sizes), busy=visit.busy, look=measure(tab, picture))
            if AXE.is_file():
                waiting = {
                    held.get_attribute("data-payload-of") for held in tab.locator("[data-payload-of]").all()
                }
                for place in waiting:  # a view that waits to be asked for its weights
                    tab.locator(f"#{place} .sq-view > .sq-button").click()
                    tab.locator(f"#{place} .sq-ranking").wait_for()
                facts["axe"] = run_axe(tab)
            return facts
