"""Recall against latency in a real browser: the size and the time allowed decide what is drawn and said."""

from __future__ import annotations

import pytest
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.teaching.widgets import recall_and_latency

pytestmark = pytest.mark.browser


def row(kind, items, effort, recall, time):
    test = {"recall@10": recall, "microseconds": time}
    return {"kind": kind, "items": items, "metric": "dot", "effort": effort, "test": test}


ROWS = [
    row("exact", 1000, 0, 1.0, 100.0),
    row("ivf", 1000, 4, 0.6, 10.0),
    row("ivf", 1000, 8, 0.9, 30.0),
    row("hnsw", 1000, 16, 0.7, 15.0),
    row("exact", 50_000, 0, 1.0, 4000.0),
    row("ivf", 50_000, 4, 0.5, 100.0),
    row("hnsw", 50_000, 16, 0.8, 90.0),
]


class Shown:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=recall_and_latency(ROWS)._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").wait_for(state="attached")
        self.slider = self.view.get_by_role("slider")

    def table(self):
        cells = self.view.locator("figure tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )
        return {label.split(" · ")[0]: (label, value) for label, value in cells}

    def status(self):
        return self.view.locator(".sq-status").inner_text()


@pytest.fixture
def shown(browser):
    made = Shown(browser)
    yield made
    assert not made.errors
    made.context.close()


def test_a_fifth_of_the_time_is_shown_before_any_click(shown):
    table = shown.table()
    assert table["inverted file"] == ("inverted file · effort 4 · 10 µs", "0.600")
    assert table["HNSW"][1] == "0.700" and "HNSW finds 0.700" in shown.status()
    assert "In 20 µs of the 100 µs" in shown.status()


def test_what_is_too_slow_has_words_and_no_number(shown):
    assert shown.table()["exact, torch"] == ("exact, torch · too slow", "")
    assert shown.view.locator("svg rect").count() == 2, "two bars for three rows"
    words = shown.view.locator("svg").first.get_attribute("aria-label")
    assert "too slow" in words and "0.000" not in words


def test_more_time_lets_more_in_and_the_best_that_is_fast_enough_counts(shown):
    shown.slider.fill("30")
    assert shown.table()["inverted file"] == ("inverted file · effort 8 · 30 µs", "0.900")
    shown.slider.fill("100")
    assert shown.table()["exact, torch"][1] == "1.000" and "exact, torch finds 1.000" in shown.status()
    shown.slider.fill("5")
    assert all(value == "" for _, value in shown.table().values())
    assert "Nothing is done in 5 µs" in shown.status()


def test_the_large_catalogue_has_its_own_times(shown):
    shown.view.get_by_role("combobox").select_option(index=1)
    assert shown.table()["HNSW"] == ("HNSW · effort 16 · 90 µs", "0.800")
    assert "of the 4000 µs" in shown.status()


def test_the_keyboard_moves_it(shown):
    shown.slider.focus()
    before = shown.status()
    for _ in range(10):
        shown.page.keyboard.press("ArrowRight")
    assert shown.status() != before and "0.900" in shown.status()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    made = Shown(browser, size)
    box = made.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert made.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    made.context.close()
