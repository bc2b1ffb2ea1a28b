"""The view of twenty questions in a real browser: answers move the belief as Bayes' rule says."""

from __future__ import annotations

import pytest
import torch
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.data.worlds.questions import Questions, answer, information_gain
from seqrec_lib.teaching.widgets import twenty_questions

pytestmark = pytest.mark.browser

YES = torch.tensor([[0, 0, 0], [0.5, 0.5, 0.5], [0.9, 0.1, 0.2], [0.2, 0.7, 0.1], [0.1, 0.1, 0.6]]).double()
PRIOR = torch.tensor([0.5, 0.3, 0.2]).double()
TITLES = ["", "Even odds", "Lamp", "<b>Rope</b>", "Kettle"]
NAMES = ["type 1: light", "type 2: sport", "type 3: tea"]


def given():
    following = torch.ones(3, 5).double() / 4
    return twenty_questions(Questions(PRIOR, YES, following), TITLES, NAMES, [0, 4, 3, 2, 1])


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=given()._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("svg").wait_for(state="attached")

    def press(self, name):
        self.view.get_by_role("button", name=name, exact=True).click()

    def belief(self):
        cells = self.view.locator("figure tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )
        return [float(row[-1]) for row in cells]

    def question(self):
        return self.view.locator("p", has_text="Question").inner_text()


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def test_the_first_question_tells_most_and_answers_move_the_belief(seen):
    assert seen.belief() == pytest.approx(PRIOR.tolist(), abs=1e-3)
    belief, left = PRIOR[None], {1, 2, 3, 4}
    for k, said in enumerate([False, True, False], 1):
        gain = information_gain(belief, YES)[0]
        item = max(left, key=lambda n: float(gain[n]))
        left.remove(item)
        assert f"Question {k}" in seen.question() and TITLES[item] in seen.question()
        seen.press("Yes" if said else "No")
        belief = answer(belief, YES[[item]], torch.tensor([said]))
        assert seen.belief() == pytest.approx(belief[0].tolist(), abs=1e-3)
    assert "After 3 answers" in seen.view.locator(".sq-status").inner_text()


def test_questions_end_and_a_rule_starts_again(seen):
    for _ in range(4):
        seen.press("No")
    assert seen.view.get_by_role("button", name="Yes", exact=True).is_disabled()
    assert "No question is left" in seen.view.inner_text()
    seen.view.get_by_role("combobox").select_option(label="the most popular item")
    assert "Even odds" in seen.question() and seen.belief() == pytest.approx(PRIOR.tolist(), abs=1e-3)
    seen.view.get_by_role("combobox").select_option(label="where the answer is least certain")
    assert "Even odds" in seen.question()  # the least certain answer of all, and it tells nothing
    seen.press("Yes")
    assert seen.belief() == pytest.approx(PRIOR.tolist(), abs=1e-3)
    seen.press("Start again")
    assert "Question 1" in seen.question()


def test_the_keyboard_answers(seen):
    seen.view.get_by_role("button", name="No", exact=True).focus()
    seen.page.keyboard.press("Enter")
    assert "After 1 answers" in seen.view.locator(".sq-status").inner_text()
    seen.page.keyboard.press("Enter")
    assert "After 2 answers" in seen.view.locator(".sq-status").inner_text()


def test_the_picture_has_words_and_titles_are_text(seen):
    picture = seen.view.locator("svg").first
    assert "belief" in picture.get_attribute("aria-label") and picture.get_attribute("role") == "img"
    assert seen.view.locator("b", has_text="Rope").count() == 0


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()
