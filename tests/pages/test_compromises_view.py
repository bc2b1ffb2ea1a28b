"""The view of compromises in a real browser: way, user and weight change list, point and words."""

from __future__ import annotations

import re

import pytest
import torch
from hostile import HOSTILE, PAGE
from visit import PHONE, WIDE

from seqrec_lib.goals import Shelf, best_lists, list_worth, weighted
from seqrec_lib.teaching.widgets import compromises

pytestmark = pytest.mark.browser

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
V = 12


def shelf():
    draw = torch.Generator().manual_seed(3)
    click, after = torch.rand(2, 5, V + 1, generator=draw, dtype=torch.float64)
    click[:, 0] = 0
    price = 5 + 20 * torch.rand(V + 1, generator=draw, dtype=torch.float64)
    share = torch.full((V + 1,), 1 / V, dtype=torch.float64)
    return Shelf(click, click * after, price, torch.arange(V + 1) % 3, share, torch.ones(8).double())


def ways():
    one = shelf()
    exact = torch.stack([best_lists(weighted(one.click, one.purchase, w), 8) for w in WEIGHTS])
    return {"the oracle": exact, "a model": exact.flip(0)}


def given(titles=None):
    titles = ["", *(f"item {n}" for n in range(1, V + 1))] if titles is None else titles
    return compromises(shelf(), ways(), WEIGHTS, titles, [0, 3])


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE, body=None):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=(body or given())._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").wait_for(state="attached")
        self.way, self.person = (self.view.get_by_role("combobox").nth(n) for n in (0, 1))
        self.slider, self.status = self.view.get_by_role("slider"), self.view.locator(".sq-status")

    def items(self):
        rows = self.view.locator("table").last.locator("tbody th")
        return [text.strip() for text in rows.all_inner_texts()]


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def wanted(way, person, weight):
    lists = ways()[way][weight]
    return [f"item {n}" for n in lists[(0, 3)[person], :5].tolist()]


def test_the_list_is_that_of_the_weight(seen):
    for weight in (0, 4):
        seen.slider.fill(str(weight))
        assert seen.items() == wanted("the oracle", 0, weight)
        worth = list_worth(shelf(), ways()["the oracle"][weight]).means()
        said = seen.status.inner_text()
        told = [float(number) for number in re.findall(r"([\d.]+) (?:clicks|purchases)", said)]
        assert told == pytest.approx([worth["clicks"], worth["purchases"]], abs=1e-3)
    assert wanted("the oracle", 0, 0) != wanted("the oracle", 0, 4)


def test_who_chooses_and_for_whom_can_be_chosen(seen):
    seen.slider.fill("1")
    seen.way.select_option("a model")
    assert seen.items() == wanted("a model", 0, 1)
    seen.person.select_option(index=1)
    assert seen.items() == wanted("a model", 1, 1)


def test_the_keyboard_moves_everything(seen):
    before = seen.status.inner_text()
    seen.slider.focus()
    seen.page.keyboard.press("ArrowRight")
    more = seen.status.inner_text()
    assert more != before
    seen.way.focus()
    seen.page.keyboard.press("ArrowDown")
    assert seen.status.inner_text() != more


def test_the_marked_point_moves_and_the_picture_has_words(seen):
    def mark():
        return seen.view.locator("svg polygon").first.get_attribute("points")

    seen.slider.fill("0")
    first = mark()
    seen.slider.fill("4")
    assert mark() != first
    picture = seen.view.locator("svg").first
    assert "Curves of purchases over clicks" in picture.get_attribute("aria-label")
    assert picture.get_attribute("role") == "img"


def test_hostile_titles_stay_text(browser):
    titles = (["", *HOSTILE.values()] * V)[: V + 1]
    seen = Seen(browser, body=given(titles))
    assert not seen.errors and seen.view.locator("tbody script, tbody img").count() == 0
    seen.context.close()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()
