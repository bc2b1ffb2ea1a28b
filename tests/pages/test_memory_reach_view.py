"""The view of a memory's reach in a real browser: model and place change the cells, the line and the words."""

from __future__ import annotations

import pytest
from hostile import HOSTILE, PAGE
from visit import PHONE, WIDE

from seqrec_lib.results import Results
from seqrec_lib.teaching.widgets import how_known, memory_reach

pytestmark = pytest.mark.browser
PLACES = 4


def part(memory, layers, values):
    floors = {"popularity": {"by_place": [0.03] * PLACES}}
    row = {"settings": {"memory": memory, "layers": layers}, "by_place": values}
    return Results("long", [{**row, "floors": floors, "ceiling": {"by_place": [0.9] * PLACES}}] * 2)


MODELS = {
    "memory 8, two layers": part(8, 2, [0.1, 0.2, 0.3, 0.4]),
    HOSTILE["markup"]: part(20, 1, [0.5, 0.5, 0.5, 0.6]),
    "no memory": part(0, 1, [0.02] * PLACES),
}
CAUSES = {18: 3.0, 19: 1.0, 20: 0.0}


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=memory_reach(MODELS, CAUSES)._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").first.wait_for(state="attached")
        self.model, self.slider = self.view.get_by_role("combobox"), self.view.get_by_role("slider")

    def words(self):
        return self.view.locator("svg").first.get_attribute("aria-label")

    def status(self):
        return self.view.locator(".sq-status").inner_text()


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def test_it_shows_the_last_place_before_any_click(seen):
    assert seen.view.locator("svg").first.locator("rect").count() == 64
    assert "4 stand in the segment, 8 in the memory, 8 are known through" in seen.words()
    assert "up to 19 steps back" in seen.status() and "100%" in seen.status() and "0.400" in seen.status()


def test_at_the_first_place_less_is_within_reach(seen):
    seen.slider.fill("1")
    assert "1 stand in the segment, 8 in the memory, 8 are known through" in seen.words()
    assert "up to 16 steps back" in seen.status() and ": 0%" in seen.status()
    seen.slider.fill("2")
    assert "up to 17 steps back" in seen.status() and "75%" in seen.status()


def test_another_model_has_another_memory_and_its_name_stays_text(seen):
    seen.model.select_option(index=1)
    assert "20 in the memory, 0 are known through" in seen.words() and "0.600" in seen.status()
    seen.model.select_option("no memory")
    assert "4 stand in the segment, 0 in the memory, 0 are known through" in seen.words()


def test_the_keyboard_moves_both(seen):
    before = seen.status()
    seen.slider.focus()
    seen.page.keyboard.press("ArrowLeft")
    nearer = seen.status()
    assert nearer != before
    seen.model.focus()
    seen.page.keyboard.press("ArrowDown")
    assert seen.status() not in (before, nearer)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()


def test_what_is_known_is_the_formula_of_reach():
    for memory, layers, place in ((0, 1, 3), (16, 1, 16), (16, 2, 5), (48, 1, 1), (4, 3, 2)):
        known = how_known(64, place, memory, layers)
        within = [64 - 1 - n for n, kind in enumerate(known) if kind != 3]
        assert max(within) == min(63, layers * memory + place - 1)
        assert known.count(0) == place and known.count(1) == min(memory, 64 - place)


def test_it_needs_a_model_and_causes_that_are_drawn():
    with pytest.raises(ValueError, match="at least one model"):
        memory_reach({}, CAUSES)
    with pytest.raises(ValueError, match="1 to 64 events back"):
        memory_reach(MODELS, {65: 1.0})
