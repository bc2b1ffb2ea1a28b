"""The playground in a real browser: it trains while the page stays usable, by mouse, by keyboard, without a worker."""

from __future__ import annotations

import pytest
from axe import AXE, run_axe
from hostile import HOSTILE, PAGE, TRACES
from rendered import SCREENSHOTS
from visit import PHONE, WIDE

from seqrec_lib.teaching.widgets import bundle, playground, scripts

pytestmark = pytest.mark.browser

CHOICES = ("rule of the world", "k", "score", "learning rate", "seed")
TICKS = ("causal mask", "distance bias")
BUTTONS = ("Train", "Step", "Reset", "1. mask off", "2. no bias", "3. rate 1")
LIMIT = 40_000  # bytes of the playground's own scripts
DARK = (
    "html{background:#14181e;--pst-color-text-base:#ced6dd;--pst-color-background:#14181e;color-scheme:dark}"
)


PRESS = """(names) => {
  const all = [...document.querySelectorAll(".sq-view button")];
  for (const name of names) all.find((b) => b.textContent === name).click();
  return document.querySelector(".sq-view svg").ariaLabel;
}"""
HEAR = """() => {
  window.said = [];
  window.ear?.disconnect();
  const status = document.querySelector(".sq-status");
  window.ear = new MutationObserver(() => status.textContent && said.push(status.textContent));
  ear.observe(status, { childList: true });
}"""


class Play:
    """The playground on a page of its own: what it shows, and its controls by their names."""

    def __init__(self, browser, size=WIDE, body=None, **context):
        self.context = browser.new_context(viewport=size, **context)
        self.page = self.context.new_page()
        self.errors = []
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        if body != "":
            self.show(PAGE.format(body=body or playground()._repr_html_()))

    def show(self, html=None, address=None):
        if address:
            self.page.goto(address)
        else:
            self.page.set_content(html)
        self.page.locator("[data-ready]").wait_for(timeout=120_000)
        self.view = self.page.locator(".sq-view")

    def button(self, name):
        return self.view.get_by_role("button", name=name, exact=True)

    def choice(self, name):
        return self.view.get_by_role("combobox", name=name, exact=True)

    def status(self):
        return self.view.locator(".sq-status").inner_text()

    def rows(self):
        """The table of the run: one list a measurement, the best possible last."""
        text = "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        return self.view.locator("table").first.locator("tbody tr").evaluate_all(text)

    def step(self):
        return int(self.rows()[-2][0])

    def drawn(self):
        """What the charts say in words."""
        return [one.get_attribute("aria-label") for one in self.view.locator("svg").all()]

    def finish(self):
        self.page.wait_for_function("document.querySelector('.sq-status').textContent", timeout=120_000)

    def begin(self, step=0):
        """Wait until ``step`` is drawn, or a later one if the run is on its way."""
        there = "(s) => { const n = Number(document.querySelector('.sq-view svg').ariaLabel.match(/step (\\d+)/)[1]);"
        self.page.wait_for_function(there + " return s ? n >= s : n === 0; }", arg=step)

    def slow(self, on=True):
        """Make frames rare, so that a run lasts even where another program keeps the machine busy."""
        self.page.evaluate(
            """(on) => {
              window.plainFrame ??= window.requestAnimationFrame;
              window.requestAnimationFrame = on ? (draw) => setTimeout(draw, 150) : window.plainFrame;
            }""",
            on,
        )

    def press(self, name):
        self.view.locator(".sq-status").evaluate("e => e.replaceChildren()")
        self.button(name).click()
        self.finish()


@pytest.fixture(scope="module")
def play(browser):
    made = Play(browser)
    yield made
    assert not made.errors
    made.context.close()


def number(text):
    return float(text.replace("−", "-"))


def test_it_is_small():
    files = sorted((scripts.assets() / "views").glob("playground*.js"))
    assert len(files) == 6 and sum(path.stat().st_size for path in files) <= LIMIT


def test_a_trained_model_is_there_before_any_click(play):
    assert "After 400 steps" in play.status() and "That is the ceiling" in play.status()
    assert len(play.page.workers) == 1, "it trains in a worker"
    *_, last, best = play.rows()
    assert last[0] == "400" and number(last[3]) > 0.97 * number(best[3]) and number(last[4]) > 0.6
    assert [row[0] for row in play.rows()[:3]] == ["0", "50", "100"]
    losses, measures, strip = play.drawn()
    assert f"the test loss {last[2][:-1]}"[:16] in losses and "its ceiling is 0.84" in measures
    assert "The cause is event 12. The model expects D, and the rule expects D." in strip


