"""The explorer and the model in the page, as chapter 1 shows them: by mouse, by keyboard, against PyTorch."""

from __future__ import annotations

import json
import random
from functools import lru_cache

import pytest
import report
import torch
from reading import OUT_OF_VIEW
from rendered import HTML, soup
from visit import Visit

from seqrec_lib.data.batch import Batch
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.teaching.widgets import bundle
from seqrec_lib.teaching.widgets.next_items import unpack_weights

pytestmark = pytest.mark.browser

PAGE = "book/01_first_recommender.html"
MODULES = ("views/lstm_attention.js", "views/ranking.js")
LIMIT = 1_000_000  # bytes of weights and code together


@lru_cache(maxsize=2)
def place(name):
    """Return the element of the view that holds ``name`` in its data, and these data."""
    for holder in soup(PAGE).select("script[type='application/json'][id^=view-]"):
        data = json.loads(holder.string)
        if name in data:
            return holder["id"].removesuffix("-data"), data
    pytest.fail(f"{PAGE} has no view with {name}")


def payload_file():
    return HTML / "_static" / "payloads" / f"{place('layout')[0]}-weights.js"


@pytest.fixture(scope="module")
def trained():
    """The model of the chapter as PyTorch has it, from the weights that were published."""
    _, data = place("layout")
    text = payload_file().read_text(encoding="utf-8").split('"')[3]
    s = data["settings"]
    model = build(
        recipe_settings(
            "lstm-attention", s["items"], dim=s["dim"], heads=s["heads"], max_len=s["max_len"], dropout=0.0
        )
    )
    model.load_state_dict(unpack_weights(data["layout"], text))
    return model.eval()


def histories(n_items, max_len, count=100):
    """Return ``count`` padded histories: some of one item, some full, some with much padding, repeats too."""
    generator = random.Random(7)
    lengths = [1, 2, max_len, max_len - 1, *(generator.randint(1, max_len) for _ in range(count - 4))]
    rows = [[generator.randint(1, n_items) for _ in range(length)] for length in lengths]
    widths = [generator.choice([length, max_len]) for length in lengths]
    return [row + [0] * (width - len(row)) for row, width in zip(rows, widths, strict=True)], lengths


@torch.no_grad()
def by_torch(model, rows, lengths):
    """Return scores ``(N, V+1)`` and last rows of weights, from one padded batch."""
    width = max(lengths)
    items = torch.tensor([(row + [0] * width)[:width] for row in rows])
    batch = Batch(items=items, lengths=torch.tensor(lengths))
    weights = model.attention_weights(batch)[torch.arange(len(rows)), :, torch.tensor(lengths) - 1]
    return model.score(batch), weights  # (N, V+1), (N, H, T)


def test_the_page_computes_what_pytorch_computes(browser, server, trained):
    _, data = place("layout")
    rows, lengths = histories(trained.settings.n_items, trained.settings.max_len)
    assert len(rows) == 100 and any(len(r) > n for r, n in zip(rows, lengths, strict=True))
    scores, weights = by_torch(trained, rows, lengths)
    code = bundle.library(*MODULES).replace("export default {", "window.lib = {")
    with Visit(browser, server, PAGE) as visit:
        visit.tab.add_script_tag(path=payload_file())
        visit.tab.add_script_tag(content=code, type="module")
        visit.tab.wait_for_function("window.lib")
        found, each = visit.tab.evaluate(
            """([settings, layout, rows, lengths]) => {
              const model = new lib.LstmAttention(settings, lib.unpack(layout, Object.values(seqrecPayloads)[0]));
              const begin = performance.now();
              const found = rows.map((row, i) => model.run(row, lengths[i]));
              const each = (performance.now() - begin) / rows.length;
              return [found.map((f) => [[...f.scores].slice(1), f.weights]), each];
            }""",
            [data["settings"], data["layout"], rows, lengths],
        )
    mine = torch.tensor([f[0] for f in found])
    worst = float((mine - scores[:, 1:]).abs().max())
    look = max(
        float((torch.tensor(f[1]) - weights[i, :, : lengths[i]]).abs().max()) for i, f in enumerate(found)
    )
    report.MODEL.update(
        histories_compared=len(rows),
        largest_difference_of_a_score=f"{worst:.1e}",
        largest_difference_of_a_weight=f"{look:.1e}",
        one_forward_pass_ms=round(each, 2),
    )
    assert worst <= 1e-4 and look <= 1e-5
    assert float((scores[:, 1:].std(1)).min()) > 0.01, "scores that are all alike would prove nothing"


