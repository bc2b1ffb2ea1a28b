"""The view of budgets in a real browser: training and attacker change figures and words."""

from __future__ import annotations

import math

import pytest
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.results import load_results
from seqrec_lib.teaching.widgets import privacy_budget

pytestmark = pytest.mark.browser

NAMES = {"overfit": "plain", "epsilon 8": "within 8", "epsilon 4": "within 4", "epsilon 1": "within 1"}


def rows():
    return load_results("privacy").where(part="private")


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=privacy_budget(rows(), NAMES)._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").first.wait_for(state="attached")
        self.score, self.slider = self.view.get_by_role("combobox"), self.view.get_by_role("slider")

    def bars(self, figure):
        cells = (
            self.view.locator("figure")
            .nth(figure)
            .locator("tbody tr")
            .evaluate_all("rows => rows.map(r => [...r.cells].map(c => c.textContent))")
        )
        return {row[0]: float(row[1]) for row in cells}

    def said(self):
        return self.view.locator(".sq-status").inner_text()


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def test_each_training_shows_its_row(seen):
    for place, variant in enumerate(reversed(NAMES)):
        seen.slider.fill(str(place))
        found = rows().where(variant=variant)
        assert seen.bars(0)[NAMES[variant]] == pytest.approx(found.mean(), abs=6e-4)
        assert seen.bars(1)["this attack"] == pytest.approx(found.mean("calibrated/tpr", "attack"), abs=6e-4)


def test_the_promise_is_what_epsilon_allows(seen):
    allowed = "what the promise allows to any attack"
    seen.slider.fill("1")
    one = rows().where(variant="epsilon 4").rows[0]["settings"]
    assert seen.bars(1)[allowed] == pytest.approx(math.exp(one["epsilon"]) * 0.01 + one["delta"], abs=6e-4)
    assert "rules out only" in seen.said()
    seen.slider.fill("3")
    assert seen.bars(1)[allowed] == 1 and "nothing is promised" in seen.said()


def test_the_attacker_can_be_chosen(seen):
    seen.slider.fill("3")
    seen.score.select_option("the loss alone")
    found = rows().where(variant="overfit").mean("raw/tpr", "attack")
    assert seen.bars(1)["this attack"] == pytest.approx(found, abs=6e-4)


def test_the_keyboard_moves_everything(seen):
    before = seen.said()
    seen.slider.focus()
    seen.page.keyboard.press("ArrowRight")
    more = seen.said()
    assert more != before
    seen.score.focus()
    seen.page.keyboard.press("ArrowDown")
    assert seen.said() != more


def test_the_pictures_have_words(seen):
    for place, words in ((0, "One bar for the model"), (1, "Three bars")):
        picture = seen.view.locator("figure svg").nth(place)
        assert words in picture.get_attribute("aria-label") and picture.get_attribute("role") == "img"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()
