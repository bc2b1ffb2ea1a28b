"""The playground's world, gradients and steps in JavaScript against NumPy and PyTorch, in a real browser."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import playground_twin as twin
import pytest
import report
import torch

from seqrec_lib.teaching.widgets import bundle

pytestmark = pytest.mark.browser

MODULES = [f"views/playground_{name}.js" for name in ("world", "scores", "model")]
ENGINE = "const w = window.play.makeWorld(), m = window.play.makeModel(w, window.play.makeScores(w.ITEMS));"
KINDS = [
    {"score": score, "mask": mask, "bias": bias}
    for score, mask, bias in product(twin.SCORES, (True, False), (True, False))
]
NAMES = ["-".join(map(str, kind.values())) for kind in KINDS]
GRADIENT = "const { loss, gradient } = m.lossAndGradient(given.settings, Float64Array.from(given.values), given.rows); return [loss, [...gradient]];"
FIFTY = """const run = m.begin(given), losses = [];
  for (let i = 0; i < 50; i += 1) losses.push(m.advance(run));
  return [losses, [...run.values]];"""


def code():
    return bundle.library(*MODULES).replace("export default {", "window.play = {")


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context()
    page = context.new_page()
    page.set_content(f"<script type='module'>{code()}</script>")
    page.wait_for_function("window.play")
    yield page
    context.close()


def run(tab, body, given=None):
    return tab.evaluate(f"(given) => {{ {ENGINE} {body} }}", given)


def settings(**change):
    base = dict(rule="companion", k=3, score="dot", mask=True, bias=True, rate=0.05, seed=4)
    return {**base, **change}


def somewhere(one):
    """Parameters that are not those of the start, so that no gradient is 0 by symmetry."""
    generator = torch.Generator().manual_seed(7)
    return {
        name: 0.7 * torch.randn(value.shape, generator=generator, dtype=torch.float64)
        for name, value in twin.start(one).items()
    }


def test_a_seed_gives_the_same_numbers(tab):
    found = run(
        tab, "return given.map((s) => { const r = w.numbers(s); return [r(), r(), r()]; })", [0, 1, 2**32 - 1]
    )
    for seed, values in zip((0, 1, 2**32 - 1), found, strict=True):
        stream = twin.numbers(seed)
        assert values == [next(stream) for _ in range(3)]
    # what is known of the generator: the first number of seed 0
    assert found[0][0] == 1144304738 / 2**32


@pytest.mark.parametrize("rule", twin.RULES)
def test_histories_are_the_same_event_by_event(tab, rule):
    one = settings(rule=rule, k=5)
    found = run(tab, "return w.histories(given, 40, w.numbers(9))", one)
    assert found == twin.histories(one, 40, twin.numbers(9)).tolist()
    assert len({tuple(row) for row in found}) == 40


@pytest.mark.parametrize("rule", twin.RULES)
def test_the_oracle_is_exact(tab, rule):
    one = settings(rule=rule, k=4)
    rows = twin.histories(one, 6, twin.numbers(2)).tolist()
    body = "return given.rows.map((items) => [5, 9, 14].map((t) => [...w.shares(given.one, items, t)]))"
    for items, found in zip(rows, run(tab, body, {"one": one, "rows": rows}), strict=True):
        for t, mine in zip((5, 9, 14), found, strict=True):
            np.testing.assert_allclose(mine, twin.shares(one, items[: t + 1]), atol=1e-12)


@pytest.mark.parametrize("rule", twin.RULES)
def test_the_oracle_says_how_often_its_items_come(tab, rule):
    body = """const rows = w.histories(given, 4000, w.numbers(5)), differences = [];
      for (const items of rows) for (let t = w.FIRST; t < w.STEPS - 1; t += 1) {
        const share = w.shares(given, items, t);
        differences.push(-Math.log(share[items[t + 1]]) + share.reduce((sum, p) => sum + p * Math.log(p), 0));
      }
      return differences;"""
    differences = np.array(run(tab, body, settings(rule=rule))).reshape(4000, -1).mean(1)
    error = differences.std() / math.sqrt(len(differences))
    assert abs(differences.mean()) < 3.5 * error < 0.05


@pytest.mark.parametrize("rule", twin.RULES)
def test_limits_are_the_oracles_own_and_no_scores_rank_better(tab, rule):
    one = settings(rule=rule)
    body = "const run = m.begin(given); return [run.test, run.limits, m.measure(run)];"
    rows, limits, measured = run(tab, body, one)
    assert rows == twin.histories(one, len(rows), twin.numbers(1000 * 4 + 3)).tolist()
    asked = [items[: t + 1] for items in rows[:8] for t in range(twin.FIRST, twin.T - 1)]
    body = "return given.rows.map((items) => { const s = w.shares(given.one, items, items.length - 1); return [w.expectedNdcg(s, s), w.expectedNdcg(s.map((x) => -x), s)]; })"
    found = np.array(run(tab, body, {"one": one, "rows": asked}))
    share = np.sort([twin.shares(one, items) for items in asked], axis=1)
    gain = 1 / np.log2(np.arange(2, 5))
    np.testing.assert_allclose(found[:, 0], share[:, :-4:-1] @ gain)
    np.testing.assert_allclose(found[:, 1], share[:, :3] @ gain)
    assert measured["ndcg"] < limits["ndcg"] and measured["loss"] > limits["loss"]
    assert limits["guess"] == pytest.approx(gain.sum() / twin.V)
    entropy = [
        -(p * np.log(p)).sum() for p in (twin.shares(one, i[: t + 1]) for i in rows for t in range(5, 15))
    ]
    assert limits["loss"] == pytest.approx(np.mean(entropy))


def test_the_cause_is_where_the_rule_looks(tab):
    items = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3]
    body = "return given.rules.map((rule) => w.causes({ rule, k: 3 }, given.items, 10))"
    assert run(tab, body, {"rules": twin.RULES, "items": items}) == [[4, 8, 10], [8], []]


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_gradients_are_autograds(tab, kind):
    one = settings(**kind)
    p, rows = somewhere(one), twin.histories(one, 5, twin.numbers(11))
    value, right = twin.gradient(one, p, rows)
    given = {"settings": one, "values": twin.flat(p).tolist(), "rows": rows.tolist()}
    loss, found = run(tab, GRADIENT, given)
    worst = float((torch.tensor(found, dtype=torch.float64) - right).abs().max())
    PLAY["gradient"] = max(PLAY.get("gradient", 0.0), worst)
    assert loss == pytest.approx(value, abs=1e-9) and worst < 1e-5
    sizes = [one.abs().max() for one in right.split([value.numel() for value in p.values()])]
    assert min(sizes) > 1e-3, "a gradient of nothing would prove nothing"
    report.MODEL["playground_largest_difference_of_a_gradient"] = f"{PLAY['gradient']:.1e}"


PLAY: dict[str, float] = {}


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_fifty_steps_are_pytorchs(tab, kind):
    one = settings(**kind)
    losses, right = twin.train(one, 50)
    found, values = run(tab, FIFTY, one)
    assert max(abs(a - b) for a, b in zip(found, losses, strict=True)) < 1e-3
    worst = float((torch.tensor(values, dtype=torch.float64) - right).abs().max())
    PLAY["fifty"] = max(PLAY.get("fifty", 0.0), worst)
    assert worst < 1e-3 and losses[-1] < losses[0] - 0.05
    report.MODEL["playground_largest_difference_after_50_steps"] = f"{PLAY['fifty']:.1e}"


def test_its_speed_stands_in_the_report(tab):
    body = """const run = m.begin(given), begun = performance.now();
      let loss = 0;
      for (let i = 0; i < 300; i += 1) loss = m.advance(run);
      return [loss, 300_000 / (performance.now() - begun)];"""
    loss, speed = run(tab, body, settings())
    assert loss < 1.5
    report.MODEL["playground_steps_a_second"] = round(speed)


FAULTS = {
    "tanh without its slope": ("s * p.v[d] * (1 - y * y)", "s * p.v[d]", "additive"),
    "keys and queries confused": ("times(p.W, sf, de)", "times(p.W, sf, df)", "bilinear"),
    "a matrix that is not turned": ("times(p.W, se, df, true)", "times(p.W, se, df)", "bilinear"),
    "a softmax without its mean": ("w[j] * (dw[j] - mean)", "w[j] * dw[j]", "dot"),
    "scores without their scale": ("factor(score) * dScores", "dScores", "scaled"),
    "values that get no gradient": ("g.E[items[j] * D + d] += dc[d] * w[j];", "", "dot"),
    "a query that gets no gradient": ("de[d] += x;", "", "dot"),
    "a distance turned round": ("g.b[t - j + T - 1]", "g.b[j - t + T - 1]", "dot"),
    "a mask that is off by one": ("settings.mask ? t + 1 : T", "settings.mask ? t + 2 : T", "dot"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_gradient_is_noticed(browser, fault):
    right, wrong, score = FAULTS[fault]
    assert code().count(right) == 1, "the line to spoil is gone"
    context = browser.new_context()
    page = context.new_page()
    page.set_content(f"<script type='module'>{code().replace(right, wrong)}</script>")
    page.wait_for_function("window.play")
    one = settings(score=score)
    p, rows = somewhere(one), twin.histories(one, 5, twin.numbers(11))
    given = {"settings": one, "values": twin.flat(p).tolist(), "rows": rows.tolist()}
    _, found = run(page, GRADIENT, given)
    _, expected = twin.gradient(one, p, rows)
    assert float((torch.tensor(found, dtype=torch.float64) - expected).abs().max()) > 1e-3
    context.close()
