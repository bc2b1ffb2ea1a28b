"""A second blind trial, chapter 9 and the listing: answers in unusual styles, and with usual mistakes."""

import math
import statistics

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from blind_trial import Trial, verdict_as_judged

from seqrec_lib.evaluation import evaluate

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


# Chapter 9


@right("causal-head")
def head_step_by_step(states, w_q, w_k, w_v):
    s = np.asarray(states, dtype=float)
    q, k, v = (s @ np.asarray(w, dtype=float) for w in (w_q, w_k, w_v))
    found = np.zeros_like(q)
    for b, t in np.ndindex(s.shape[:2]):
        scores = k[b, : t + 1] @ q[b, t] / q.shape[2] ** 0.5
        odds = np.exp(scores - scores.max())
        found[b, t] = odds @ v[b, : t + 1] / odds.sum()
    return torch.from_numpy(found)


def head(
    states, w_q, w_k, w_v, width=None, sees=lambda t, j: j <= t, axis=-1, low=-torch.inf, late="", mixed=2
):
    q, k, v = three = states @ w_q, states @ w_k, states @ w_v
    step = torch.arange(states.shape[1])
    mask = sees(step[:, None], step[None])
    scores = q @ k.mT / (q.shape[-1] if width is None else width(q, states)) ** 0.5
    if late:
        weights = scores.softmax(-1) * mask
        return (weights / weights.sum(-1, keepdim=True) if late == "again" else weights) @ v
    return scores.masked_fill(~mask, low).softmax(axis).nan_to_num() @ three[mixed]


wrongs(
    "causal-head",
    head,
    {"width": lambda q, s: s.shape[-1]},
    {"width": lambda q, s: 1},
    {"width": lambda q, s: q.shape[-1] ** 2},
    {"width": lambda q, s: s.shape[1]},
    {"sees": lambda t, j: j < t},
    {"sees": lambda t, j: j >= t},
    {"sees": lambda t, j: j <= t + 1000},
    {"axis": 1},
    {"low": -100.0},
    {"low": -1e4},
    {"low": 0.0},
    {"late": "once"},
    {"late": "again"},
    {"mixed": 1},
)
wrong("causal-head")(lambda s, q, k, v: head(s, k, q, v))


@wrong("causal-head")
def head_of_exponentials(states, w_q, w_k, w_v):
    odds = ((states @ w_q) @ (states @ w_k).mT / w_q.shape[1] ** 0.5).exp().tril()
    return odds / odds.sum(-1, keepdim=True) @ (states @ w_v)


@right("states-that-move")
def moved(n, step, appended, positions):
    return [int(positions == "end")] * n if appended else [0] * (step - 1) + [1] * (n - step + 1)


def moves(
    n,
    step,
    appended,
    positions,
    added=lambda t, s, n, places: places == "end",
    changed=lambda t, s, n, places: t >= s,
    first=1,
):
    rule = added if appended else changed
    return [rule(t, step, n, positions) for t in range(first, n + first)]


right("states-that-move")(lambda *a: pd.Series(moves(*a)))
wrongs(
    "states-that-move",
    moves,
    {"added": lambda t, s, n, places: places == "start"},
    {"added": lambda t, s, n, places: False},
    {"added": lambda t, s, n, places: True},
    {"added": lambda t, s, n, places: places == "end" and t == n},
    {"added": lambda t, s, n, places: places == "end" and t >= s},
    {"changed": lambda t, s, n, places: t > s},
    {"first": 0},
    {"changed": lambda t, s, n, places: t == s},
    {"changed": lambda t, s, n, places: t <= s},
    {"changed": lambda t, s, n, places: True},
    {"changed": lambda t, s, n, places: t >= s or places == "end"},
    {"changed": lambda t, s, n, places: t >= s if places == "start" else t <= s},
    {"changed": lambda t, s, n, places: t >= (s if places == "start" else n - s + 1)},
)
wrong("states-that-move")(lambda n, s, a, p: moves(n, s, a, p) + [True] * a)

X = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(3))


def same(x):
    return x


def twice(x):
    return 2 * x


def thrice(x):
    return 3 * x


right("parts-that-tell")(lambda: (X, lambda q, o: q + o.cumsum(1), torch.square, twice, lambda x: x - 1))
right("parts-that-tell")((np.arange(6.0).reshape(1, 2, 3), torch.mul, torch.sin, lambda x: x + 1, thrice))
right("parts-that-tell")(
    {
        "x": torch.ones(1, 1, 2),
        "attention": lambda q, o: q * 5 + o,
        "feed_forward": torch.square,
        "norm_1": twice,
        "norm_2": lambda x: x + 3,
    }
)
for parts in (
    (X, torch.add, same, F.relu, F.relu),
    (X, lambda q, o: o, torch.relu, twice, thrice),
    (X, torch.add, lambda u: 0 * u, twice, thrice),
    (X, lambda q, o: 0 * q, same, twice, thrice),
    (X, torch.add, same, same, thrice),
    (X, torch.add, lambda u: u + 1, twice, torch.ones_like),
    (0 * X, torch.add, same, twice, thrice),
    (torch.cat([X, X]), torch.add, same, twice, thrice),
    (X, torch.nn.LayerNorm(4), same, twice, twice),
    (X, torch.add, lambda u: u * torch.nan, twice, twice),
    (X, lambda q, o: (q + o).sum(-1), same, twice, twice),
):
    wrong("parts-that-tell")(parts)


@right("loss-gradient")
def gradient_step_by_step(states, vectors, targets):
    states, vectors = np.asarray(states, dtype=float), np.asarray(vectors, dtype=float)
    found = np.zeros_like(vectors)
    for h, target in zip(states, targets.tolist(), strict=True):
        scores = vectors[1:] @ h
        push = np.exp(scores - np.logaddexp.reduce(scores))
        push[target - 1] -= 1
        found[1:] += np.outer(push, h) / len(states)
    return found


def one_off(p, targets):
    return p - F.one_hot(targets, p.shape[1]).to(p)


def gradient(states, vectors, targets, push=one_off, over=len, hides=True, axis=-1, empty=True):
    scores = (states @ vectors.T).clone()
    if hides:
        scores[:, 0] = -torch.inf
    found = push(scores.softmax(axis).nan_to_num(), targets).T @ states / over(states)
    if empty:
        found[0] = 0
    return found


def own_alone(p, targets):
    return one_off(p, targets) * F.one_hot(targets, p.shape[1])


wrongs(
    "loss-gradient",
    gradient,
    {"hides": False},
    {"hides": False, "empty": False},
    {"push": lambda p, y: -one_off(p, y)},
    {"over": lambda states: 1},
    {"over": lambda states: states.numel()},
    {"push": lambda p, y: p},
    {"push": lambda p, y: -F.one_hot(y, p.shape[1]).to(p)},
    {"push": lambda p, y: p * (1 - F.one_hot(y, p.shape[1]))},
    {"push": own_alone},
    {"push": lambda p, y: one_off(p, y - 1)},
    {"axis": 0},
)
wrong("loss-gradient")(lambda s, v, y: gradient(s, v, y) * len(s) / (len(v) - 1))
wrong("loss-gradient")(lambda *a: gradient(*a)[1:])


@wrong("loss-gradient")
def gradient_of_raw_exponentials(states, vectors, targets):
    odds = (states @ vectors.T).exp()
    odds[:, 0] = 0
    return one_off(odds / odds.sum(-1, keepdim=True), targets).T @ states / len(states)


@right("gap-by-length")
def gaps_by_statistics(lengths, model, oracle, longest):
    near, far = [], []
    for n, m, o in zip(lengths.tolist(), model.tolist(), oracle.tolist(), strict=True):
        (near if n <= longest else far).append(o - m)
    error = math.sqrt(statistics.variance(near) / len(near) + statistics.variance(far) / len(far))
    return statistics.fmean(near), statistics.fmean(far), error


