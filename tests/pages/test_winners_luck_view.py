"""The view of the winner's luck in a real browser: search, trials and users change figure and words."""

from __future__ import annotations

import numpy as np
import pytest
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.teaching.widgets import winners_luck

pytestmark = pytest.mark.browser

TRIALS = 12


def given():
    rng = np.random.default_rng(2)
    worth = rng.normal(0.22, 0.006, (2, TRIALS))
    both = np.stack([worth + rng.normal(0.01, 0.012, worth.shape), worth], axis=2)
    return [[tuple(trial) for trial in search] for search in both.tolist()]


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=winners_luck(given(), 200)._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").wait_for(state="attached")
        self.search = self.view.get_by_role("combobox")
        self.trials, self.users = self.view.get_by_role("slider").all()

    def status(self):
        return self.view.locator(".sq-status").inner_text()

    def rows(self):
        return self.view.locator("figure tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def test_it_starts_with_all_trials_of_the_users_who_were_asked(seen):
    best = [max(search) for search in given()]
    chosen, worth = np.mean(best, axis=0)
    assert f"The best of {TRIALS}, by 200 users" in seen.status()
    assert f"{chosen:.3f} to them, {worth:.3f} to fresh users" in seen.status()


def test_one_search_and_one_trial(seen):
    seen.search.select_option("search 2")
    seen.trials.fill("1")
    chosen, worth = np.mean(given()[1], axis=0)
    rows = seen.rows()
    np.testing.assert_allclose([float(cell) for cell in rows[0][1:]], [chosen, worth], atol=1e-4)
    assert len(rows) == TRIALS and rows[1][1] == "–", "what was not drawn yet has no figure"
    assert "0.000 comes from choosing" in seen.status()


def test_more_users_leave_less_luck(seen):
    def gap():
        first = [float(cell) for cell in seen.rows()[0][1:]]
        return first[0] - first[1]

    seen.search.select_option("search 1")
    before = gap()
    seen.users.fill("4")  # 800
    assert gap() == pytest.approx(before / 2, abs=2e-4) and "by 800 users" in seen.status()


def test_the_keyboard_moves_everything(seen):
    for control, key in ((seen.trials, "ArrowLeft"), (seen.users, "ArrowRight"), (seen.search, "ArrowDown")):
        before = seen.status()
        control.focus()
        seen.page.keyboard.press(key)
        assert seen.status() != before


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