def test_the_comparison_would_notice_a_wrong_weight(browser, server, trained):
    rows, lengths = histories(trained.settings.n_items, trained.settings.max_len, 8)
    right, _ = by_torch(trained, rows, lengths)
    with torch.no_grad():
        trained.attention.distance[0, 5] += 0.05
    wrong, _ = by_torch(trained, rows, lengths)
    with torch.no_grad():
        trained.attention.distance[0, 5] -= 0.05
    assert float((right[:, 1:] - wrong[:, 1:]).abs().max()) > 1e-4


def test_weights_and_code_are_small():
    weights = payload_file().stat().st_size
    code = len(bundle.inline("next_items", "x").encode())
    report.MODEL.update(weights_kB=round(weights / 1000), code_kB=round(code / 1000))
    assert weights + code <= LIMIT


def opened(visit):
    """Load the model by keyboard; return the view."""
    view = visit.tab.locator(f"#{place('layout')[0]}")
    button = view.get_by_role("button", name="Load the model")
    button.focus()
    visit.tab.keyboard.press("Enter")
    view.locator(".sq-editable").wait_for()
    return view


def answers(view):
    rows = view.locator(".sq-ranking tbody tr")
    return [int(rows.nth(i).get_attribute("data-item")) for i in range(rows.count())]


def history(view):
    return view.locator(".sq-history tbody th").all_inner_texts()


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_the_model_is_loaded_only_when_asked(browser, server, scheme, trained):
    address = server if scheme == "http" else f"file://{HTML}"
    asked = []
    with Visit(browser, address, PAGE) as visit:
        visit.tab.on("request", lambda r: asked.append(r.url))
        view = visit.tab.locator(f"#{place('layout')[0]}")
        view.scroll_into_view_if_needed()
        first = place("layout")[1]["starts"][0]["items"]
        scores, weights = by_torch(trained, [first], [len(first)])
        scores[0, first] = -torch.inf
        wanted = scores[0].topk(10).indices.tolist()
        assert answers(view) == wanted, "its first answer is there before any click"
        before = view.locator(".sq-history tbody td:nth-child(2)").all_inner_texts()
        torch.testing.assert_close(
            torch.tensor([float(t) for t in before]), weights[0].mean(0), atol=0.006, rtol=0
        )
        assert view.locator(".sq-editable").count() == 0 and not asked
        assert not view.get_by_role("button", name="Undo").is_visible()
        removal = view.locator(".sq-history tbody td:nth-child(3)").all_inner_texts()
        clock = visit.tab.evaluate("performance.now()")
        opened(visit)
        taken = visit.tab.evaluate("performance.now()") - clock
        assert [url.rsplit("/", 1)[-1] for url in asked] == [payload_file().name]
        assert not visit.outside and not visit.own_errors()
        report.MODEL[f"load_over_{scheme}_ms"] = round(taken)
        assert answers(view) == wanted, "and the page works out the same"
        assert view.locator(".sq-history tbody td:nth-child(2)").all_inner_texts() == before
        assert view.locator(".sq-history tbody td:nth-child(3)").all_inner_texts() == removal