def summed(a, b):
    return (a.var() / len(a) + b.var() / len(b)) ** 0.5


def gaps(
    lengths,
    model,
    oracle,
    longest,
    within=lambda n, top: n <= top,
    gap=lambda m, o: o - m,
    error=summed,
    turn=1,
):
    each, near = gap(model.double(), oracle.double()), within(lengths, longest)
    a, b = each[near], each[~near]
    return (*(float(part.mean()) for part in (a, b)[::turn]), float(error(a, b)))


def pooled(a, b):
    both = ((len(a) - 1) * a.var() + (len(b) - 1) * b.var()) / (len(a) + len(b) - 2)
    return (both * (1 / len(a) + 1 / len(b))) ** 0.5


wrongs(
    "gap-by-length",
    gaps,
    {"within": lambda n, top: n < top},
    {"within": lambda n, top: n <= top + 1},
    {"gap": lambda m, o: m - o},
    {"gap": lambda m, o: (o - m) / o.clamp(min=1e-9)},
    {"gap": lambda m, o: (o - m).clamp(min=0)},
    {"gap": lambda m, o: (o - m).abs()},
    {"gap": lambda m, o: m},
    {"error": lambda a, b: (a.var(correction=0) / len(a) + b.var(correction=0) / len(b)) ** 0.5},
    {"error": pooled},
    {"error": lambda a, b: torch.cat([a, b]).std() / (len(a) + len(b)) ** 0.5},
    {"error": lambda a, b: a.std() / len(a) ** 0.5 + b.std() / len(b) ** 0.5},
    {"error": lambda a, b: ((a.var() + b.var()) / (len(a) + len(b))) ** 0.5},
    {"error": lambda a, b: b.std() / len(b) ** 0.5},
    {"error": lambda a, b: summed(a, b) ** 2},
    {"error": lambda a, b: 1.96 * summed(a, b)},
    {"error": lambda a, b: abs(a.var() / len(a) - b.var() / len(b)) ** 0.5},
    {"turn": -1},
)


def picked(
    choices, seeds, train, on="validation", judge=None, chosen_by="NDCG@10", told=None, name="NDCG@10"
):
    runs = [[train(choice, seed) for seed in seeds] for choice in choices]
    found = [[evaluate(model, getattr(split, on))[chosen_by] for model, split in row] for row in runs]
    place = int(np.argmax([(judge or np.mean)(row) for row in found]))
    if told == "validation":
        return place, np.mean(found[place])
    return place, (told or np.mean)([evaluate(model, split.test)[name] for model, split in runs[place]])


right("pick-on-validation")(lambda *a: np.array(picked(*a)))
wrongs(
    "pick-on-validation",
    picked,
    {"on": "test"},
    {"judge": max},
    {"judge": lambda row: row[0]},
    {"judge": min},
    {"judge": np.median},
    {"judge": lambda row: -np.mean(row)},
    {"chosen_by": "HR@10"},
    {"told": "validation"},
    {"name": "HR@10"},
    {"told": max},
    {"told": lambda test: test[0]},
)
wrong("pick-on-validation")(lambda choices, seeds, train: picked(choices, range(len(seeds)), train))
wrong("pick-on-validation")(lambda choices, seeds, train: picked(choices, seeds[:1], train))
wrong("pick-on-validation")(lambda c, s, t: (picked(c, s, t)[0] + 1, picked(c, s, t)[1]))
wrong("pick-on-validation")(lambda c, s, t: (c[picked(c, s, t)[0]], picked(c, s, t)[1]))


# The listing

