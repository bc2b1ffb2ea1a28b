"""Views before any browser: joined modules, data that cannot become markup, packed numbers, widgets."""

import json
import re
from dataclasses import replace

import pytest
import torch

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.batch import Batch
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.teaching.widgets import View, attention_explorer, bundle, calibration_lab
from seqrec_lib.teaching.widgets import scripts as sources
from seqrec_lib.teaching.widgets.explorer import all_weights, causes_by_step
from seqrec_lib.teaching.widgets.next_items import first_answer
from seqrec_lib.teaching.widgets.packing import lower_triangle, pack_floats, pack_shares, unpack_floats

HOSTILE = '</script><img src=x onerror="alert(1)"> & \u2028 \u202eright to left 🎬 \ud800 ' + "long " * 100


@pytest.fixture(scope="module")
def small():
    world = simulate("video", users=60, seed=0)
    split = leave_one_out(world, max_len=50)
    torch.manual_seed(0)
    model = build(recipe_settings("lstm-attention", world.n_items, dim=8))
    torch.nn.init.normal_(model.attention.distance)
    deep = build(recipe_settings("sasrec", world.n_items, dim=8, heads=2, max_len=50))
    return world, split, model, deep


def write(monkeypatch, tmp_path, files):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(bundle, "read", lambda name: (tmp_path / name).read_text(encoding="utf-8"))


def test_imports_and_exports_become_functions_in_order(monkeypatch, tmp_path):
    files = {
        "views/a.js": 'import { one, two as second } from "../toolkit/b.js";\nexport default one + second;\n',
        "toolkit/b.js": "/** said */\nexport const one = 1;\nexport async function two() {}\n// said\n",
    }
    write(monkeypatch, tmp_path, files)
    code = bundle.module.__wrapped__("a")
    assert code.index("m_toolkit_b") < code.index("m_views_a")
    assert "const { one, two: second } = m_toolkit_b;" in code and "return { one, two };" in code
    assert "said" not in code and code.rstrip().endswith("export default m_views_a.standard;")


@pytest.mark.parametrize(
    "text, said",
    [
        ('import x from "../toolkit/b.js";\nexport default 1;', "does not know"),
        ('import { x } from "https://cdn.example/x.js";\nexport default 1;', "does not know"),
        ("export { x };\nexport default 1;", "does not know"),
        ("const x = 1;", "no default export"),
        ('import { x } from "./a.js";\nexport default 1;', "in a ring"),
        ('export default "</scr" + "</script>";', "inline script"),
    ],
)
def test_a_form_that_is_not_known_is_an_error(monkeypatch, tmp_path, text, said):
    write(monkeypatch, tmp_path, {"views/a.js": text, "toolkit/b.js": "export const x = 1;\n"})
    with pytest.raises(ValueError, match=said):
        bundle.module.__wrapped__("a")


