"""The view of longer histories in a real browser: form and length change the cells, the lines and the words."""

from __future__ import annotations

import pytest
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.teaching.widgets import longer_histories
from seqrec_lib.teaching.widgets.longer_histories import NAMES

pytestmark = pytest.mark.browser
ASKED = (12, 24, 40)


def row(form, trained, values):
    by_kept = [{"kept": kept, "NDCG@10": value} for kept, value in zip(ASKED, values, strict=True)]
    return {"positions": form, "longest_trained": trained, "by_kept": by_kept}


ROWS = [row(form, 24, (0.2, 0.25, 0.1 if form == "start" else 0.24)) for form in NAMES]
ROWS += [row(form, 40, (0.21, 0.26, 0.27)) for form in NAMES]


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE, rows=ROWS):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=longer_histories(rows)._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").first.wait_for(state="attached")
        self.form, self.slider = self.view.get_by_role("combobox"), self.view.get_by_role("slider")

    def cells(self):
        return self.view.locator("svg").first.locator("rect")

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


def test_the_cliff_is_there_before_any_click(seen):
    assert seen.cells().count() == 40
    assert "24 trained, 16 never trained, 0 by a rule" in seen.words()
    assert "0.100" in seen.status() and "−0.150" in seen.status() and "0.270" in seen.status()


def test_another_form_reads_other_numbers(seen):
    seen.form.select_option("RoPE")
    assert "24 trained, 0 never trained, 16 by a rule" in seen.words()
    assert "−0.010" in seen.status()
    seen.form.select_option("buckets of seconds")
    assert "40 trained" in seen.words()


def test_a_shorter_history_reads_nothing_new(seen):
    seen.slider.fill("0")
    assert seen.cells().count() == 12 and "12 trained, 0 never trained" in seen.words()
    assert "With 12 items" in seen.status()


def test_the_keyboard_moves_everything(seen):
    before = seen.status()
    seen.slider.focus()
    seen.page.keyboard.press("ArrowLeft")
    shorter = seen.status()
    assert shorter != before
    seen.slider.fill("2")
    seen.form.focus()
    seen.page.keyboard.press("ArrowDown")
    assert seen.status() not in (before, shorter)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()


def test_without_a_twin_one_line_is_drawn(browser):
    seen = Seen(browser, rows=ROWS[: len(NAMES)])
    assert "twin" not in seen.status().lower() and "With 40 items" in seen.status()
    assert seen.view.locator("figure path").count() == 1 and not seen.errors
    seen.context.close()