def test_a_history_is_made_by_keyboard(browser, server, trained):
    _, data = place("layout")
    with Visit(browser, server, PAGE) as visit:
        view, keys = opened(visit), visit.tab.keyboard
        before, list_before = history(view), answers(view)
        box = view.get_by_role("combobox", name="Add an item")
        at = visit.tab.evaluate("document.activeElement.textContent")
        assert "Remove what it looked at most" in at, "the focus is on a button: no keyboard opens on a phone"
        for _ in range(3):  # the other actions, as far as they can be pressed, and then the box
            if box.evaluate("e => e === document.activeElement"):
                break
            keys.press("Tab")
        assert box.evaluate("e => e === document.activeElement"), "Tab reaches the box"
        unused = next(i for i, t in enumerate(data["titles"]) if i and t not in before)
        keys.type(data["titles"][unused])
        keys.press("ArrowDown")
        keys.press("Enter")
        assert history(view) == [*before, data["titles"][unused]]
        now = [data["titles"].index(t) for t in history(view)]
        scores, weights = by_torch(trained, [now], [len(now)])
        scores[0, now] = -torch.inf
        assert answers(view) == scores[0].topk(10).indices.tolist() and data["titles"][unused] not in answers(
            view
        )
        shown = [float(t) for t in view.locator(".sq-history tbody td:nth-child(2)").all_inner_texts()]
        torch.testing.assert_close(torch.tensor(shown), weights[0, 0], atol=0.006, rtol=0)
        report.MODEL["one_change_ms"] = float(view.locator(".sq-view").get_attribute("data-milliseconds"))
        view.get_by_role("button", name="Undo").focus()
        keys.press("Enter")
        assert history(view) == before and answers(view) == list_before


def test_a_swap_and_a_removal_show_the_counterfactual(browser, server, trained):
    _, data = place("layout")
    with Visit(browser, server, PAGE) as visit:
        view = opened(visit)
        items = [data["titles"].index(t) for t in history(view)]
        first = answers(view)[0]
        view.get_by_role("button", name="Swap the last two").click()
        swapped = [*items[:-2], items[-1], items[-2]]
        assert [data["titles"].index(t) for t in history(view)] == swapped
        assert "You moved" in view.locator(".sq-status").inner_text()

        # what the column says beside the attention is what PyTorch finds without that item
        def share(row, of):
            scores, _ = by_torch(trained, [row], [len(row)])
            kept = scores[0, [i for i in range(1, scores.shape[1]) if i not in swapped]]
            return float((scores[0, of] - kept.logsumexp(0)).exp())

        first = answers(view)[0]
        shown = view.locator(".sq-history tbody td:nth-child(3)").all_inner_texts()
        shown = [float(t.replace("−", "-").replace("+", "")) for t in shown]
        for j, points in enumerate(shown):
            rest = swapped[:j] + swapped[j + 1 :]
            assert points == pytest.approx(100 * (share(rest, first) - share(swapped, first)), abs=0.06)
        assert max(map(abs, shown)) > 0.1, "a column of zeros would teach nothing"

        weights = [float(t) for t in view.locator(".sq-history tbody td:nth-child(2)").all_inner_texts()]
        _, exact = by_torch(trained, [swapped], [len(swapped)])
        most = int(exact[0, 0].argmax())
        view.get_by_role("button", name="Remove what it looked at most").click()
        assert [data["titles"].index(t) for t in history(view)] == swapped[:most] + swapped[most + 1 :]
        said = view.locator(".sq-status").inner_text()
        assert (
            data["titles"][swapped[most]] in said and f"{weights[most]:.2f}" in said and "of the ten" in said
        )
        change = view.locator(".sq-ranking tbody td:nth-child(3)").all_inner_texts()
        assert any(t[0] in "▲▼" for t in change) and all(t == "–" or t.split()[1].isdigit() for t in change)


def test_each_row_can_be_moved_and_removed_and_nothing_can_be_lost(browser, server):
    with Visit(browser, server, PAGE) as visit:
        view = opened(visit)
        before = history(view)
        view.locator("[data-kind=down]").first.click()
        assert history(view)[:2] == before[1::-1]
        assert visit.tab.evaluate("document.activeElement.dataset.kind") == "down", "the focus stays at hand"
        for _ in before:
            view.locator("[data-kind=remove]").first.focus()
            visit.tab.keyboard.press("Enter")
        assert history(view) == [] and "empty" in view.inner_text()
        assert visit.tab.evaluate("document.activeElement.textContent") == "Undo", "and in no text box"
        view.get_by_role("button", name="Undo").click()
        assert len(history(view)) == 1 and len(answers(view)) == 10
        assert not visit.own_errors()