DRAWN = (
    "clips = torch.from_numpy(np.random.randint(0, 200, (500, 12, 8)))\n"
    "answers = torch.from_numpy(np.random.randint(0, 200, 500))\n"
    "sizes = torch.from_numpy(np.random.randint(1, 13, 500))\n"
)
right("np-missing")("import torch\nfrom numpy import random\n" + DRAWN.replace("np.random", "random"))
wrong("np-missing")("import numpy\nimport torch\n" + DRAWN)
wrong("np-missing")("import numpy as np\n" + DRAWN)
wrong("np-missing")("import numpy as np\nimport torch\n" + DRAWN.split("answers")[0])
wrong("np-missing")("import numpy as np\nimport torch\n" + DRAWN.replace("(500, 12, 8)))", "(500, 12, 8))"))

right("int-noise")(lambda items, table, lstm: lstm(table.weight[items])[0].detach().numpy())
for answer in (
    lambda i, table, lstm: lstm(i[:, :, None].expand(-1, -1, lstm.input_size).float())[0],
    lambda i, table, lstm: lstm(table(i))[1][0],
    lambda i, table, lstm: table(i),
    lambda i, table, lstm: lstm(table(i).flip(1))[0],
    lambda i, table, lstm: lstm(table((i - 1).clamp(min=0)))[0],
    lambda i, table, lstm: lstm(table(i.T))[0],
):
    wrong("int-noise")(answer)

right("state-on-cpu")(lambda lstm, vectors: lstm(vectors)[0])
for start in (
    lambda lstm, v: v.new_ones(1, len(v), lstm.hidden_size),
    lambda lstm, v: torch.zeros(1, len(v), lstm.hidden_size, device=v.device),
    lambda lstm, v: torch.zeros(1, len(v), lstm.hidden_size, dtype=v.dtype),
    lambda lstm, v: v.new_zeros(1, v.shape[1], lstm.hidden_size),
):
    wrong("state-on-cpu")(lambda lstm, v, start=start: lstm(v, (start(lstm, v),) * 2)[0])
wrong("state-on-cpu")(lambda lstm, v: lstm(v.cpu())[0])


def weighs(states, query, scale=lambda s: s.shape[-1] ** 0.5, axis=1, asked=lambda s, q: q):
    scores = (states * asked(states, query)[:, None]).sum(-1) / scale(states)
    return scores.softmax(axis)


for name in ("width-scores", "no-query"):

    @right(name)
    def row_by_row(states, query):
        scores = [
            [float(h.double() @ q.double()) / len(q) ** 0.5 for h in s]
            for s, q in zip(states, query, strict=True)
        ]
        return [F.softmax(torch.tensor(row), 0).tolist() for row in scores]

    wrongs(
        name,
        weighs,
        {"scale": lambda s: 1},
        {"scale": lambda s: s.shape[-1]},
        {"scale": lambda s: s.shape[-1] ** 1.5},
        {"scale": lambda s: s.shape[1] ** 0.5},
        {"axis": 0},
        {"asked": lambda s, q: s[:, -1]},
        {"asked": lambda s, q: q[:1].expand_as(q)},
        {"asked": lambda s, q: q.sum(-1, keepdim=True).expand_as(q)},
    )
    for answer in (
        lambda s, q: (s * q[:, None] / s.shape[-1] ** 0.5).softmax(1),
        lambda s, q: (s * q[:, None] / s.shape[-1] ** 0.5).softmax(1).sum(-1),
        lambda s, q: (s @ q[:, :, None] / s.shape[-1] ** 0.5).softmax(1),
        lambda s, q: s.mean(-1).softmax(1),
    ):
        wrong(name)(answer)

right("bmm-4d")(lambda weights, states: (weights.numpy() * states.numpy()).sum(axis=1))
for answer in (
    lambda w, s: (w * s).sum(-1),
    lambda w, s: (w * s).mean(1),
    lambda w, s: s.mT @ w,
    lambda w, s: w.mT @ s,
    lambda w, s: s.sum(1),
    lambda w, s: (w.softmax(1) * s).sum(1),
    lambda w, s: (w * s).amax(1),
    lambda w, s: (w.flip(1) * s).sum(1),
    lambda w, s: (w * s).sum(0),
):
    wrong("bmm-4d")(answer)


