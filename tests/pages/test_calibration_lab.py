"""The calibration lab in a real browser: the slider, the formula and the yardstick change figure and words."""

from __future__ import annotations

import numpy as np
import pytest
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.evaluation.calibration import calibration_error, reliability, undo_downsampling
from seqrec_lib.evaluation.clicks import auc, log_loss
from seqrec_lib.teaching.widgets import calibration_lab

pytestmark = pytest.mark.browser

SHARES = (1.0, 0.3, 0.1)


def log():
    """True probabilities, clicks, and what a perfect model of each share says."""
    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, 3000)
    said = {kept: p / (p + (1 - p) * kept) for kept in SHARES}
    return (rng.random(3000) < p).astype(int), p, said


def shown(value):
    """A number as the page shows it: five digits travel, three are seen."""
    return f"{round(float(value), 5):.3f}"


class Lab:
    """The lab on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=calibration_lab(*log())._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").wait_for(state="attached")
        self.slider = self.view.get_by_role("slider")
        self.undo = self.view.get_by_role("checkbox")

    def rows(self):
        cells = self.view.locator("figure tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )
        return np.array([[float(cell) for cell in row] for row in cells])

    def status(self):
        return self.view.locator(".sq-status").inner_text()


@pytest.fixture
def lab(browser):
    made = Lab(browser)
    yield made
    assert not made.errors
    made.context.close()


def test_it_starts_with_all_rows_and_the_truth(lab):
    _, p, said = log()
    want = reliability(said[1.0], p)
    np.testing.assert_allclose(lab.rows(), np.stack([want.said, want.true, want.said], 1), atol=6e-4)
    assert "100%" in lab.view.inner_text() and "calibration error 0.000" in lab.status()


def test_fewer_rows_lift_the_model_off_the_truth_and_the_formula_brings_it_back(lab):
    labels, p, said = log()
    lab.slider.fill("2")
    want = reliability(said[0.1], p)
    np.testing.assert_allclose(lab.rows()[:, :2], np.stack([want.said, want.true], 1), atol=6e-4)
    order = f"AUC {shown(auc(labels, said[0.1]))}"
    assert f"says {shown(said[0.1].mean())} on average" in lab.status() and order in lab.status()
    lab.undo.check()
    mended = undo_downsampling(said[0.1], 0.1)
    np.testing.assert_allclose(lab.rows()[:, 0], reliability(mended, p).said, atol=6e-4)
    assert order in lab.status() and f"log-loss {shown(log_loss(labels, mended).mean())}" in lab.status()


def test_against_clicks_a_perfect_model_has_an_error(lab):
    labels, _, said = log()
    lab.view.get_by_role("combobox").select_option("clicks")
    error = calibration_error(said[1.0], labels)
    assert error > 0.002 and f"calibration error {shown(error)}" in lab.status()
    np.testing.assert_allclose(lab.rows()[:, 1], reliability(said[1.0], labels).true, atol=6e-4)


def test_the_keyboard_moves_everything(lab):
    lab.slider.focus()
    before = lab.status()
    lab.page.keyboard.press("ArrowRight")
    moved = lab.status()
    assert moved != before and "30%" in lab.view.inner_text()
    lab.page.keyboard.press("Tab")
    lab.page.keyboard.press("Space")
    undone = lab.status()
    assert undone != moved and lab.undo.is_checked()
    lab.page.keyboard.press("Tab")
    lab.page.keyboard.press("ArrowDown")
    assert lab.status() != undone


def test_the_picture_has_words(lab):
    assert "In the last bin" in lab.view.locator("svg").first.get_attribute("aria-label")
    assert lab.view.locator("svg").first.get_attribute("role") == "img"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    lab = Lab(browser, size)
    box = lab.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert lab.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    lab.context.close()
