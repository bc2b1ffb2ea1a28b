"""The view of waiting lines in a real browser: load, kinds and workers change figure and words."""

from __future__ import annotations

import numpy as np
import pytest
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.deploy import mean_wait
from seqrec_lib.teaching.widgets import waiting_lines

pytestmark = pytest.mark.browser
SERVICE, SPREAD = 4.0, 0.5


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=waiting_lines(SERVICE, SPREAD)._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").wait_for(state="attached")
        self.slider = self.view.get_by_role("slider")
        self.kind, self.workers = (self.view.get_by_role("combobox").nth(n) for n in (0, 1))

    def rows(self):
        cells = self.view.locator("figure tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )
        return np.array([[float(cell.replace(",", "")) for cell in row] for row in cells])

    def status(self):
        return self.view.locator(".sq-status").inner_text()


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def test_something_is_seen_before_any_click(seen):
    rows = seen.rows()
    assert rows[:, 0].tolist() == list(range(5, 100, 5)) and rows.shape == (19, 4)
    assert (rows[:, 1] <= rows[:, 2]).all() and rows[-1, 2] > 3 * rows[0, 2]
    assert "At 70%" in seen.status() and "175 requests a second" in seen.view.inner_text()


def test_the_law_in_the_page_is_the_librarys(seen):
    seen.kind.select_option(index=1)  # always the same time: the law then has no variance
    for load, *_, law in seen.rows():
        want = SERVICE * (1 + mean_wait(load / 100, 1.0, 0.0))
        assert abs(law - want) < 0.06, (load, law, want)


def test_what_was_simulated_is_near_the_law(seen):
    for index in (0, 1, 2):
        seen.kind.select_option(index=index)
        seen.slider.fill("9")  # 50%
        law, found = (float(word) for word in seen.status().split("says ")[1].replace("ms on average; these "
                      "requests took ", "").rstrip(".").split())  # fmt: skip
        assert abs(law - found) < 0.25 * law


def test_long_requests_raise_the_tail_and_workers_lower_it(seen):
    usual = seen.rows()[13, 2]
    seen.kind.select_option(index=2)
    long = seen.rows()[13, 2]
    assert long > 2 * usual
    seen.workers.select_option(index=2)
    rows = seen.rows()
    assert rows[13, 2] < long and rows.shape == (19, 3), "the formula is for one worker"
    assert "with 4 these requests took" in seen.status()


def test_the_keyboard_moves_it(seen):
    seen.slider.focus()
    seen.page.keyboard.press("ArrowRight")
    assert "At 75%" in seen.status()
    for _ in range(9):
        seen.page.keyboard.press("ArrowRight")
    assert "At 95%" in seen.status()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    made = Seen(browser, size)
    box = made.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert made.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    made.context.close()
