"""Hostile titles go through every view, figure and table as text, in a real browser."""

from __future__ import annotations

import base64

import pandas as pd
import pytest
import torch
from hostile import HOSTILE, PAGE, TRACES, titles

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.teaching.figures import by_distance, ladder, looked_at, table
from seqrec_lib.teaching.figures.tabs import Tabs
from seqrec_lib.teaching.widgets import attention_explorer, model_in_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def views():
    """Everything that shows a title, with hostile ones."""
    world = simulate("video", users=40, seed=0)
    split = leave_one_out(world, max_len=50)
    torch.manual_seed(0)
    model = build(recipe_settings("lstm-attention", world.n_items, dim=8))
    bad = titles(world.n_items)
    weights = torch.softmax(torch.randn(len(HOSTILE)), 0)
    kinds = list(HOSTILE.values())
    picture = looked_at(kinds, weights, weights.flip(0), HOSTILE["markup"])
    frame = pd.DataFrame({kind: [text, text] for kind, text in HOSTILE.items()})
    frame.columns = kinds
    starts = {text: list(range(1 + k, 12)) for k, text in enumerate(kinds)}
    names = {HOSTILE["markup"]: model, HOSTILE["script"]: model}
    shown = {
        "looked at": picture,
        "ladder": ladder([(text, 0.3, 0.2, 0.4) for text in kinds[:3]], ceiling=0.5, floor=0.1),
        "distance": by_distance({HOSTILE["markup"]: [0.1] * 20, HOSTILE["quotes"]: [0.2] * 20}),
        "tabs": Tabs(HOSTILE["quotes"], {text: picture for text in kinds}),
        "table": table(frame),
        "explorer": attention_explorer(names, split.test, bad, [0, 1], world),
        "model": model_in_page(model, bad, starts, notes=bad),
    }
    return shown


def opened(browser, body):
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.set_content(PAGE.format(body=body))
    return context, page, errors


@pytest.mark.parametrize("name", ["looked at", "ladder", "distance", "tabs", "table"])
def test_figures_and_tables_show_titles_as_text(browser, views, name):
    context, page, errors = opened(browser, views[name]._repr_html_())
    found = page.evaluate(TRACES)
    assert not errors and found["hacked"] is None and not found["elements"]
    assert "<img src=x onerror=" in page.locator("main").evaluate("e => e.textContent")
    context.close()


def test_the_explorer_shows_titles_as_text(browser, views):
    context, page, errors = opened(browser, views["explorer"]._repr_html_())
    page.locator("[data-ready]").wait_for(state="attached")
    for user in (0, 1):
        page.get_by_role("combobox", name="User").select_option(index=user)
        texts = page.locator(".sq-pick bdi").evaluate_all("all => all.map(e => e.textContent)")
        assert len(texts) > 10
        for kind in ("markup", "script", "right to left", "emoji", "long"):
            assert any(t.startswith(HOSTILE[kind]) for t in titles(200)[1:]), kind
        page.locator(".sq-pick").last.focus()
        for _ in range(len(texts)):
            page.keyboard.press("ArrowUp")
    seen = page.locator("main").evaluate("e => e.textContent")
    assert HOSTILE["markup"] in seen and HOSTILE["script"] in seen
    assert not errors and page.evaluate(TRACES) == {"hacked": None, "elements": [], "wide": 0}
    context.close()


def test_the_model_shows_titles_as_text_and_finds_them(browser, views):
    context, page, errors = opened(browser, views["model"]._repr_html_())
    page.get_by_role("button", name="Load the model").click()
    page.locator(".sq-editable").wait_for()
    kinds = list(HOSTILE)
    shown = page.locator(".sq-history tbody th bdi").evaluate_all("all => all.map(e => e.textContent)")
    assert shown[: len(kinds)] == list(HOSTILE.values())
    box = page.get_by_role("combobox", name="Add an item")
    for kind, letters in (
        ("markup", "<img"),
        ("right to left", "שלום"),
        ("emoji", "zoł"),
        ("long", "endless"),
    ):
        page.get_by_role("combobox", name="or start from").select_option(index=len(kinds) - 1)
        box.fill(letters)
        option = page.get_by_role("option").first
        text = option.locator("bdi").first.evaluate("e => e.textContent")
        assert text.startswith(HOSTILE[kind])
        option.click()
        assert page.locator(".sq-history tbody th bdi").last.evaluate("e => e.textContent") == text
        page.get_by_role("button", name="Remove what it looked at most").click()
    found = page.evaluate(TRACES)
    assert not errors and found["hacked"] is None and not found["elements"] and found["wide"] <= 1
    context.close()


AS_A_NOTEBOOK = """async ([code, data, payloads]) => {
  const module = await import('data:text/javascript;base64,' + code);
  const values = {data, payloads};
  const model = {get: (name) => values[name], set() {}, save_changes() {}, on() {}, off() {}};
  await module.default.render({model, el: document.querySelector('main')});
}"""


def test_a_notebook_draws_the_same_module(browser, views):
    """What anywidget does in Jupyter and Colab: import the module, give it a model, let it draw."""
    pytest.importorskip("anywidget")
    for name in ("explorer", "model"):
        widget = views[name].widget()
        context, page, errors = opened(browser, f"<style>{widget._css}</style>")
        code = base64.b64encode(widget._esm.encode()).decode()
        page.evaluate(AS_A_NOTEBOOK, [code, widget.data, widget.payloads])
        if name == "model":
            page.get_by_role("button", name="Load the model").click()
            page.locator(".sq-editable").wait_for()
            assert page.locator(".sq-ranking tbody tr").count() == 10
        else:
            page.locator(".sq-pick").first.focus()
            assert "Step 1," in page.locator(".sq-status").inner_text()
        found = page.evaluate(TRACES)
        assert not errors and found["hacked"] is None and not found["elements"]
        context.close()


def test_the_traces_notice_what_they_look_for(browser):
    """The fault on purpose: the same title written as markup leaves a trace."""
    context, page, _ = opened(browser, f"<p>{HOSTILE['markup']}</p>")
    page.wait_for_function("window.hacked")
    found = page.evaluate(TRACES)
    assert found["hacked"] == "img" and found["elements"]
    context.close()
