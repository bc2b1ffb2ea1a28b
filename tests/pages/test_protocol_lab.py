"""The protocol lab in a real browser: every control changes the figure, by mouse, by keyboard, with a kernel."""

from __future__ import annotations

import json

import pytest
from grid_rows import made_up  # noqa: E402
from hostile import HOSTILE, PAGE, TRACES
from rendered import SCREENSHOTS, has_own_mathjax, soup
from shapes import switch
from visit import PHONE, WIDE, Visit

from seqrec_lib.teaching.widgets import bundle, protocol_lab  # noqa: E402

pytestmark = pytest.mark.browser

CHAPTER = "book/03_evaluation.html"
CHOICES = ("data", "split", "ranked against", "n", "seen items", "ties", "metric")


class Lab:
    """The lab on a page: what it shows, and its controls by their names."""

    def __init__(self, page):
        self.page = page
        self.view = page.locator(".sq-view", has=page.get_by_text("The protocol lab", exact=True))
        self.view.locator("svg").wait_for(state="attached")

    def choice(self, name):
        return self.view.get_by_role("combobox", name=name, exact=True)

    def choose(self, name, option):
        self.choice(name).select_option(option)

    def options(self, name):
        return self.choice(name).locator("option").all_inner_texts()

    def rows(self):
        """``[label, mean, low, high]`` of each bar, best first, from the table behind the figure."""
        return self.view.locator("figure tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )

    def figures(self):
        return [float(row[1].replace("−", "-")) for row in self.rows()]

    def status(self):
        return self.view.locator(".sq-status").inner_text()


def opened(browser, lab, size=WIDE):
    """The made-up lab on a page of its own."""
    context = browser.new_context(viewport=size)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.set_content(PAGE.format(body=lab._repr_html_()))
    return Lab(page), page, errors


@pytest.fixture
def made(browser):
    lab, page, errors = opened(browser, protocol_lab(made_up()))
    yield lab
    assert not errors
    page.context.close()


def expected(results, data="world:video", split="leave-one-out", **chosen):
    """Figures of the grid under a protocol, best first."""
    place, axes = 0, next(r["axes"] for r in results.rows if r["split"] == split)
    for axis, values in axes.items():
        place = place * len(values) + values.index(chosen.get(axis, values[0]))
    cells = [r["grid"][place][0] for r in results.rows if (r["data"]["name"], r["split"]) == (data, split)]
    return sorted((round(cell / 1e4, 3) for cell in cells), reverse=True)


def test_it_starts_with_the_full_ranking(made):
    assert made.figures() == expected(made_up())
    assert "No two models change places" in made.status()
    assert not made.choice("n").is_visible(), "n means nothing while all items are ranked"
    assert [row[0].split(" · ")[0] for row in made.rows()] == ["1. SASRec", "2. GRU4Rec", "3. popularity"]


@pytest.mark.parametrize("name", CHOICES)
def test_every_control_changes_the_figure(made, name):
    if name == "n":
        made.choose("ranked against", "n drawn uniformly")
    for option in made.options(name)[1:]:
        before, picture = made.figures(), made.view.locator("svg").first.inner_html()
        made.choose(name, option)
        assert made.figures() != before and made.view.locator("svg").first.inner_html() != picture, option


def test_the_figures_are_those_of_the_grid(made):
    made.choose("data", "ml-100k")
    made.choose("split", "one moment for all")
    made.choose("ranked against", "n drawn by popularity")
    made.choose("n", "100")
    made.choose("seen items", "in the ranking")
    made.choose("ties", "for the model")
    assert made.options("metric") == ["HR@10", "NDCG@10"], "this set has no MRR"
    made.choose("metric", "NDCG@10")
    rules = dict(rivals="popularity-100", seen="in", ties="for", metric="NDCG@10")
    assert made.figures() == expected(made_up(), "ml-100k", "global moment", **rules)
    low, high = (float(text) for text in made.rows()[0][2:4])
    assert low < made.figures()[0] < high


def test_it_says_who_changed_places_and_whether_that_is_clear(made):
    made.choose("ranked against", "n drawn uniformly")
    labels = [row[0] for row in made.rows()]
    assert labels == ["1. SASRec", "2. popularity · was 3", "3. GRU4Rec · was 2"]
    assert "1 of 3 pairs of models change places, 1 of them clearly" in made.status()
    assert "In full GRU4Rec is clearly above popularity; here popularity is clearly above" in made.status()
    made.view.get_by_role("button", name="Back to the full ranking").click()
    assert "No two models change places" in made.status() and made.figures() == expected(made_up())


def test_what_is_not_clear_is_not_called_clear(browser):
    results = made_up()
    for row in results.rows:
        row["above"] = "0" * len(row["above"])
    lab, page, errors = opened(browser, protocol_lab(results))
    lab.choose("ranked against", "n drawn uniformly")
    assert "0 of them clearly" in lab.status() and "In full" not in lab.status()
    assert "level with 2" in lab.rows()[0][0] and not errors
    page.context.close()


def test_the_keyboard_reaches_and_moves_every_control(made):
    page = made.page
    made.choose("ranked against", "n drawn uniformly")
    made.choice("data").focus()
    for name in CHOICES:
        here = made.choice(name)
        assert here.evaluate("e => e === document.activeElement"), f"Tab did not reach {name}"
        before = made.figures()
        page.keyboard.press("ArrowUp" if name == "ranked against" else "ArrowDown")
        if name == "ranked against":  # back to all items, which hides n, and then down again
            assert not made.choice("n").is_visible()
            page.keyboard.press("ArrowDown")
        else:
            assert made.figures() != before, name
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Back to the full ranking"
    page.keyboard.press("Enter")
    assert "No two models change places" in made.status()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert made.view.locator("details").evaluate("e => e.open"), "the table opens by keyboard"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_hostile_names_stay_text(browser, size):
    names = tuple(HOSTILE.values())
    lab, page, errors = opened(
        browser, protocol_lab(made_up(names, (HOSTILE["markup"], HOSTILE["script"]))), size
    )
    for option in lab.options("data"):
        lab.choose("data", option)
        for rivals in lab.options("ranked against"):
            lab.choose("ranked against", rivals)
    seen = page.locator("main").evaluate("e => e.textContent")
    for kind in ("markup", "script", "formula", "template", "entities"):
        assert HOSTILE[kind][:40] in seen, kind
    assert not errors and page.evaluate(TRACES) == {"hacked": None, "elements": [], "wide": 0}
    page.context.close()


KERNEL = """async ([code, data]) => {
  const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  window.asked = [];
  const listeners = [];
  const figures = (n) => [n / 1000, n / 1000 - 0.001, n / 1000 + 0.001];
  const side = (n) => ({
    models: [{ name: "a", kind: "model", figures: figures(n) }, { name: "b", kind: "floor", figures: figures(90) }],
    above: ["0+", "-0"],
  });
  const model = {
    get: (name) => ({ data, answers: true, payloads: {} })[name],
    on: (type, listener) => { if (type === "msg:custom") listeners.push(listener); },
    send: ({ number, question }) => {
      window.asked.push(question);
      const said = question.n === 13 ? { error: "ValueError: 13 <b>" } : { answer: { here: side(question.n), full: side(100) } };
      setTimeout(() => listeners.forEach((listener) => listener({ number, ...said })), question.n === 50 ? 300 : 5);
    },
  };
  await module.default.render({ model, el: document.querySelector("main") });
}"""


def test_with_a_kernel_it_asks_and_shows_the_answer(browser):
    context = browser.new_context()
    page = context.new_page()
    page.set_content(PAGE.format(body=""))
    data = json.loads(protocol_lab(made_up()).json) | {"live": {"name": "live models"}}
    page.evaluate(KERNEL, [bundle.module("protocol_lab"), data])
    lab = Lab(page)
    assert lab.options("data")[-1] == "live models" and page.evaluate("asked.length") == 0
    lab.choose("data", "live models")
    page.wait_for_function("asked.length === 1")
    lab.choose("ranked against", "n drawn uniformly")
    slider = lab.view.get_by_role("slider", name="n", exact=False)
    assert not lab.choice("split").is_visible() and slider.is_visible()

    def put(n):
        slider.evaluate("(e, n) => { e.value = n; e.dispatchEvent(new Event('input')); }", n)

    put(50)
    page.wait_for_function("asked.at(-1).n === 50")
    put(321)
    page.wait_for_function("asked.at(-1).n === 321")
    page.wait_for_timeout(500)
    assert lab.figures() == [0.321, 0.09], "a late answer to an old question is not shown"
    assert page.evaluate("asked.at(-1)") == {
        **{"rivals": "uniform", "n": 321, "k": 10, "seen": "out", "ties": "expectation", "metric": "HR"}
    }
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("asked.at(-1).n === 320")
    put(13)
    page.wait_for_function("document.querySelector('.sq-status').textContent.includes('13 <b>')")
    assert "could not answer" in lab.status()
    context.close()


def on_page():
    """What the chapter's lab was given."""
    for holder in soup(CHAPTER).select("script[type='application/json'][id^=view-]"):
        data = json.loads(holder.string)
        if "sets" in data:
            return data
    pytest.fail(f"{CHAPTER} has no protocol lab")


def test_the_page_has_the_committed_grid_and_needs_no_other_host(browser, server):
    data = on_page()
    assert {one["data"] for one in data["sets"]} >= {"world:video", "ml-100k"}
    with Visit(browser, server, CHAPTER) as visit:
        lab = Lab(visit.tab)
        assert len(lab.rows()) == len(data["sets"][0]["models"])
        full = lab.figures()
        lab.choose("ranked against", "n drawn uniformly")
        lab.choose("n", "100")
        lab.choose("metric", "HR@10")
        assert min(lab.figures()) > min(full)
        assert data["live"]["name"] not in lab.options("data"), "without a kernel nothing can be asked"
        outside = [url for url in visit.outside if has_own_mathjax() or "/mathjax@" not in url]
        assert not outside and not visit.own_errors()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_lab_is_photographed_in_both_themes(browser, server, size):
    with Visit(browser, server, CHAPTER, size) as visit:
        lab = Lab(visit.tab)
        lab.choose("ranked against", "n drawn uniformly")
        lab.view.scroll_into_view_if_needed()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for theme in ("light", "dark"):
            switch(visit.tab, theme)
            inside = lab.view.evaluate("e => e.scrollWidth - e.clientWidth")
            assert inside <= 1, f"the lab is {inside} pixels too wide for its frame"
            file = SCREENSHOTS / f"protocol_lab-{'wide' if size == WIDE else 'phone'}-{theme}.png"
            lab.view.screenshot(path=file)
            assert file.stat().st_size > 5_000
