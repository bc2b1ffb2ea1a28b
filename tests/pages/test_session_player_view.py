"""The view of a session in a real browser: items are shown, policies choose, sessions end and are counted."""

from __future__ import annotations

import pytest
import torch
from hostile import PAGE
from visit import PHONE, WIDE

from seqrec_lib.data.worlds import session_world
from seqrec_lib.teaching.widgets import session_player

pytestmark = pytest.mark.browser

WORLD = session_world("small-feed")
POLICIES = {"myopic": WORLD.myopic(), "optimal": WORLD.best()}
DATA = session_player(WORLD, POLICIES).data


class Seen:
    """The view on a page of its own."""

    def __init__(self, browser, size=WIDE):
        self.context = browser.new_context(viewport=size)
        self.page, self.errors = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(body=session_player(WORLD, POLICIES)._repr_html_()))
        self.view = self.page.locator(".sq-view")
        self.view.locator("table").wait_for(state="attached")
        self.choose = self.view.get_by_role("button", name="Let it choose")
        self.next = self.view.get_by_role("button", name="Next session")

    @property
    def status(self):
        return self.view.locator(".sq-status").inner_text()

    def menu(self):
        return self.view.locator("tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )


@pytest.fixture
def seen(browser):
    made = Seen(browser)
    yield made
    assert not made.errors
    made.context.close()


def played(number, choose):
    """What the session of this number brings if ``choose(place, state)`` shows the items: ``(clicks, shown)``."""
    state, clicks = DATA["starts"][number], 0
    for place in range(WORLD.settings.steps):
        item = choose(place, state)
        hit, stay = DATA["luck"][number][place]
        clicked = hit < float(WORLD.click[state, item])
        clicks += clicked
        state = int(WORLD.follow(*(torch.tensor(x) for x in (state, item, clicked))))
        if stay >= float(WORLD.stays[int(clicked), state]):
            break
    return clicks, place + 1


def test_the_menu_says_what_each_item_is_exactly_worth(seen):
    state, best = DATA["starts"][0], WORLD.optimum()
    for item, row in enumerate(seen.menu(), 1):
        assert float(row[1]) == pytest.approx(float(WORLD.click[state, item]), abs=0.006)
        assert float(row[3]) == pytest.approx(float(best[0, state, item]), abs=0.006)
        shows = [name for name, table in POLICIES.items() if shown_first(table, state) == item]
        assert row[4] == ", ".join(shows)


def shown_first(table, state):
    return int((table if table.dim() == 2 else table[0])[state].argmax())


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_plays_sessions_to_their_end(seen, name):
    seen.view.get_by_role("combobox").select_option(name)
    table = WORLD.check_policy(POLICIES[name]).argmax(-1)
    total = 0
    for number in range(5):
        clicks, shown = played(number, lambda place, state: int(table[place, state]))
        for _ in range(shown):
            seen.choose.click()
        total += clicks
        assert f"{clicks} clicks" in seen.status and seen.choose.is_disabled()
        assert f"{total / (number + 1):.2f} clicks over {number + 1} session" in seen.view.inner_text()
        seen.next.click()
    assert "opens" in seen.status


def test_the_keyboard_shows_an_item(seen):
    seen.view.get_by_role("button", name="Show item 6").focus()
    seen.page.keyboard.press("Enter")
    clicked = DATA["luck"][0][0][0] < float(WORLD.click[DATA["starts"][0], 6])
    assert ("They click item 6." if clicked else "They skip item 6.") in seen.status
    assert "Shown so far: item 6" in seen.view.inner_text()


def test_a_session_that_is_over_shows_nothing_more(seen):
    for _ in range(4):
        if seen.choose.is_enabled():
            seen.choose.click()
    assert seen.view.locator("tbody tr").count() == 0 and "over" in seen.view.inner_text()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits(browser, size):
    seen = Seen(browser, size)
    box = seen.view.bounding_box()
    assert box["width"] <= size["width"] and (size is PHONE or box["height"] < 700)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.context.close()
