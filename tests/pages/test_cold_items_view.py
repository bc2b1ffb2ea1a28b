"""The view of late items in a real browser: item and part change names, bars and words."""

from __future__ import annotations

import pytest
from hostile import HOSTILE, PAGE, TRACES
from visit import PHONE, WIDE

from seqrec_lib.teaching.widgets import ColdItem, cold_items

pytestmark = pytest.mark.browser


def given(title="Paper Ferry, step 2"):
    return [
        ColdItem(
            title if n == 0 else f"late {n}",
            title if n == 0 else f"text {n}",
            n + 1,
            {"text": [f"text near {n} a", f"text near {n} b"], "image": [f"image near {n}"]},
            {"id": 50.0 + n, "text": 9.5 + n, "oracle": 2.25 + n},
        )
        for n in range(4)
    ]


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE, items=None):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=cold_items(items or given())._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").wait_for(state="attached")
        self.item, self.part = (self.view.get_by_role("combobox").nth(n) for n in range(2))

    def near(self):
        return self.view.locator("ol li").all_inner_texts()

    def bars(self):
        return self.view.locator("figure tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def test_there_is_something_before_any_click(seen):
    assert seen.near() == ["text near 0 a", "text near 0 b"]
    assert [float(row[1]) for row in seen.bars()] == [50.0, 9.5, pytest.approx(2.2, abs=0.06)]
    assert "9.5 by text" in seen.view.locator(".sq-status").inner_text()


def test_item_and_part_can_be_chosen(seen):
    seen.item.select_option("late 2")
    assert seen.near() == ["text near 2 a", "text near 2 b"] and float(seen.bars()[0][1]) == 52.0
    seen.part.select_option("image")
    assert seen.near() == ["image near 2"]


def test_the_keyboard_moves_everything(seen):
    seen.item.focus()
    seen.page.keyboard.press("ArrowDown")
    assert seen.near()[0] == "text near 1 a"
    seen.part.focus()
    seen.page.keyboard.press("ArrowDown")
    assert seen.near() == ["image near 1"]


def test_the_picture_has_words(seen):
    picture = seen.view.locator("svg").first
    assert "mean place of" in picture.get_attribute("aria-label") and picture.get_attribute("role") == "img"


@pytest.mark.parametrize("name", HOSTILE)
def test_titles_are_text(browser, name):
    seen = Seen(browser, items=given(HOSTILE[name]))
    traces = seen.page.evaluate(TRACES)
    assert traces["hacked"] is None and not traces["elements"] and not seen.errors
    seen.context.close()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()


def test_items_that_do_not_fit_together_are_refused():
    one, two = given()[:2]
    with pytest.raises(ValueError, match="at least one item"):
        cold_items([])
    with pytest.raises(ValueError, match="same parts"):
        cold_items([one, ColdItem(two.title, two.said, 1, {"text": ["a"]}, two.places)])
    with pytest.raises(ValueError, match="one item that is near"):
        cold_items([ColdItem("a", "b", 1, {"text": []}, {"oracle": 1.0})])
