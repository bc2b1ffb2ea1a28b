"""The view of cost by scale in a real browser: it counts as the library does, and every control changes it."""

from __future__ import annotations

import math
import re

import pytest
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.messages import InputError
from seqrec_lib.scale import Prices, plan, softmax_flops, table_bytes
from seqrec_lib.scale.costs import encoder_flops
from seqrec_lib.teaching.widgets import scale_costs
from seqrec_lib.teaching.widgets.scale_costs import ITEMS, USERS, USUAL

pytestmark = pytest.mark.browser
MACHINES = {
    "one core": {"memory": 8e9, "speed": 2e10, "network": 1e7},
    "a GPU": {"memory": 60e9, "speed": 2e13, "network": 1e10},
}


def by_library(machine, users, items, sampled, price=2.0, hours=24):
    """The plan that the library makes, or None where it refuses."""
    targets = users * USUAL.length * USUAL.epochs
    work = softmax_flops(targets, items, USUAL.dim, USUAL.drawn if sampled else 0)
    work += encoder_flops(targets, USUAL.dim, USUAL.layers, USUAL.length)
    dense, steps = 4 * USUAL.layers * 6 * USUAL.dim**2, users * USUAL.epochs / USUAL.batch
    own = MACHINES[machine]
    prices = Prices(own["speed"], own["memory"], own["network"], price)
    try:
        return plan(work, table_bytes(items, USUAL.dim), dense, steps, hours, prices)
    except InputError:
        return None


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=scale_costs(MACHINES)._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").wait_for(state="attached")
        self.machine, self.items = self.view.get_by_role("combobox").all()
        self.users, self.price, self.hours = self.view.get_by_role("slider").all()

    def told(self):
        return self.view.locator(".sq-status").inner_text()

    def numbers(self):
        return [float(each.replace(",", "")) for each in re.findall(r"\d[\d,]*(?:\.\d+)?", self.told())]

    def rows(self):
        return self.view.locator("figure tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => Number(c.textContent.replace('−', '-'))))"
        )


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("items", ITEMS)
def test_it_counts_as_the_library_does(seen, machine, items):
    seen.machine.select_option(machine)
    seen.items.select_option(f"{items:,}")
    for place in (0, 3, len(USERS) - 1):
        seen.users.fill(str(place))
        sampled, full = (by_library(machine, USERS[place], items, each) for each in (True, False))
        if sampled is None or full is None:
            assert "allow more hours" in seen.told()
            continue
        users, machines, hours, money, others, whole = seen.numbers()
        assert (users, machines, others) == (USERS[place], sampled.machines, full.machines)
        assert hours == pytest.approx(sampled.hours, abs=0.051)
        assert (money, whole) == (math.ceil(sampled.money), math.ceil(full.money))
        assert sampled.decided_by in seen.told() or f"{sampled.decided_by} decides" in seen.told()


def test_the_lines_are_money_by_users(seen):
    seen.machine.select_option("a GPU")
    for row, users in zip(seen.rows(), USERS, strict=True):
        full, sampled = (by_library("a GPU", users, ITEMS[0], each).money for each in (False, True))
        assert row[0] == pytest.approx(math.log10(users))
        assert row[1:] == pytest.approx([math.log10(max(x, 0.01)) for x in (full, sampled)], abs=1e-3)


def test_price_and_hours_are_the_readers(seen):
    seen.machine.select_option("a GPU")
    before = seen.numbers()
    seen.price.fill("20")
    assert seen.numbers()[3] > before[3]
    dear = seen.numbers()
    seen.hours.fill("1")
    assert seen.numbers()[4] > dear[4]


def test_the_keyboard_moves_everything(seen):
    for control, key in ((seen.users, "ArrowLeft"), (seen.price, "ArrowRight"), (seen.items, "ArrowDown")):
        before = seen.told()
        control.focus()
        seen.page.keyboard.press(key)
        assert seen.told() != before


def test_the_picture_has_words(seen):
    picture = seen.view.locator("svg").first
    assert "Two lines" in picture.get_attribute("aria-label") and picture.get_attribute("role") == "img"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()