def test_the_worker_shows_what_the_engine_computes(play):
    names = [f"views/playground_{name}.js" for name in ("world", "scores", "model")]
    code = bundle.library(*names).replace("export default {", "window.play = {")
    play.page.add_script_tag(content=code, type="module")
    play.page.wait_for_function("window.play")
    found = play.page.evaluate(
        """(settings) => {
          const world = play.makeWorld(), model = play.makeModel(world, play.makeScores(world.ITEMS));
          const run = model.begin(settings);
          for (let i = 0; i < 400; i += 1) model.advance(run);
          const { loss, ndcg, cause } = model.measure(run);
          return [loss, ndcg, cause];
        }""",
        playground().data["start"],
    )
    assert [number(cell) for cell in play.rows()[-2][2:]] == pytest.approx(found, abs=6e-4)


def test_it_trains_live_and_speaks_once_at_the_end(play):
    play.page.evaluate(HEAR)
    play.page.evaluate(
        """() => {
          window.seen = new Set();
          const look = () => { seen.add(document.querySelector(".sq-view svg").getAttribute("aria-label")); requestAnimationFrame(look); };
          look();
        }"""
    )
    play.press("Train")
    assert play.page.evaluate("seen.size") > 20, "the reader sees it on its way"
    assert play.page.evaluate("said.length") == 1 and play.step() == 400


def test_stop_step_reset_and_on(play):
    play.button("Reset").click()
    play.begin()
    play.slow()
    play.button("Train").click()
    play.begin(20)
    stop = play.button("Stop")
    assert stop.evaluate("e => e === document.activeElement"), "the focus stays on the button"
    stop.click()
    play.finish()
    play.slow(False)
    stopped = play.step()
    assert 20 <= stopped < 400 and f"After {stopped} steps" in play.status()
    assert "ceiling, or" not in play.status(), "a run that was stopped is not judged"
    play.button("Step").click()
    play.begin(stopped + 1)
    assert play.step() == stopped + 1
    play.button("Train").click()
    play.page.wait_for_function("document.querySelector('.sq-status').textContent.includes('After 40')")
    assert 400 <= play.step() < 405, "it went on from there"
    play.button("Reset").click()
    play.begin()
    assert play.step() == 0 and play.status() == ""


def test_hasty_presses_make_no_second_loop(play):
    play.button("Reset").click()
    play.begin()
    play.page.evaluate(HEAR)
    play.slow()
    play.page.evaluate(PRESS, ["Train"])
    play.begin(10)
    # What was drawn is read in the same turn: on a busy machine the run may be over before another question comes.
    before = play.page.evaluate(PRESS, ["Stop", "Train", "Stop", "Train"])
    play.page.wait_for_function("old => document.querySelector('.sq-view svg').ariaLabel !== old", arg=before)
    play.slow(False)
    play.finish()
    play.page.wait_for_timeout(500)
    said = play.page.evaluate("said")
    assert len(said) == 1 and 400 <= play.step() < 405, said


def test_a_reset_in_the_middle_is_silent_and_stays(play):
    play.button("Reset").click()
    play.begin()
    play.page.evaluate(HEAR)
    play.slow()
    play.button("Train").click()
    play.begin(10)
    assert play.button("Step").is_disabled()
    play.page.evaluate(PRESS, ["Reset"])
    play.begin()
    play.page.wait_for_timeout(500)
    play.slow(False)
    assert play.step() == 0 and play.page.evaluate("said.length") == 0
    assert not play.button("Step").is_disabled()


@pytest.mark.parametrize("name", [*CHOICES, *TICKS])
def test_every_setting_begins_a_run_of_its_own(play, name):
    play.button("Reset").click()
    play.begin()

    def some_steps():
        for step in range(1, 7):
            play.button("Step").click()
            play.begin(step)
        return [*play.drawn(), play.rows()]

    before = some_steps()
    if name in TICKS:
        change, undo = [lambda: play.view.get_by_label(name).click()] * 2
    else:
        was = play.choice(name).evaluate("e => e.selectedIndex")
        change = lambda: play.choice(name).select_option(index=was - 1 if was else 1)  # noqa: E731
        undo = lambda: play.choice(name).select_option(index=was)  # noqa: E731
    change()
    play.begin()
    after = some_steps()
    undo()
    play.begin()
    assert some_steps() == before, "the same seed gives the same run"
    assert after != before


def test_without_the_mask_it_reads_the_answer_and_the_test_tells(play):
    play.press("1. mask off")
    *_, last, best = play.rows()
    assert number(last[1]) < 0.2 < number(best[1]) and number(last[2]) > 2.5
    assert number(last[3]) < 0.6 * number(best[3]) and "reads the answer in the future" in play.status()
    assert not play.view.get_by_label("causal mask").is_checked()


def test_without_distances_the_lag_is_not_found(play):
    play.press("2. no bias")
    *_, last, best = play.rows()
    assert number(last[4]) < 0.2 and number(last[3]) < 0.6 * number(best[3])
    assert (
        "not how far apart they stand" in play.status() and play.view.get_by_label("causal mask").is_checked()
    )