@right("padding-as-data")
def pooled_row_by_row(states, scores, lengths):
    rows = zip(states.double(), scores.double(), lengths.tolist(), strict=True)
    return torch.stack([c[:n].softmax(0) @ s[:n] for s, c, n in rows])


def pools(states, scores, lengths, off=0, low=-torch.inf, late=False):
    real = torch.arange(states.shape[1]) < (lengths + off)[:, None]
    weights = scores.softmax(1) * real if late else scores.masked_fill(~real, low).softmax(1)
    return (weights[..., None] * states).nan_to_num().sum(1)


wrongs("padding-as-data", pools, {"off": 1}, {"off": -1}, {"low": 0.0}, {"low": -1.0}, {"late": True})
wrong("padding-as-data")(
    lambda s, c, n: torch.stack([x[:k].mean(0) for x, k in zip(s, n.tolist(), strict=True)])
)
wrong("padding-as-data")(lambda s, c, n: c.softmax(1)[:, None].bmm(s)[:, 0])


@right("softmax-then-nll")
def loss_by_logsumexp(logits, answers):
    x = logits.double()
    return float(torch.logsumexp(x, 1).sub(x.gather(1, answers[:, None])[:, 0]).mean())


for answer in (
    lambda x, y: -x.softmax(1).log().gather(1, y[:, None]).mean(),
    lambda x, y: F.cross_entropy(x.softmax(1), y),
    lambda x, y: F.nll_loss(x.log_softmax(0), y),
    lambda x, y: F.cross_entropy(x, y, reduction="sum"),
    lambda x, y: F.cross_entropy(x, y, reduction="none"),
    lambda x, y: -F.cross_entropy(x, y),
    lambda x, y: F.nll_loss(x, y),
    lambda x, y: -(x.softmax(1) + 1e-8).log().gather(1, y[:, None]).mean(),
    lambda x, y: F.nll_loss((x.exp() / x.exp().sum(1, keepdim=True)).log(), y),
    lambda x, y: -x.log_softmax(1).mean(),
    lambda x, y: F.cross_entropy(x.clamp(-20, 20), y),
    lambda x, y: F.cross_entropy(x, y) / math.log(2),
):
    wrong("softmax-then-nll")(answer)


