"""The view of new items by their share, in a real browser: share and world change bars, order and words."""

from __future__ import annotations

import pytest
from hostile import HOSTILE, PAGE
from visit import PHONE, WIDE

from seqrec_lib.teaching.widgets import share_of_new

pytestmark = pytest.mark.browser
WORLDS = {
    "ads": {"ids alone": (0.3, 0.0), HOSTILE["markup"]: (0.2, 0.1), "text alone": (0.1, 0.2)},
    "shop": {"ids alone": (0.1, 0.0), HOSTILE["markup"]: (0.2, 0.1), "text alone": (0.1, 0.2)},
}
ORACLE, USUAL = {"ads": (0.5, 0.4), "shop": (0.4, 0.4)}, {"ads": 0.1, "shop": 0.2}


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=share_of_new(WORLDS, ORACLE, USUAL)._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").first.wait_for(state="attached")
        self.world, self.slider = self.view.get_by_role("combobox"), self.view.get_by_role("slider")

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


def test_the_world_s_own_share_is_there_before_any_click(seen):
    assert "With 10 new items" in seen.status() and "ids alone comes first with 0.270" in seen.status()
    assert "the oracle has 0.490" in seen.status() and "text alone 0.110" in seen.words()


def test_with_more_new_items_another_way_comes_first(seen):
    seen.slider.fill("60")
    assert "text alone comes first with 0.160" in seen.status()
    seen.slider.fill("100")
    assert "0.200" in seen.status() and "0.400" in seen.status()


def test_another_world_has_other_bars_and_names_stay_text(seen):
    seen.world.select_option("shop")
    assert HOSTILE["markup"] in seen.status() and "20 of 100 are new" in seen.status()


def test_the_keyboard_moves_both(seen):
    before = seen.status()
    seen.slider.focus()
    seen.page.keyboard.press("ArrowRight")
    more = seen.status()
    assert more != before and "With 11 new items" in more
    seen.world.focus()
    seen.page.keyboard.press("ArrowDown")
    assert seen.status() not in (before, more)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()


def test_each_world_needs_its_oracle_and_share():
    with pytest.raises(ValueError, match="at least one world"):
        share_of_new({}, {}, {})
    with pytest.raises(ValueError, match="an oracle and a share"):
        share_of_new(WORLDS, {"ads": (0.5, 0.4)}, USUAL)