def test_too_large_a_rate_learns_nothing(play):
    play.press("3. rate 1")
    *_, last, best = play.rows()
    assert number(last[2]) > 3 and number(last[3]) < 0.4 * number(best[3])
    assert "learned nothing" in play.status() and play.choice("learning rate").evaluate("e => e.value") == "1"


def test_the_taste_has_no_single_cause(play):
    play.choice("rule of the world").select_option("taste")
    play.begin()
    assert not play.choice("k").is_visible()
    play.press("Train")
    assert play.rows()[-2][4] == "–" and "The cause is event –" in play.drawn()[2]
    play.choice("rule of the world").select_option("copy the last")
    play.begin()


def test_the_keyboard_reaches_everything(play):
    play.choice("rule of the world").select_option("the companion, k back")
    play.begin()
    play.choice("rule of the world").focus()
    for name in (*CHOICES, *TICKS, *BUTTONS, "The numbers of this run"):
        said = play.page.evaluate(
            "(e => e.labels?.[0]?.textContent.trim() ?? e.textContent)(document.activeElement)"
        )
        assert said == name
        play.page.keyboard.press("Tab")
    play.button("Reset").focus()
    play.page.keyboard.press("Enter")
    play.begin()
    play.slow()
    play.button("Train").focus()
    play.page.keyboard.press("Enter")
    play.begin(20)
    play.page.keyboard.press("Enter")
    play.finish()
    play.slow(False)
    assert 20 <= play.step() < 400


@pytest.mark.parametrize("how", ["no Worker", "policy", "dies"])
def test_without_a_worker_it_trains_in_the_page(browser, how):
    made = Play(browser, body="")
    policy = '<meta http-equiv="Content-Security-Policy" content="worker-src \'none\'">'
    spoil = {
        "no Worker": "<script>delete window.Worker</script>",
        "policy": "",
        "dies": "<script>const W = window.Worker; window.Worker = class extends W { constructor() { super('data:text/javascript,throw 1'); } }</script>",
    }[how]
    html = PAGE.format(body=spoil + playground()._repr_html_())
    made.show(html.replace("<head>", "<head>" + policy) if how == "policy" else html)
    assert "After 400 steps" in made.status() and (how == "dies" or not made.page.workers)
    made.context.close()


def test_it_works_from_a_folder(browser, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(PAGE.format(body=playground()._repr_html_()), encoding="utf-8")
    made = Play(browser, body="")
    made.show(address=file.as_uri())
    assert "After 400 steps" in made.status() and len(made.page.workers) == 1 and not made.errors
    made.context.close()


def test_who_wants_no_motion_sees_the_end_alone(browser):
    made = Play(browser, reduced_motion="reduce")
    made.page.evaluate(
        """() => { window.seen = new Set();
          new MutationObserver(() => seen.add(document.querySelector(".sq-view svg")?.getAttribute("aria-label")))
            .observe(document.querySelector("figure"), { childList: true, subtree: true }); }"""
    )
    made.press("Train")
    assert made.page.evaluate("seen.size") <= 3 and made.step() == 400
    made.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits_and_is_photographed(browser, size, theme):
    body = playground(caption=HOSTILE["markup"] + HOSTILE["formula"])._repr_html_()
    if theme == "dark":
        body = f"<style>{DARK}</style><script>document.documentElement.dataset.theme='dark'</script>{body}"
    made = Play(browser, size, body)
    assert made.page.evaluate(TRACES) == {"hacked": None, "elements": [], "wide": 0}
    assert HOSTILE["markup"] in made.view.locator("figcaption").inner_text()
    assert made.view.bounding_box()["height"] < (700 if size == WIDE else 820)
    cut = made.view.evaluate(
        """view => [...view.querySelectorAll("svg")].flatMap((svg) => {
          const outer = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("text")].filter((t) => {
            const r = t.getBoundingClientRect();
            return r.left < outer.left - 1 || r.right > outer.right + 1 || r.top < outer.top - 1 || r.bottom > outer.bottom + 1;
          }).map((t) => t.textContent);
        })"""
    )
    assert not cut, f"letters that the frame cuts: {cut}"
    if AXE.is_file():
        made.page.evaluate(
            "document.querySelector('main').prepend(Object.assign(document.createElement('h1'), {textContent: 'page'}))"
        )
        assert not run_axe(made.page)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    made.view.screenshot(path=SCREENSHOTS / f"playground-{'wide' if size == WIDE else 'phone'}-{theme}.png")
    made.page.emulate_media(media="print")
    assert all(one.is_visible() for one in made.view.locator("svg").all())
    assert not made.button("Train").is_visible()
    assert not made.errors
    made.context.close()
