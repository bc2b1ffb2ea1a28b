"""What a reader would notice at once: cut formulas, split words, rows out of sight, print that is cut.

Each question of ``reading.py`` is also asked of a page that was broken on purpose, and must then find something.
"""

from __future__ import annotations

import html
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
    WIDE_CODE,
)
from rendered import pages, pages_with, soup, source_of
from shapes import SHEET
from visit import PHONE, Visit

pytestmark = pytest.mark.browser

PAGES = pages()
WITH_VIEWS = pages_with(r'<\w+ [^>]*class="[^"]*\bsq-place\b')
WITH_FORMULAS = pages_with(r'<div class="math[^>]*id="equation-')
NOTEBOOKS = pages_with(r'<div class="cell ')
SMALL = "book/01b_listing.html"
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
    missing = []
    for label, sides in known.items():
        drawn = letters(html.unescape(formulas.get(f"equation-{label}", "")))
        missing += [f"{label}: {side}" for side in sides if side not in drawn]
    return missing


@pytest.mark.parametrize("page", WITH_FORMULAS)
def test_every_equation_shows_its_left_sides(shapes, page):
    known = left_sides(source_of(page))
    assert any(known.values())
    assert lost(known, shapes(page, "wide", "formulas")) == []


@pytest.fixture(scope="module")
def broken(browser, server):
    """A small page, to be broken on purpose."""
    with Visit(browser, server, SMALL) as visit:
        yield visit.tab


def test_a_lost_left_side_is_noticed(broken):
    """The fault as it was: a line that begins with a bracket is read as an argument of the lines' frame."""
    broken.evaluate("""async () => {
      const place = document.createElement("div");
      place.className = "math";
      place.id = "equation-eq-broken";
      place.textContent = "\\\\[\\\\begin{aligned}[i, f] = a \\\\\\\\ c = b\\\\end{aligned}\\\\]";
      document.querySelector("article").append(place);
      await MathJax.typesetPromise([place]);
    }""")
    formulas = broken.evaluate(FORMULAS)
    known = left_sides("$$\n\\begin{aligned}[i, f] = a \\\\ c = b\\end{aligned}\n$$ (eq-broken)")
    assert known == {"eq-broken": ["if", "c"]}
    assert lost(known, formulas) == ["eq-broken: if"]


def nothing_is_wrong(views, size):
    assert views["split"] == [] and views["hidden"] == [] and views["no bars"] == []
    if size == "wide":
        assert max(view["height"] for view in views["shown"]) < TALLEST_VIEW


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("page", WITH_VIEWS)
def test_a_view_can_be_read_before_any_click(shapes, page, size):
    views = shapes(page, size, "views")
    nothing_is_wrong(views, size)
    for view in views["shown"]:
        assert view["shows"] and view["experiment"].startswith("Try this:")
        assert re.match(r"Figure \w+\.\d+\. .{20}", view["caption"]), "a view has a number and a caption"


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("page", WITH_VIEWS)
def test_a_view_can_be_read_after_some_use(shapes, page, size):
    """The page itself never scrolls away from what was pressed."""
    used = shapes(page, size, "used")
    nothing_is_wrong(used, size)
    assert not used["errors"] and not used["hidden on the way"] and not any(used["scrolled"])
    assert set(used["focus"]) <= {"BUTTON"}, "a text box with the focus opens the keyboard of a phone"
    assert set(used["marked"]) <= {1}, "the touched row is marked"


BROKEN_VIEWS = {
    SPLIT_WORDS: ".sq-view table :is(th, td) { width: 20px !important; overflow-wrap: anywhere }",
    OUT_OF_VIEW: ".sq-view .sq-scroll { max-height: 60px !important }",
    NO_BARS: ".sq-view .sq-bar { max-width: 4px }",
}


def test_a_broken_view_is_noticed(browser, server):
    with Visit(browser, server, "book/01_first_recommender.html", PHONE) as visit:
        visit.tab.wait_for_timeout(200)
        for question, fault in BROKEN_VIEWS.items():
            assert visit.tab.evaluate(question) == []
            style = visit.tab.add_style_tag(content=fault)
            assert visit.tab.evaluate(question), fault
            style.evaluate("e => e.remove()")


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_no_code_or_output_in_sight_scrolls_sideways_on_a_laptop(shapes, page):
    assert shapes(page, "wide", "code") == []


@pytest.mark.parametrize("page", PAGES)
def test_headings_fall_in_size_at_every_width(shapes, page):
    for width, sizes in shapes(page, "wide", "headings").items():
        assert falling(sizes), f"{width}: {sizes}"


def falling(sizes):
    return all(a > 1.05 * b for a, b in zip(sizes, sizes[1:], strict=False))


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_cut_on_paper(shapes, page):
    assert shapes(page, "wide", "paper")["cut"] == []


CUT_PARTS = (
    "<pre style='white-space: pre; overflow: auto'>" + "x" * 300 + "</pre>",
    "<figure style='height: 1100px'>a tall one</figure>",
    "<div style='height: 50px; overflow-y: auto'><p style='height: 90px'>more</p></div>",
)


def test_wide_code_a_small_title_and_what_is_cut_on_paper_are_noticed(broken):
    broken.evaluate("""() => [...document.querySelectorAll('article .cell_input pre')]
        .find((pre) => !pre.closest('details')).append('x'.repeat(120))""")
    assert len(broken.evaluate(WIDE_CODE)) == 1
    assert falling(broken.evaluate(HEADINGS))
    style = broken.add_style_tag(content="article h1 { font-size: 1rem !important }")
    assert not falling(broken.evaluate(HEADINGS))
    style.evaluate("e => e.remove()")
    broken.emulate_media(media="print")
    broken.set_viewport_size(SHEET)
    whole = len(broken.evaluate(CUT_ON_PAPER, SHEET["height"]))
    for fault in CUT_PARTS:
        broken.evaluate(
            "fault => document.querySelector('article').insertAdjacentHTML('beforeend', fault)", fault
        )
        assert len(broken.evaluate(CUT_ON_PAPER, SHEET["height"])) > whole, fault
        broken.evaluate("document.querySelector('article').lastElementChild.remove()")


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