SCRIPTS = sorted(p for folder in sources.FOLDERS for p in (sources.assets() / folder).glob("*.js"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_no_script_makes_markup_or_asks_a_network(path):
    code = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    banned = r"\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    banned += r"|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|https?://(?!www\.w3\.org/2000/svg)"
    assert not re.findall(banned, code)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 200


def test_every_file_of_the_toolkit_is_described():
    said = sources.read("toolkit/README.md")
    for path in SCRIPTS:
        if path.parent.name == "toolkit":
            assert f"`{path.name}`" in said
            for name in re.findall(r"^export (?:async )?function (\w+)", path.read_text("utf-8"), re.M):
                assert name in said or path.name in ("axes.js", "data.js"), f"{name} of {path.name}"


def test_data_cannot_end_their_element():
    page = View("attention_explorer", "Try it", {"title": HOSTILE})._repr_html_()
    held = re.search(r'<script type="application/json" id="[^"]*">(.*?)</script>', page, re.S)[1]
    assert json.loads(held) == {"title": HOSTILE}
    assert "<img" not in page and "\u2028" not in page
    page.encode("utf-8")


def test_a_label_cannot_become_markup():
    page = View("attention_explorer", HOSTILE.replace("\ud800", ""), {})._repr_html_()
    assert "<img" not in page and page.count("</script>") == 2


def test_a_view_needs_words_json_and_plain_payloads():
    with pytest.raises(ValueError, match="label is empty"):
        View("attention_explorer", " ", {})
    with pytest.raises(ValueError, match="JSON|not JSON compliant"):
        View("attention_explorer", "x", {"value": float("nan")})
    with pytest.raises(ValueError, match="base64"):
        View("attention_explorer", "x", {}, {"w": "</script>"})


def test_two_views_share_no_id():
    ids = [View("attention_explorer", "x", {"n": n}).id for n in (1, 2, 1)]
    assert ids[0] == ids[2] != ids[1]


def test_the_book_gets_the_static_form_and_a_kernel_a_widget(monkeypatch):
    anywidget = pytest.importorskip("anywidget")
    shown = View("attention_explorer", "x", {"n": 1}, {"w": "abcd"})
    monkeypatch.setenv("SEQREC_STATIC_PAGE", "1")
    assert set(shown._repr_mimebundle_()) == {"text/html", "text/plain"}
    monkeypatch.delenv("SEQREC_STATIC_PAGE")
    bundle_, _ = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle_ and "text/html" in bundle_
    widget = shown.widget()
    assert isinstance(widget, anywidget.AnyWidget)
    assert widget.data == {"n": 1} and widget.payloads == {"w": "abcd"}
    assert widget._esm == bundle.module("attention_explorer") and "export default" in widget._esm


def test_without_anywidget_the_static_form_is_shown(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "anywidget", None)
    monkeypatch.delenv("SEQREC_STATIC_PAGE", raising=False)
    assert set(View("attention_explorer", "x", {})._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_packed_numbers_come_back():
    values = torch.randn(7, 3)
    torch.testing.assert_close(unpack_floats(pack_floats(values)).view(7, 3), values, atol=0, rtol=0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        pack_shares(torch.tensor([1.5]))
    with pytest.raises(ValueError, match="finite"):
        pack_floats(torch.tensor([float("inf")]))
    grid = torch.arange(9.0).view(3, 3)
    assert lower_triangle(grid).tolist() == [0, 3, 4, 6, 7, 8]


def test_causes_of_each_step_are_the_worlds(small):
    world, split, *_ = small
    one = split.test.rows(torch.tensor([3]))
    batch = one.batch.trim()
    steps = int(batch.lengths[0])
    found = causes_by_step(world, batch, one.target)
    assert len(found) == steps
    for t in (1, steps // 2, steps - 1):
        prefix = replace(batch.trim(t + 1), lengths=torch.tensor([t + 1]))
        prefix.query_time = batch.request_times()[:, t]
        following = one.target if t == steps - 1 else batch.items[:, t + 1]
        row = world.cause_posterior(prefix, following)[0, :-1]
        assert dict(found[t]) == {j: round(float(v), 3) for j, v in enumerate(row) if v >= 0.05}
    assert any(found) and all(j <= t for t, pairs in enumerate(found) for j, _ in pairs)


def test_the_explorer_holds_the_models_own_weights(small):
    world, split, model, deep = small
    shown = attention_explorer({"LSTM": model, "SASRec": deep}, split.test, world.titles, [0, 2], world)
    assert [(m["layers"], m["heads"]) for m in shown.data["models"]] == [(1, 1), (2, 2)]
    batch = split.test.rows(torch.tensor([2])).batch.trim()
    for network, held in zip((model, deep), shown.data["models"], strict=True):
        weights = all_weights(network, batch)
        assert held["weights"][1] == pack_shares(lower_triangle(weights))
        torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:-1]))
    assert len(shown._repr_html_()) < 80_000


class Attention:
    """What the explorer may know of a model: two layers of three heads."""

    layers = 2

    def attention_weights(self, batch, layer=-1):
        steps = batch.items.shape[1]
        weights = torch.tril(torch.rand(3, steps, steps, generator=torch.Generator().manual_seed(layer)))
        return (weights / weights.sum(-1, keepdim=True))[None]


def test_the_explorer_needs_the_protocol_alone(small):
    world, split, *_ = small
    (held,) = attention_explorer({"any": Attention()}, split.test, world.titles, [1]).data["models"]
    assert (held["layers"], held["heads"]) == (2, 3)


def test_the_explorer_gives_a_model_its_mode_back(small):
    world, split, model, _ = small
    one = split.test.rows(torch.tensor([0])).batch.trim()
    for training in (True, False):
        model.train(training)
        model.encoder.eval()
        all_weights(model, one)
        assert model.training is training and not model.encoder.training
    model.eval()


def test_the_explorer_says_what_it_lacks(small):
    world, split, *_ = small
    plain = build(recipe_settings("gru4rec", world.n_items, dim=8))
    with pytest.raises(ValueError, match="GRU has no attention"):
        attention_explorer({"GRU": plain}, split.test, world.titles, [0])
    with pytest.raises(ValueError, match="at least one"):
        attention_explorer({}, split.test, world.titles, [0])


def test_a_caption_stands_under_the_static_form_and_travels_with_the_widget(monkeypatch):
    shown = View("attention_explorer", "x", {"n": 1}).caption("1.9", "<b> and `code`, {x:.1f}", x=2)
    page = shown._repr_html_()
    assert page.startswith('<figure class="view">') and page.endswith("</figcaption></figure>")
    assert "<strong>Figure 1.9.</strong> &lt;b&gt; and <code>code</code>, 2.0" in page
    assert "<figcaption" not in View("attention_explorer", "x", {"n": 1})._repr_html_()
    pytest.importorskip("anywidget")
    assert shown.widget().caption == ["Figure 1.9.", "<b> and `code`, 2.0"]


@pytest.mark.parametrize("repeats", [False, True])
def test_the_first_answer_is_the_models_own(small, repeats):
    world, _, model, _ = small
    history = [5, 9, 5, 2] if repeats else [5, 9, 7, 2]
    found = first_answer(model, torch.tensor(history), repeats)

    def share(read):  # of all items, the history's left out unless they may come again
        scores = model.score(Batch(items=torch.tensor([read]), lengths=torch.tensor([len(read)])))[0].detach()
        allowed = [i for i in range(1, world.n_items + 1) if repeats or i not in history]
        kept = scores[allowed].double().softmax(0)
        return dict(zip(allowed, kept.tolist(), strict=True))

    model.eval()
    shares = share(history)
    best = sorted(shares, key=shares.get, reverse=True)[:10]
    assert [row["item"] for row in found["list"]] == best and found["history"] == history
    assert [row["place"] for row in found["list"]] == list(range(1, 11))
    assert [row["share"] for row in found["list"]] == pytest.approx([shares[i] for i in best], rel=1e-4)
    gone = [share(history[:j] + history[j + 1 :])[best[0]] - shares[best[0]] for j in range(4)]
    assert found["removal"] == pytest.approx(gone, abs=1e-6) and max(map(abs, gone)) > 1e-5
    assert sum(found["weights"]) == pytest.approx(1, abs=1e-5) and len(found["weights"]) == 4
    assert first_answer(model, [3], repeats)["removal"] == [None]
    assert first_answer(model, [], repeats)["list"] == []


def test_the_calibration_lab_needs_models_and_shares():
    with pytest.raises(ValueError, match="at least one model"):
        calibration_lab([0, 1], [0.1, 0.9], {})
    with pytest.raises(ValueError, match="kept is 0"):
        calibration_lab([0, 1], [0.1, 0.9], {0.0: [0.2, 0.8]})
