"""The view of peeking in a real browser: case and looks change figure and words."""

from __future__ import annotations

import numpy as np
import pytest
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.ab import always_valid, fixed_p, look_at
from seqrec_lib.teaching.widgets import peeking

pytestmark = pytest.mark.browser

USERS = np.arange(25, 501, 25)


def given():
    rng = np.random.default_rng(3)
    old = rng.normal(size=(200, 500))
    return {
        name: look_at(old, rng.normal(shift, size=old.shape), USERS)
        for name, shift in (("no difference", 0.0), ("a difference", 0.2))
    }


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=peeking(given(), 0.2)._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").wait_for(state="attached")
        self.case, self.slider = self.view.get_by_role("combobox"), self.view.get_by_role("slider")

    def rows(self):
        cells = self.view.locator("figure tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )
        return np.array([[float(cell.replace(",", "")) for cell in row] for row in cells])


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def called(case, every):
    """Share of the tests called by each look, by both rules."""
    looks = given()[case]
    kept = look_at_some(looks, every)
    by = [np.minimum.accumulate(fixed_p(kept), 1), always_valid(kept, 0.2)]
    return np.stack([(p < 0.05).mean(0) for p in by], 1)


def look_at_some(looks, every):
    some = slice(every - 1, None, every)
    return type(looks)(looks.users[some], looks.difference[:, some], looks.variance[:, some])


def test_every_look_counts(seen):
    seen.slider.fill("5")  # 20 looks
    np.testing.assert_allclose(seen.rows()[1:, 1:], called("no difference", 1), atol=1e-3)
    assert "20 equally spaced looks" in seen.view.locator(".sq-status").inner_text()


def test_a_case_and_fewer_looks_can_be_chosen(seen):
    seen.case.select_option("a difference")
    seen.slider.fill("1")  # 2 looks
    np.testing.assert_allclose(seen.rows()[1:, 1:], called("a difference", 10), atol=1e-3)


def test_the_keyboard_moves_everything(seen):
    before = seen.view.locator(".sq-status").inner_text()
    seen.slider.focus()
    seen.page.keyboard.press("ArrowRight")
    more = seen.view.locator(".sq-status").inner_text()
    assert more != before
    seen.case.focus()
    seen.page.keyboard.press("ArrowDown")
    assert seen.view.locator(".sq-status").inner_text() != more


def test_the_picture_has_words(seen):
    picture = seen.view.locator("svg").first
    assert "rising lines" in picture.get_attribute("aria-label") and picture.get_attribute("role") == "img"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()
