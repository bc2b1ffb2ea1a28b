"""The view of smaller models in a real browser: way and level change figures, words and list."""

from __future__ import annotations

import pytest
from hostile import PAGE, TRACES, titles
from visit import PHONE, WIDE

from seqrec_lib.teaching.widgets import Smaller, smaller_models

pytestmark = pytest.mark.browser

NAMES = titles(24)[1:]
SHOWN = 6  # places of the list


def given():
    full = Smaller("as it is", 4_000_000, 0.2, 1.0, NAMES[:10])
    whole = [
        Smaller("8 bits", 1_100_000, 0.199, 0.97, NAMES[:10]),
        Smaller("4 bits", 600_000, 0.18, 0.8, [*NAMES[12:16], *NAMES[:6]]),
        Smaller("2 bits", 300_000, 0.05, 0.2, NAMES[10:20]),
    ]
    return full, {
        "whole numbers": whole,
        "pruning": [Smaller("half", 4_000_000, 0.21, 0.9, [NAMES[12], *NAMES[1:10]])],
    }


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=smaller_models(*given())._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").first.wait_for(state="attached")
        self.way = self.view.get_by_role("combobox")

    @property
    def slider(self):
        return self.view.get_by_role("slider")

    @property
    def told(self):
        return self.view.locator(".sq-status").inner_text()

    def rows(self):
        return self.view.locator("table").last.locator("tbody tr").count()

    def fresh(self):
        return self.view.locator("em").count()


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def test_something_is_seen_before_any_click(seen):
    assert "8 bits" in seen.told and "3.64 times smaller" in seen.told and "97.0%" in seen.told
    assert seen.fresh() == 0


def test_fewer_bits_change_figures_and_list(seen):
    seen.slider.fill("1")
    assert "4 bits" in seen.told and "6.67 times smaller" in seen.told and seen.fresh() == 4
    seen.slider.fill("2")
    assert "0.050" in seen.told and seen.fresh() == SHOWN == seen.rows()


def test_another_way_has_its_own_levels(seen):
    seen.slider.fill("2")
    seen.way.select_option("pruning")
    assert "half" in seen.told and "1.00 times smaller" in seen.told
    assert seen.slider.get_attribute("max") == "0" and seen.fresh() == 1


def test_the_keyboard_moves_everything(seen):
    seen.slider.focus()
    seen.page.keyboard.press("ArrowRight")
    assert "4 bits" in seen.told
    seen.way.focus()
    seen.page.keyboard.press("ArrowDown")
    assert "half" in seen.told


def test_titles_stay_text(seen):
    found = seen.page.evaluate(TRACES)
    assert found["hacked"] is None and not found["elements"]


def test_the_picture_has_words(seen):
    picture = seen.view.locator("svg").first
    assert "bytes 27.5%" in picture.get_attribute("aria-label") and picture.get_attribute("role") == "img"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"]
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()
