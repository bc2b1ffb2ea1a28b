"""The view of overconfidence in a real browser: loss, reading and temperature change figure and words."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.teaching.widgets import overconfidence

pytestmark = pytest.mark.browser


def given():
    """A perfect model, and one whose scores are twice as far apart; 400 histories, 7 items."""
    draw = torch.Generator().manual_seed(0)
    scores = 2 * torch.randn(400, 8, generator=draw)
    scores[:, 0] = -torch.inf
    return {"right": scores, "too sure": 2 * scores}, scores.softmax(1)


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=overconfidence(*given())._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").wait_for(state="attached")
        self.loss, self.reading = (self.view.get_by_role("combobox").nth(n) for n in (0, 1))
        self.slider = self.view.get_by_role("slider")

    def rows(self):
        cells = self.view.locator("figure tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )
        return np.array([[float(cell) for cell in row] for row in cells])

    def status(self):
        return self.view.locator(".sq-status").inner_text()


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def groups(told, top):
    """What is said of the first item, in ten groups, and what is true of it."""
    truth = given()[1]
    said = told.gather(1, top)[:, 0]
    parts = said.argsort(stable=True).chunk(10)
    true = truth.gather(1, top)[:, 0]
    return np.array([[float(said[p].mean()), float(true[p].mean())] for p in parts])


def test_it_starts_with_the_first_loss_and_nothing_divided(seen):
    rows = seen.rows()
    np.testing.assert_allclose(rows[:, 1], rows[:, 2], atol=1e-3)  # a perfect model is as sure as it may be
    assert "0.000 nats away" in seen.status() and "1.0" in seen.view.inner_text()


def test_another_loss_is_too_sure_and_a_temperature_mends_it(seen):
    scores, truth = given()[0]["too sure"], given()[1]
    seen.loss.select_option("too sure")
    want = groups(scores.softmax(1), scores.argmax(1, keepdim=True))
    np.testing.assert_allclose(seen.rows()[:, :2], want, atol=1e-3)
    away = float((truth[:, 1:] * (truth[:, 1:] / scores.softmax(1)[:, 1:]).log()).sum(1).mean())
    assert f"{away:.3f} nats away" in seen.status() and away > 0.1
    seen.slider.fill("7")  # divided by 2
    assert "0.000 nats away" in seen.status() and "2.0" in seen.view.inner_text()


def test_the_sigmoid_has_no_divergence(seen):
    seen.reading.select_option(index=1)
    scores = given()[0]["right"]
    want = groups(scores.sigmoid(), scores.argmax(1, keepdim=True))
    np.testing.assert_allclose(seen.rows()[:, :2], want, atol=1e-3)
    assert "nats" not in seen.status()


def test_the_keyboard_moves_everything(seen):
    before = seen.status()
    seen.slider.focus()
    seen.page.keyboard.press("ArrowRight")
    warmer = seen.status()
    assert warmer != before
    seen.reading.focus()
    seen.page.keyboard.press("ArrowDown")
    assert seen.status() != warmer


def test_the_picture_has_words(seen):
    picture = seen.view.locator("svg").first
    assert "is true" in picture.get_attribute("aria-label") and picture.get_attribute("role") == "img"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()


@pytest.mark.parametrize("wrong", ["nothing", "shape", "no 1"])
def test_what_cannot_be_shown_is_refused(wrong):
    scores, truth = given()
    with pytest.raises(ValueError):
        overconfidence(
            {} if wrong == "nothing" else scores,
            truth[:5] if wrong == "shape" else truth,
            (0.5, 2.0) if wrong == "no 1" else (1.0,),
        )
