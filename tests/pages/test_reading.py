"""What a reader would notice at once: cut formulas, split words, rows out of sight, print that is cut.

Each question of ``reading.py`` is also asked of a page that was broken on purpose, and must then find something.
"""

from __future__ import annotations

import re
import unicodedata

import pytest
from reading import (
    CUT_ON_PAPER,
    FORMULAS,
    HEADINGS,
    NO_BARS,
    OUT_OF_VIEW,
    SPLIT_WORDS,
    VIEWS,
    WIDE_CODE,
)
from rendered import pages, soup, source_of
from visit import PHONE, WIDE, Visit

pytestmark = pytest.mark.browser

PAGES = pages()
WITH_VIEWS = [page for page in PAGES if soup(page).select(".sq-place")]
WITH_FORMULAS = [page for page in PAGES if soup(page).select("div.math[id^=equation-]")]
NOTEBOOKS = [page for page in PAGES if soup(page).select("article .cell")]
SHEET = {"width": 718, "height": 1047}  # what A4 holds between its margins, in CSS pixels
WIDTHS = (390, 768, 1024, 1366)
TALLEST_VIEW = 700
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "theta": "θ", "lambda": "λ",
    "mu": "μ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "ϕ", "Delta": "Δ", "ell": "ℓ",
}  # fmt: skip
KEPT = GREEK | {name: name for name in ("log", "exp", "max", "min", "sin", "cos", "arg", "Pr", "det")}


def letters(text: str) -> str:
    """Letters and digits alone; those of formulas (𝐡, ℒ) as plain ones."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def left_sides(source: str) -> dict[str, list[str]]:
    """By label: what stands left of the first ``=`` in each line of an equation, its letters alone."""
    found = {}
    for body, label in re.findall(r"\$\$\n(.+?)\n\$\$ \((eq-[\w-]+)\)", source, re.S):
        body = re.sub(r"\\(begin|end)\{\w+\*?\}", "", body)
        sides = []
        for line in re.split(r"\\\\", body):
            left, equals, _ = line.partition("=")
            if not equals:
                continue
            left = re.sub(r"\\(\w+)", lambda one: KEPT.get(one[1], " "), left)
            sides.append(letters(left))
        found[label] = [side for side in sides if side]
    return found


def lost(known: dict[str, list[str]], formulas: dict[str, str]) -> list[str]:
    """Labels of equations that do not show all their left sides."""
    unescape = re.compile(r"&#x([0-9A-Fa-f]+);")
    missing = []
    for label, sides in known.items():
        drawn = letters(unescape.sub(lambda one: chr(int(one[1], 16)), formulas.get(f"equation-{label}", "")))
        missing += [f"{label}: {side}" for side in sides if side not in drawn]
    return missing


@pytest.mark.parametrize("page", WITH_FORMULAS)
def test_every_equation_shows_its_left_sides(browser, server, page):
    known = left_sides(source_of(page))
    assert any(known.values())
    with Visit(browser, server, page) as visit:
        assert lost(known, visit.tab.evaluate(FORMULAS)) == []


def test_a_lost_left_side_is_noticed(browser, server):
    """The fault as it was: a line that begins with a bracket is read as an argument of the lines' frame."""
    with Visit(browser, server, WITH_FORMULAS[0]) as visit:
        visit.tab.evaluate("""async () => {
          const place = document.createElement("div");
          place.className = "math";
          place.id = "equation-eq-broken";
          place.textContent = "\\\\[\\\\begin{aligned}[i, f] = a \\\\\\\\ c = b\\\\end{aligned}\\\\]";
          document.querySelector("article").append(place);
          await MathJax.typesetPromise([place]);
        }""")
        formulas = visit.tab.evaluate(FORMULAS)
    known = left_sides("$$\n\\begin{aligned}[i, f] = a \\\\ c = b\\end{aligned}\n$$ (eq-broken)")
    assert known == {"eq-broken": ["if", "c"]}
    assert lost(known, formulas) == ["eq-broken: if"]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("page", WITH_VIEWS)
def test_a_view_can_be_read_before_any_click(browser, server, page, size):
    with Visit(browser, server, page, size) as visit:
        tab = visit.tab
        tab.wait_for_timeout(200)  # the frame after which a box has scrolled
        for view in tab.evaluate(VIEWS):
            assert view["shows"] and view["experiment"].startswith("Try this:")
            assert re.match(r"Figure \w+\.\d+\. .{20}", view["caption"]), "a view has a number and a caption"
            if size == WIDE:
                assert view["height"] < TALLEST_VIEW
        assert tab.evaluate(SPLIT_WORDS) == []
        assert tab.evaluate(OUT_OF_VIEW) == [] and tab.evaluate(NO_BARS) == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("page", WITH_VIEWS)