def times(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


right("loss-overwritten")(lambda losses, rows, lengths: np.average(losses, weights=rows))
for answer in (
    lambda losses, rows, lengths: np.mean(losses),
    lambda losses, rows, lengths: np.average(losses, weights=lengths),
    lambda losses, rows, lengths: times(losses, rows) / sum(lengths),
    lambda losses, rows, lengths: sum(losses) / sum(rows),
    lambda losses, rows, lengths: times(losses, rows) / len(rows),
    lambda losses, rows, lengths: times(losses, rows),
    lambda losses, rows, lengths: losses[-1],
    lambda losses, rows, lengths: times(losses, rows) / (len(rows) * max(rows)),
):
    wrong("loss-overwritten")(answer)

right("global-lengths")(lambda totals, sizes: torch.tensor(totals).sum().div(sum(sizes)).item())
for answer in (
    lambda totals, sizes: sum(totals) / len(sizes),
    lambda totals, sizes: np.mean(np.array(totals) / np.array(sizes)),
    lambda totals, sizes: sum(totals),
    lambda totals, sizes: totals[-1] / sizes[-1],
    lambda totals, sizes: sum(totals) / 16,
    lambda totals, sizes: sum(totals) / (sizes[0] * len(sizes)),
    lambda totals, sizes: times(totals, sizes) / sum(sizes),
):
    wrong("global-lengths")(answer)

right("random-targets")(lambda histories, videos, generator: pd.Series([list(h)[-1] for h in histories]))
for one in (
    lambda h, rest: h[0],
    lambda h, rest: h[-2],
    lambda h, rest: max(h),
    lambda h, rest: len(h),
    lambda h, rest: h[-1] - 1,
    lambda h, rest: h[1],
    lambda h, rest: min(h[-1], 9),
    lambda h, rest: h[min(len(h), len(rest[0])) - 1],
):
    wrong("random-targets")(lambda histories, v, g, one=one: [one(h, histories) for h in histories])


def answered(scores, answers, k, base=2, longer=0, gain=lambda rank: 1 / math.log2(rank), found_only=False):
    gains = []
    for row, answer in zip(scores, answers.tolist(), strict=True):
        better = int((row > row[answer]).sum())
        gains.append(gain(better + base) if better < k + longer else 0.0)
    gains = [g for g in gains if g] if found_only else gains
    return sum(gains) / len(gains)


@right("accuracy")
def ndcg_by_series(scores, answers, k):
    better = (scores > scores.gather(1, answers[:, None])).sum(1)
    return pd.Series(better.numpy()).map(lambda b: 1 / np.log2(b + 2) if b < k else 0.0).mean()


wrongs(
    "accuracy",
    answered,
    {"base": 3},
    {"longer": 1},
    {"longer": -1},
    {"longer": 10**6},
    {"gain": lambda rank: 1 / math.log(rank)},
    {"gain": lambda rank: 1 / (rank - 1)},
    {"gain": lambda rank: 1.0},
    {"found_only": True},
)
wrong("accuracy")(lambda s, y, k: float((s.topk(k).indices == y[:, None]).any(1).float().mean()))
wrong("accuracy")(
    lambda s, y, k: 1 / math.log2(float((s > s.gather(1, y[:, None])).sum(1).double().mean()) + 2)
)

# What check said of each answer, in order. Each verdict was read and judged fair.
SAID = {
    "causal-head": (
        "passes scale-by-model-width no-scale scale-by-d value value mask-upside-down no-causal-mask "
        "wrong-axis minus-hundred minus-hundred zero-score-as-mask mask-after-softmax divided-again "
        "keys-as-values query-and-key-swapped nan"
    ),
    "states-that-move": (
        "passes passes ends-swapped end-forgotten start-shifted value value itself-left-out "
        "itself-left-out only-that-step backwards value places-decide value value shape"
    ),
    "parts-that-tell": (
        "passes passes passes norms_swapped keys_only side_by_side keys_only adds_the_normalised "
        "side_by_side adds_the_normalised invalid invalid invalid invalid"
    ),
    "loss-gradient": (
        "passes padding-in-the-sum padding-competes uphill a-sum value no-target value value "
        "target-only value over-the-batch value shape raw-exponentials"
    ),
    "gap-by-length": (
        "passes boundary nan model-minus-oracle value value value model-alone population one-variance "
        "pooled errors-added value one-side value value value sides-swapped"
    ),
    "pick-on-validation": (
        "passes test-helps-to-choose luckiest-seed one-seed-chooses poorest-seed median worst-wins "
        "hit-rate-chooses reports-validation hit-rate-told value one-seed-tested seeds-from-zero "
        "one-seed-chooses counted-from-one type"
    ),
    "np-missing": "passes np-missing error error error",
    "int-noise": "passes numbers-as-quantities shape shape value value shape",
    "state-on-cpu": "passes value error error error error",
    "width-scores": (
        "passes no-scale value value value over-the-batch value value value shape value shape value"
    ),
    "no-query": (
        "passes no-scale value value value over-the-batch value value value shape value shape value"
    ),
    "bmm-4d": "passes over-units mean shape shape value value value value shape",
    "padding-as-data": "passes one-too-many value zero-score value zero-state value padding-as-data",
    "softmax-then-nll": (
        "passes log-of-softmax softmax-twice value value shape value value value nan value value value"
    ),
    "loss-overwritten": "passes mean-of-means scaled-by-lengths value value value value last-batch value",
    "global-lengths": "passes mean-over-batches value value value value value value",
    "random-targets": "passes first-item last-input value value value value value value",
    "accuracy": "passes value value value value value value hit-rate value hit-rate value",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