def explorer(visit):
    return visit.tab.locator(f"#{place('users')[0]}")


def test_the_explorer_by_keyboard(browser, server):
    with Visit(browser, server, PAGE) as visit:
        view, tab = explorer(visit), visit.tab
        picks = view.locator(".sq-pick")
        assert picks.count() == len(place("users")[1]["users"][0]["titles"])
        view.get_by_role("button", name="later step").focus()
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "sq-pick", "one Tab reaches the items"
        for key, step in (("Home", 0), ("ArrowDown", 1), ("ArrowDown", 2), ("End", picks.count() - 1)):
            tab.keyboard.press(key)
            assert view.locator(".sq-pick[aria-pressed=true]").inner_text() == picks.nth(step).inner_text()
            assert f"Step {step + 1}," in view.locator(".sq-status").inner_text()
            numbers = view.locator("tbody tr").nth(step + 1).locator("td").first.inner_text()
            assert step + 1 == picks.count() or numbers == "–", "nothing later is looked at"
        tab.keyboard.press("Shift+Tab")
        tab.keyboard.press("Shift+Tab")
        assert "earlier step" in tab.evaluate("document.activeElement.textContent")
        for back in (1, 2, 3):  # the focus stays on the button: one press a step
            tab.keyboard.press("Enter")
            assert f"Step {picks.count() - back}," in view.locator(".sq-status").inner_text()
            assert "earlier step" in tab.evaluate("document.activeElement.textContent")
        for _ in range(picks.count()):
            tab.keyboard.press("Enter")
        assert "Step 1," in view.locator(".sq-status").inner_text(), "it stops at the first"
        assert tab.evaluate(OUT_OF_VIEW) == []
        tab.keyboard.press("Tab")
        tab.keyboard.press("Tab")
        assert view.locator(".sq-pick").first.evaluate("one => one === document.activeElement")


def test_the_explorer_by_mouse_and_its_numbers(browser, server):
    _, data = place("users")
    with Visit(browser, server, PAGE) as visit:
        view = explorer(visit)
        row = view.locator("tbody tr").nth(7)
        row.scroll_into_view_if_needed()
        row.hover()
        assert "Step 8," in view.locator(".sq-status").inner_text()
        weights = [float(t) for t in view.locator("tbody tr td:nth-child(2)").all_inner_texts()[:8]]
        assert sum(weights) == pytest.approx(1, abs=0.05)
        visit.tab.mouse.move(0, 0)
        view.get_by_role("combobox", name="User").select_option(index=1)
        titles = data["users"][1]["titles"]
        assert view.locator(".sq-pick").all_inner_texts() == titles
        cause = [pair for pair in data["users"][1]["causes"][-1] if pair[1] > 0.9]
        assert cause, "these users were chosen for a clear cause"
        marked = view.locator("tr.sq-cause .sq-pick").all_inner_texts()
        assert titles[cause[0][0]] in marked
        assert data["users"][1]["next"] in view.locator("tbody tr").last.inner_text()


def test_the_explorer_compares_two_models(browser, server):
    _, data = place("users")
    with Visit(browser, server, PAGE) as visit:
        view = explorer(visit)
        columns = lambda: view.locator("thead th").all_inner_texts()  # noqa: E731
        names = [model["name"] for model in data["models"]]
        assert len(names) >= 2 and columns()[1:3] == names[:2]
        view.get_by_role("combobox", name="Compare with").select_option(index=0)
        assert len(columns()) == 3
        said = view.locator(".sq-status").inner_text()
        view.get_by_role("combobox", name="Model").select_option(index=1)
        assert columns()[1] == names[1] and view.locator(".sq-status").inner_text() != said