def test_a_view_can_be_read_after_some_use(browser, server, page, size):
    """Load models, walk through histories; the page itself never scrolls away from what was pressed."""
    with Visit(browser, server, page, size) as visit:
        tab = visit.tab
        for button in tab.locator(".sq-view > .sq-button:visible").all():
            button.click()
            tab.locator(".sq-editable").wait_for()
            focus = tab.evaluate("document.activeElement.tagName")
            assert focus == "BUTTON", "a text box with the focus opens the keyboard of a phone"
            tab.get_by_role("button", name="Remove what it looked at most").click()
            tab.get_by_role("button", name="Swap the last two").click()
            assert tab.locator(".sq-history tr.sq-on").count() == 1, "the touched row is marked"
        for button in tab.get_by_role("button", name="earlier step").all():
            button.scroll_into_view_if_needed()
            at = tab.evaluate("scrollY")
            for _ in range(12):
                button.press("Enter")
                assert tab.evaluate(OUT_OF_VIEW) == []
            assert tab.evaluate("scrollY") == at
        assert tab.evaluate(SPLIT_WORDS) == [] and tab.evaluate(NO_BARS) == []
        if size == WIDE:
            assert max(view["height"] for view in tab.evaluate(VIEWS)) < TALLEST_VIEW
        assert not visit.own_errors()


BROKEN_VIEWS = {
    SPLIT_WORDS: ".sq-view table :is(th, td) { width: 20px !important; overflow-wrap: anywhere }",
    OUT_OF_VIEW: ".sq-view .sq-scroll { max-height: 60px !important }",
    NO_BARS: ".sq-view .sq-bar { max-width: 4px }",
}


@pytest.mark.parametrize("question", BROKEN_VIEWS, ids=["split words", "row out of view", "no bars"])
def test_a_broken_view_is_noticed(browser, server, question):
    with Visit(browser, server, "book/01_first_recommender.html", PHONE) as visit:
        visit.tab.wait_for_timeout(200)
        assert visit.tab.evaluate(question) == []
        visit.tab.add_style_tag(content=BROKEN_VIEWS[question])
        assert visit.tab.evaluate(question)


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_no_code_or_output_in_sight_scrolls_sideways_on_a_laptop(browser, server, page):
    with Visit(browser, server, page) as visit:
        assert visit.tab.evaluate(WIDE_CODE) == []
        visit.tab.evaluate("""() => [...document.querySelectorAll('article .cell_input pre')]
            .find((pre) => !pre.closest('details')).append('x'.repeat(120))""")
        assert len(visit.tab.evaluate(WIDE_CODE)) == 1, "a line that is too wide is noticed"


@pytest.mark.parametrize("page", PAGES)
def test_headings_fall_in_size_at_every_width(browser, server, page):
    with Visit(browser, server, page) as visit:
        for width in WIDTHS:
            visit.tab.set_viewport_size({"width": width, "height": 900})
            sizes = visit.tab.evaluate(HEADINGS)
            assert all(a > 1.05 * b for a, b in zip(sizes, sizes[1:], strict=False)), f"{width}: {sizes}"
        visit.tab.add_style_tag(content="article h1 { font-size: 1rem !important }")
        sizes = visit.tab.evaluate(HEADINGS)
        assert len(sizes) < 2 or sizes[0] < sizes[1], "a small title is noticed"


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_cut_on_paper(browser, server, page):
    with Visit(browser, server, page, SHEET, media="print") as visit:
        tab = visit.tab
        assert tab.evaluate(CUT_ON_PAPER, SHEET["height"]) == []
        for fault in (
            "<pre style='white-space: pre; overflow: auto'>" + "x" * 300 + "</pre>",
            "<figure style='height: 1100px'>a tall one</figure>",
            "<div style='height: 50px; overflow-y: auto'><p style='height: 90px'>more</p></div>",
        ):
            tab.evaluate(
                "fault => document.querySelector('article').insertAdjacentHTML('beforeend', fault)", fault
            )
            assert len(tab.evaluate(CUT_ON_PAPER, SHEET["height"])) >= 1, fault
            tab.evaluate("document.querySelector('article').lastElementChild.remove()")


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_every_figure_tab_control_and_view_has_its_number_in_order(page):
    article = soup(page).find("article")
    shown = [
        one for one in article.select("figure.plot, figure.tabs, figure.view, .sq-place")
        if not one.find_parent("figure")
    ]  # fmt: skip
    numbers = []
    for one in shown:
        caption = one.select_one("figcaption strong")
        assert caption, f"no caption: {str(one)[:150]}"
        numbers.append(caption.get_text())
    first = numbers[0].removeprefix("Figure ").split(".")[0] if numbers else ""
    assert numbers == [f"Figure {first}.{n}." for n in range(1, len(numbers) + 1)]
