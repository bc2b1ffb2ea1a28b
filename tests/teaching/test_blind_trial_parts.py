"""A second blind trial, chapters 4 to 6: answers in unusual styles, and with usual mistakes."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from blind_trial import Trial, verdict_as_judged

from seqrec_lib.evaluation import evaluate

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


# Chapter 4

right("last-real-state")(lambda s, n: [s[b, k - 1].tolist() for b, k in enumerate(n.tolist())])
right("last-real-state")(lambda s, n: torch.einsum("btd,bt->bd", s, F.one_hot(n - 1, s.shape[1]).to(s)))
for answer in (
    lambda s, n: s[torch.arange(len(s)), n.clamp(max=s.shape[1] - 1)],
    lambda s, n: s[:, n - 1],
    lambda s, n: s[:, int(n.max()) - 1],
    lambda s, n: s[:, int(n.min()) - 1],
    lambda s, n: s[torch.arange(len(s)), -n],
    lambda s, n: s[torch.arange(len(s)), n - 2],
    lambda s, n: s[torch.arange(len(s)), (s != 0).any(-1).sum(1) - 1],
    lambda s, n: torch.stack([row[:k].mean(0) for row, k in zip(s, n, strict=True)]),
    lambda s, n: torch.stack([row[:k].max(0).values for row, k in zip(s, n, strict=True)]),
):
    wrong("last-real-state")(answer)


@right("lstm-step")
def step_in_numpy(v, h, c, W, U, b):
    i, f, g, o = np.split(np.asarray(v @ W.T + h @ U.T + b), 4, axis=1)
    cell = np.exp(-np.logaddexp(0, -f)) * np.asarray(c) + np.exp(-np.logaddexp(0, -i)) * np.tanh(g)
    return [np.exp(-np.logaddexp(0, -o)) * np.tanh(cell), cell]


def lstm(v, h, c, W, U, b, order="ifgo", squash=torch.tanh, shown=torch.tanh, forget=None, old=False, turn=1):
    part = dict(zip(order, (v @ W.T + h @ U.T + b).chunk(4, -1), strict=True))
    let_in, kept = part["i"].sigmoid(), part["f"].sigmoid()
    cell = (forget(let_in) if forget else kept) * c + let_in * squash(part["g"])
    return (part["o"].sigmoid() * shown(c if old else cell), cell)[::turn]


wrongs(
    "lstm-step",
    lstm,
    {"order": "ifog"},
    {"squash": torch.sigmoid},
    {"shown": lambda cell: cell},
    {"turn": -1},
    {"forget": lambda let_in: 1 - let_in},
    {"old": True},
    {"order": "figo"},
    {"squash": torch.sigmoid, "shown": lambda cell: cell},
    {"order": "ifog", "shown": lambda cell: cell},
    {"order": "ifog", "squash": torch.sigmoid},
    {"shown": torch.sigmoid},
    {"squash": torch.relu},
)
wrong("lstm-step")(lambda v, h, c, W, U, b: lstm(v, h, c, W, U, 0 * b))
wrong("lstm-step")(lambda v, h, c, W, U, b: lstm(v, h, c, U, W, b))


@right("port-gru-weights")
def ported_in_numpy(W, U, b_ih, b_hh):
    parts = (np.split(np.asarray(x, dtype=np.float64), 3) for x in (W, U, b_ih, b_hh))
    return [np.concatenate([r, -u, n]) for u, r, n in parts]


@right("port-gru-weights")
def ported_in_place(W, U, b_ih, b_hh):
    """Right, and its reader is told that it writes into its input."""
    d = W.shape[1]
    for x in (W, U, b_ih, b_hh):
        x[:d], x[d : 2 * d] = x[d : 2 * d].clone(), -x[:d]
    return W, U, b_ih, b_hh


def ported(*weights, order=(1, 0, 2), signs=(1, -1, 1), which=range(4)):
    turned = []
    for n, x in enumerate(weights):
        parts = x.chunk(3)
        turned.append(
            torch.cat([parts[o] * (s if n in which else 1) for o, s in zip(order, signs, strict=True)])
        )
    return tuple(turned)


for change in (
    {"signs": (1, 1, 1)},
    {"order": (0, 1, 2), "signs": (-1, 1, 1)},
    {"signs": (-1, 1, 1)},
    {"which": (0, 1)},
    {"which": (0, 2)},
    {"signs": (1, -1, -1)},
    {"which": (2, 3)},
    {"order": (1, 2, 0)},
    {"order": (0, 1, 2), "signs": (1, 1, 1)},
    {"order": (2, 0, 1)},
):
    wrong("port-gru-weights")(lambda W, U, b, c, change=change: ported(W, U, b, c, **change))


@wrong("port-gru-weights")
def ported_with_one_minus(W, U, b_ih, b_hh):
    parts = (x.chunk(3) for x in (W, U, b_ih, b_hh))
    return tuple(torch.cat([r, 1 - u, n]) for u, r, n in parts)


@wrong("port-gru-weights")
def ported_with_one_bias(W, U, b_ih, b_hh):
    W, U, b, c = ported(W, U, b_ih, b_hh)
    return W, U, b + c, 0 * c


@right("left-after")
def left_by_logarithms(b_ih, b_hh, k):
    d = len(b_ih) // 4
    pairs = zip(b_ih[d : 2 * d], b_hh[d : 2 * d], strict=True)
    return [math.exp(-k * math.log1p(math.exp(-float(a) - float(b)))) for a, b in pairs]


def left(b_ih, b_hh, k, part=1, both=True, after=lambda f, k: f**k, gate=torch.sigmoid):
    return after(gate((b_ih + b_hh if both else b_ih).chunk(4)[part]), k)


wrongs(
    "left-after",
    left,
    {"both": False},
    {"part": 0},
    {"part": 2},
    {"part": 3},
    {"after": lambda f, k: f ** (k - 1)},
    {"after": lambda f, k: f ** (k + 1)},
    {"after": lambda f, k: f * k},
    {"after": lambda f, k: f / k},
    {"gate": torch.tanh},
    {"after": lambda f, k: 1 - f**k},
    {"after": lambda f, k: 1 - (1 - f) ** k},
    {"after": lambda f, k: f},
    {"after": lambda f, k: (f**k).mean()},
)
wrong("left-after")(lambda a, b, k: (a.chunk(4)[1].sigmoid() * b.chunk(4)[1].sigmoid()) ** k)
wrong("left-after")(lambda a, b, k: (k * (a + b).chunk(4)[1]).sigmoid())

right("bias-for-distance")(lambda k, share: torch.logit(torch.tensor(share, dtype=torch.float64) ** (1 / k)))
right("bias-for-distance")(lambda k, share: np.log(share) / k - np.log(-np.expm1(np.log(share) / k)))


def logit(gate):
    return math.log(gate / (1 - gate))


for answer in (
    lambda k, s: logit(s) / k,
    lambda k, s: -logit(s ** (1 / k)),
    lambda k, s: s ** (1 / k),
    lambda k, s: logit(s**k),
    lambda k, s: logit(s ** (1 / (k + 1))),
    lambda k, s: logit(s ** (1 / k)) / math.log(2),
    lambda k, s: math.log(s ** (1 / k)),
    lambda k, s: logit(s ** (1 / k)) / 2,
    lambda k, s: math.log(k),
    lambda k, s: logit(s),
    lambda k, s: math.atanh(s ** (1 / k)),
    lambda k, s: round(logit(s ** (1 / k)), 2),
):
    wrong("bias-for-distance")(answer)


@right("gradient-sizes")
def sizes_in_numpy(W, U, b, vectors, kept):
    W, U, b, vectors = (np.asarray(x, dtype=np.float64) for x in (W, U, b, vectors))
    h, slopes = np.zeros(len(b)), []
    for v in vectors:
        new = np.tanh(W @ v + U @ h + b)
        h = kept * h + (1 - kept) * new
        slopes.append((1 - kept) * (1 - new * new))
    so_far, sizes = np.eye(len(b)), []
    for slope in reversed(slopes):
        sizes.append(math.sqrt(float(((so_far * slope @ W) ** 2).sum())))
        so_far = kept * so_far + so_far * slope @ U
    return sizes


def frobenius(matrix):
    return matrix.norm()


def sizes(W, U, b, vectors, kept, slope=None, size=frobenius, by=lambda W: W, through=lambda U: U, old=None):
    h, slopes = torch.zeros_like(b), []
    for v in vectors:
        new = torch.tanh(W @ v + U @ h + b)
        h = kept * h + (1 - kept) * new
        slopes.append((1 - kept) * (1 - new**2 if slope is None else slope(new, h)))
    so_far, found = torch.eye(len(b), dtype=b.dtype), []
    for one in reversed(slopes):
        found.append(size(so_far * one @ by(W)))
        so_far = (kept if old is None else old(kept)) * so_far + so_far * one @ through(U)
    return torch.stack(found)


wrongs(
    "gradient-sizes",
    sizes,
    {"size": lambda m: torch.linalg.matrix_norm(m, 2)},
    {"size": lambda m: m.sum().abs()},
    {"size": lambda m: m.norm() ** 2},
    {"through": lambda U: U.T},
    {"through": lambda U: 0 * U},
    {"by": lambda W: W.T},
    {"by": lambda W: torch.eye(len(W), dtype=W.dtype)},
    {"slope": lambda new, h: 1 - h**2},
    {"slope": lambda new, h: torch.ones_like(h)},
    {"slope": lambda new, h: 1 - new},
    {"old": lambda kept: 0.0},
    {"old": lambda kept: 1 - kept},
)
wrong("gradient-sizes")(lambda *a: sizes(*a).flip(0))
wrong("gradient-sizes")(lambda *a: sizes(*a) / sizes(*a)[0])
wrong("gradient-sizes")(lambda W, U, b, v, kept: sizes(W, U, b, v, kept) / (1 - kept))


def kept(kinds, seeds, train, share=lambda m, low, top: (m.mean() - low.mean()) / (top.mean() - low.mean())):
    found = []
    for kind in kinds:
        runs = [train(kind, seed) for seed in seeds]
        parts = (torch.stack([run[i].double() for run in runs]) for i in range(3))
        found.append(float(share(*parts)))
    return found


right("memory-kept")(lambda *a: pd.Series(kept(*a)))
wrongs(
    "memory-kept",
    kept,
    {"share": lambda m, low, top: ((m.mean(1) - low.mean(1)) / (top.mean(1) - low.mean(1))).mean()},
    {"share": lambda m, low, top: m.mean() / top.mean()},
    {"share": lambda m, low, top: m.mean() - low.mean()},
    {"share": lambda m, low, top: (top.mean() - m.mean()) / (top.mean() - low.mean())},
    {"share": lambda m, low, top: (m.mean() - low.mean()) / (top.mean() - m.mean())},
    {"share": lambda m, low, top: ((m.mean() - low.mean()) / (top.mean() - low.mean())).clamp(0, 1)},
    {"share": lambda m, low, top: (m.median() - low.median()) / (top.median() - low.median())},
    {"share": lambda m, low, top: (m[-1].mean() - low[-1].mean()) / (top[-1].mean() - low[-1].mean())},
)
wrong("memory-kept")(lambda kinds, seeds, train: kept(sorted(kinds), seeds, train))
wrong("memory-kept")(lambda kinds, seeds, train: kept(kinds, seeds[:1], train))
wrong("memory-kept")(lambda kinds, seeds, train: kept(kinds, range(len(seeds)), train))


# Chapter 5


@right("masked-softmax")
def softmax_row_by_row(scores, allowed):
    weights = []
    for row, may in zip(np.asarray(scores, dtype=np.float64), np.asarray(allowed), strict=True):
        own = np.zeros(len(row))
        if may.any():
            odds = np.exp(row[may] - row[may].max())
            own[may] = odds / odds.sum()
        weights.append(own.tolist())
    return weights


def low_softmax(scores, allowed, low=-torch.inf, empty=True, added=False, axis=-1):
    masked = scores + (~allowed).to(scores) * low if added else scores.masked_fill(~allowed, low)
    weights = masked.softmax(axis)
    return weights.nan_to_num() if empty else weights


right("masked-softmax")(lambda s, a: low_softmax(s, a, low=torch.finfo(s.dtype).min) * a)
wrongs(
    "masked-softmax",
    low_softmax,
    {"low": -1e6},
    {"low": torch.finfo(torch.float32).min},
    {"empty": False},
    {"low": -1e9, "added": True},
    {"axis": 0},
)
for answer in (
    lambda s, a: low_softmax(s, a, low=-1e9) * a,
    lambda s, a: (lambda e: (e / e.sum(-1, keepdim=True)).nan_to_num())(s.exp() * a),
    lambda s, a: (s.masked_fill(~a, -torch.inf) - s.max()).softmax(-1).nan_to_num(),
    lambda s, a: s.nan_to_num().softmax(-1) * a,
    lambda s, a: low_softmax(s, ~a),
    lambda s, a: low_softmax(s, a).masked_fill(~a.any(-1, keepdim=True), 1 / s.shape[-1]),
    lambda s, a: s.masked_fill(~a, -torch.inf).clamp(max=80).softmax(-1).nan_to_num(),
):
    wrong("masked-softmax")(answer)


@right("score-spread")
def spread_as_a_norm(d, sd_query, sd_key, mean_key, scaled):
    parts = [sd_query * x for x in (sd_key, mean_key)]
    return torch.tensor(parts * (1 if scaled else d), dtype=torch.float64).norm()


def spread(d, q, k, m, scaled, one=math.hypot, whole=math.sqrt, divided=math.sqrt):
    return whole(d) * q * one(k, m) / (divided(d) if scaled else 1)


wrongs(
    "score-spread",
    spread,
    {"one": lambda k, m: k},
    {"whole": float},
    {"divided": float},
    {"divided": lambda d: 1},
    {"one": lambda k, m: k + m},
    {"one": lambda k, m: k + abs(m)},
    {"one": lambda k, m: math.sqrt(abs(k * k - m * m))},
    {"whole": lambda d: 1},
)
wrong("score-spread")(lambda *a: spread(*a) ** 2)
wrong("score-spread")(lambda d, q, k, m, s: (1 if s else math.sqrt(d)) * math.sqrt(q * q * k * k + m * m))
wrong("score-spread")(lambda d, q, k, m, s: (1 if s else math.sqrt(d)) * math.hypot(q, math.hypot(k, m)))


@wrong("score-spread")
def spread_of_a_draw(d, q, k, m, scaled):
    draw = torch.Generator().manual_seed(0)
    query, key = (torch.randn(5000, d, generator=draw) for _ in "qk")
    return float((query * q * (key * k + m)).sum(1).std() / (d**0.5 if scaled else 1))


@right("additive-weights")
def additive_query_by_query(query, key, w_q, w_k, v):
    q, k = torch.einsum("btd,de->bte", query, w_q), torch.einsum("bse,ed->bsd", key, w_k)
    rows = [[torch.softmax(torch.tanh(one + k[b]) @ v, 0).tolist() for one in q[b]] for b in range(len(q))]
    return rows


def additive(
    query, key, w_q, w_k, v, axis=-1, late=False, turned=False, squash=torch.tanh, meet=torch.add, scale=1
):
    both = meet((query @ w_q)[:, :, None], (key @ w_k)[:, None])
    both = both.transpose(1, 2) if turned else both
    scores = squash(both @ v) if late else squash(both) @ v
    return (scores * (len(v) ** scale if scale < 0 else 1)).softmax(axis)


wrongs(
    "additive-weights",
    additive,
    {"axis": 1},
    {"axis": 0},
    {"late": True},
    {"turned": True},
    {"turned": True, "axis": 1},
    {"squash": torch.sigmoid},
    {"meet": torch.sub},
    {"squash": torch.relu},
    {"late": True, "axis": 1},
    {"scale": -0.5},
    {"meet": torch.mul},
)
wrong("additive-weights")(lambda *a: additive(*a).log())


@right("items-looked-at")
def looked_at_row_by_row(scores, lengths, temperature):
    found = []
    for row, n in zip(scores, lengths, strict=True):
        x = np.asarray(row, dtype=float)[: int(n)] / temperature
        p = np.exp(x - x.max()) / np.exp(x - x.max()).sum()
        found.append(np.exp(-sum(q * np.log(q) for q in p if q > 0)))
    return tuple(found)


def looked_at(
    scores, lengths, temperature, told=torch.exp, log=torch.special.xlogy, off=0, low=-torch.inf, late=False
):
    hidden = torch.arange(scores.shape[1]) >= (lengths + off)[:, None]
    scores = (scores / temperature).double()
    p = scores.softmax(-1).masked_fill(hidden, 0) if late else scores.masked_fill(hidden, low).softmax(-1)
    return told(-log(p, p).sum(-1))


wrongs(
    "items-looked-at",
    looked_at,
    {"off": 100},
    {"log": lambda p, q: p * (q + 1e-3).log()},
    {"log": lambda p, q: p * q.log()},
    {"log": lambda p, q: torch.special.xlogy(p, q) / math.log(2)},
    {"told": lambda h: h},
    {"told": lambda h: 2**h},
    {"told": lambda h: (-h).exp()},
    {"off": 1},
    {"off": -1},
    {"low": 0.0},
    {"late": True},
)
wrong("items-looked-at")(lambda s, n, t: looked_at(s, n, 1 / t))
wrong("items-looked-at")(lambda s, n, t: looked_at(s, n, 1.0))
wrong("items-looked-at")(lambda s, n, t: looked_at(s, n, t).mean())
wrong("items-looked-at")(lambda s, n, t: n.double())


@right("look-from-last")
def looks_in_numpy(states, lengths, weight):
    found = np.zeros((states.shape[0], states.shape[2]))
    for b, n in enumerate(lengths.numpy()):
        real = states[b, :n].numpy().astype(float)
        scores = real @ (weight.numpy().astype(float).T @ real[-1])
        odds = np.exp(scores - scores.max())
        found[b] = odds @ real / odds.sum()
    return found


def looks(states, lengths, weight, asks=None, scale=1.0, real=None, low=-torch.inf, mixed=lambda s, W: s):
    last = states[torch.arange(len(states)), lengths - 1] if asks is None else asks(states, lengths)
    scores = torch.einsum("bd,de,bte->bt", last, weight, states) * scale
    mask = torch.arange(states.shape[1]) < (lengths if real is None else real(lengths))[:, None]
    return (scores.masked_fill(~mask, low).softmax(-1)[:, None] @ mixed(states, weight))[:, 0]


wrongs(
    "look-from-last",
    looks,
    {"asks": lambda s, n: s[:, -1]},
    {"asks": lambda s, n: s[:, 0]},
    {"asks": lambda s, n: s[torch.arange(len(s)), (n - 2).clamp(min=0)]},
    {"real": lambda n: n + 100},
    {"real": lambda n: (n - 1).clamp(min=1)},
    {"low": 0.0},
    {"mixed": lambda s, W: s @ W},
)
wrong("look-from-last")(lambda s, n, W: looks(s, n, W.T))
wrong("look-from-last")(lambda s, n, W: looks(s, n, W, scale=s.shape[-1] ** -0.5))
wrong("look-from-last")(lambda s, n, W: looks(s, n, torch.eye(len(W))))
wrong("look-from-last")(lambda s, n, W: looks(s, n, W) + s[torch.arange(len(s)), n - 1])


@right("where-it-sits")
def sits_by_groups(weights, cause, lengths, reach):
    rows = zip(weights, cause, lengths, strict=True)
    found = [(int(t - c), float(w[t])) for w, c, n in rows for t in range(int(n))]
    table = pd.Series([value for _, value in found], [offset for offset, _ in found], dtype=float)
    return table.groupby(level=0).mean().reindex(range(-reach, reach + 1))


def sits(
    weights, cause, lengths, reach, late=0, sign=1, end=True, wrap=False, told=torch.mean, clamped=False
):
    found, steps = [], weights.shape[1]
    for offset in range(-reach, reach + 1):
        t = cause + sign * offset + late
        there = (t < (lengths if end else steps)) & (wrap or t >= 0)
        if clamped:
            t, there = t.clamp(0, steps - 1), torch.ones_like(there)
        found.append(told(weights[torch.arange(len(t))[there], t[there]]))
    return torch.stack(found)


wrongs(
    "where-it-sits",
    sits,
    {"late": 1},
    {"late": -1},
    {"sign": -1},
    {"end": False},
    {"wrap": True},
    {"clamped": True},
    {"told": torch.sum},
    {"told": torch.median},
    {"told": lambda w: w[w > 0].mean()},
)
wrong("where-it-sits")(lambda w, c, n, r: sits(w, c, n, r, told=lambda x: x.sum() / len(w)))
wrong("where-it-sits")(lambda *a: sits(*a)[:-1])
wrong("where-it-sits")(lambda *a: sits(*a) / sits(*a).sum())
wrong("where-it-sits")(lambda w, c, n, r: sits(w, n - 1, n, r))

right("three-masks")(lambda: ([[-300.0, -250, 0], [0, 1, 300]], [[1, 1, 0], [True, True, False]]))
wrong("three-masks")((torch.tensor([[-250.0, -250, 0]]), torch.tensor([[True, True, False]])))
wrong("three-masks")((torch.ones(2, 4), torch.ones(2, 4).bool()))
wrong("three-masks")((torch.tensor([[0.0, -200, 3]]), torch.tensor([[True, True, False]])))
wrong("three-masks")((torch.tensor([[0.0, -200, 300]]), torch.tensor([[True, True, True]])))
wrong("three-masks")((torch.tensor([[0.0, torch.nan, 300]]), torch.tensor([[True, True, False]])))
wrong("three-masks")((torch.tensor([[0.0, -200, 300]]), torch.tensor([[False, False, False]])))
wrong("three-masks")((torch.zeros(4, 4), torch.eye(4).bool()))
wrong("three-masks")((torch.tensor([[0.0, 1, 120]]), torch.tensor([[True, True, False]])))


def form_gain(first, second, seeds, train, on="test", name="NDCG@10", told=None, error=None):
    def figures(form):
        runs = [train(form, seed) for seed in seeds]
        values = [evaluate(model, getattr(split, on)).values(name) for model, split in runs]
        return torch.stack([torch.as_tensor(v).double() for v in values])

    a, b = figures(first), figures(second)
    each = (b - a).mean(0)
    gain = float((told or (lambda a, b: (b - a).mean()))(a, b))
    return gain, float(each.std() / len(each) ** 0.5 if error is None else error(a, b))


right("gain-of-form")(lambda *a: pd.Series(form_gain(*a)))
wrongs(
    "gain-of-form",
    form_gain,
    {"on": "validation"},
    {"name": "HR@10"},
    {"error": lambda a, b: (b - a).mean(0).std(correction=0) / a.shape[1] ** 0.5},
    {"told": lambda a, b: (a - b).mean()},
    {"error": lambda a, b: (b - a).std() / a.numel() ** 0.5},
    {"error": lambda a, b: (b - a).mean(1).std() / len(a) ** 0.5},
    {"error": lambda a, b: ((a.mean(0).var() + b.mean(0).var()) / a.shape[1]) ** 0.5},
    {"error": lambda a, b: (b - a).mean(0).std()},
    {"error": lambda a, b: (b - a).mean(0).std() / a.shape[1]},
    {"error": lambda a, b: ((b - a).std(1) / a.shape[1] ** 0.5).mean()},
    {"told": lambda a, b: (b - a).abs().mean()},
)
wrong("gain-of-form")(lambda a, b, seeds, train: form_gain(a, b, range(len(seeds)), train))
wrong("gain-of-form")(lambda a, b, seeds, train: form_gain(a, b, seeds[:1], train))


# Chapter 6

right("split-heads")(lambda states, heads: torch.stack(states.chunk(heads, -1), 1))
for answer in (
    lambda s, h: s.reshape(*s.shape[:2], h, -1),
    lambda s, h: s.reshape(*s.shape[:2], -1, h).permute(0, 3, 1, 2),
    lambda s, h: s.reshape(len(s), h, s.shape[1], -1),
    lambda s, h: s.reshape(*s.shape[:2], h, -1).permute(2, 0, 1, 3),
    lambda s, h: s.mT.reshape(len(s), h, -1, s.shape[1]),
    lambda s, h: torch.stack(s.chunk(h, -1), 1).flip(1),
    lambda s, h: torch.stack(s.chunk(h, -1), 1).flip(-1),
    lambda s, h: torch.stack([s[..., : s.shape[-1] // h]] * h, 1),
    lambda s, h: s.mT.reshape(len(s), h, s.shape[1], -1),
):
    wrong("split-heads")(answer)


@right("din-pool")
def pool_as_a_sum(scores, states, lengths):
    def one(b, c):
        terms = (float(scores[b, c, t]) * states[b, t].double() for t in range(int(lengths[b])))
        return sum(terms, torch.zeros(states.shape[2], dtype=torch.float64))

    return [[one(b, c) for c in range(scores.shape[1])] for b in range(len(scores))]


def candidates_pool(scores, states, lengths, weights=lambda s, real: s, off=0, low=0.0):
    real = (torch.arange(states.shape[1]) < (lengths + off)[:, None])[:, None]
    return weights(scores.masked_fill(~real, low), real) @ states


right("din-pool")(candidates_pool)
wrongs(
    "din-pool",
    candidates_pool,
    {"off": 100},
    {"low": -torch.inf, "weights": lambda s, real: s.softmax(-1)},
    {"weights": lambda s, real: s.relu()},
    {"weights": lambda s, real: s.abs()},
    {"weights": lambda s, real: s / s.sum(-1, keepdim=True)},
    {"weights": lambda s, real: s / real.sum(-1, keepdim=True)},
    {"weights": lambda s, real: s.sigmoid() * real},
    {"off": 1},
    {"off": -1},
    {"weights": lambda s, real: s.softmax(1) * real},
    {"weights": lambda s, real: s.clamp(-1, 1)},
    {"weights": lambda s, real: s / s.shape[-1]},
)
wrong("din-pool")(lambda *a: candidates_pool(*a).sum(1))
wrong("din-pool")(lambda *a: candidates_pool(*a).mT)


@right("bidaf-mix")
def mix_row_by_row(states, slate, w, lengths):
    rows = []
    for h, u, n in zip(states.double(), slate.double(), lengths, strict=True):
        pairs = [torch.stack([torch.cat([a, b, a * b]) @ w.double() for b in u]) for a in h]
        scores = torch.stack(pairs)
        met = scores[: int(n)].amax(1).softmax(0) @ h[: int(n)]
        answer = scores.softmax(1) @ u
        rows.append(torch.hstack([h, answer, h * answer, h * met]).numpy())
    return np.array(rows)


def mix(
    states, slate, w, lengths, axis=2, best=lambda s: s.amax(2), low=-torch.inf, parts=None, of=(0, 1, 2)
):
    own, theirs, both = (w.chunk(3)[i] for i in of)
    scores = (states @ own)[..., None] + (slate @ theirs)[:, None] + (states * both) @ slate.mT
    real = torch.arange(states.shape[1]) < lengths[:, None]
    answer = scores.softmax(axis) @ slate
    met = best(scores).masked_fill(~real, low).softmax(1)[:, None] @ states
    if parts:
        return torch.cat(parts(states, answer, met.expand_as(states)), -1)
    return torch.cat([states, answer, states * answer, states * met], -1)


wrongs(
    "bidaf-mix",
    mix,
    {"axis": 1},
    {"low": 0.0},
    {"best": lambda s: s.mean(2)},
    {"best": lambda s: s.sum(2)},
    {"best": lambda s: s.logsumexp(2)},
    {"best": lambda s: s.amin(2)},
    {"best": lambda s: s.softmax(2).amax(2)},
    {"of": (1, 0, 2)},
    {"of": (2, 1, 0)},
    {"of": (0, 2, 1)},
    {"parts": lambda h, u, m: [h, u, h * m, h * u]},
    {"parts": lambda h, u, m: [h, u, h * u, u * m]},
    {"parts": lambda h, u, m: [h, u, h * u, m]},
    {"parts": lambda h, u, m: [h, u, h + u, h * m]},
    {"parts": lambda h, u, m: [u, h, h * u, h * m]},
)


@right("item-weights")
def weights_by_groups(scores, session, session_scores, now):
    rows = pd.DataFrame({"s": np.asarray(scores, dtype=float), "g": np.asarray(session)})
    seen = rows[: now + 1]
    within = seen.s.groupby(seen.g).transform(lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum())
    there = sorted(set(seen.g))
    votes = np.exp(np.asarray(session_scores, dtype=float)[there])
    share = dict(zip(there, votes / votes.sum(), strict=True))
    return (within * seen.g.map(share)).reindex(rows.index, fill_value=0.0)


def levels(scores, session, session_scores, now, seen=1, voters=None, even=False, late=False):
    sees = torch.arange(len(scores)) < now + seen
    counted = torch.ones_like(sees) if late else sees
    groups = torch.arange(len(session_scores))
    has = torch.stack([(counted & (session == g)).any() for g in groups])
    votes = has if voters is None else voters(has, groups, session[now])
    votes = session_scores.double().masked_fill(~votes, -torch.inf).softmax(0)
    weights = torch.zeros(len(scores), dtype=torch.float64)
    for g in groups[has]:
        mine = counted & (session == g)
        within = scores.double()[mine] * (0 if even else 1)
        weights[mine] = votes[g] * within.softmax(0)
    return weights * sees if late else weights


wrongs(
    "item-weights",
    levels,
    {"seen": 0},
    {"seen": 2},
    {"voters": lambda has, g, own: torch.ones_like(has)},
    {"voters": lambda has, g, own: g <= own},
    {"voters": lambda has, g, own: g == own},
    {"even": True},
    {"late": True},
)
wrong("item-weights")(lambda s, g, v, now: levels(s, g, 0 * v, now))
wrong("item-weights")(lambda s, g, v, now: levels(s, g, v, now)[: now + 1])


@wrong("item-weights")
def weights_of_sums(scores, session, session_scores, now):
    both = scores + session_scores[session]
    return both.masked_fill(torch.arange(len(both)) > now, -torch.inf).softmax(0)


@right("match-heads")
def matched_by_frame(weights):
    runs = np.asarray(weights, dtype=float)
    causes = range(runs.shape[1])
    rows = []
    for run in runs:
        heads = max(
            itertools.permutations(causes), key=lambda p: math.fsum(run[h, c] for h, c in enumerate(p))
        )
        rows.append({cause: run[head, cause] for head, cause in enumerate(heads)})
    return pd.DataFrame(rows)[list(causes)].mean()


def matched(weights, judge=sum, told=lambda found: found.mean(0)):
    causes, found = range(weights.shape[1]), []
    for run in weights:
        best = max(itertools.permutations(causes), key=lambda p: judge([float(run[p[c], c]) for c in causes]))
        found.append(torch.stack([run[best[c], c] for c in causes]))
    return told(torch.stack(found))


wrongs(
    "match-heads",
    matched,
    {"judge": math.prod},
    {"judge": min},
    {"judge": max},
    {"judge": lambda values: -sum(values)},
    {"told": lambda found: found.sum(0)},
    {"told": lambda found: found.median(0).values},
    {"told": lambda found: found.sort(1).values.mean(0)},
)
for answer in (
    lambda w: w.amax(1).mean(0),
    lambda w: w.amax(2).mean(0),
    lambda w: w.mean(0).diagonal(),
    lambda w: matched(w.mean(0, keepdim=True)),
    lambda w: matched(w.mT),
):
    wrong("match-heads")(answer)


@wrong("match-heads")
def matched_greedily(weights):
    found = []
    for run in weights:
        left, own = run.clone(), torch.zeros(len(run), dtype=run.dtype)
        for _ in run:
            head, cause = divmod(int(left.argmax()), len(run))
            own[cause] = run[head, cause]
            left[head], left[:, cause] = -torch.inf, -torch.inf
        found.append(own)
    return torch.stack(found).mean(0)


def longer(first, second, seeds, train, who=lambda n: n > 20, lost=torch.sub, error=None, told=None):
    def losses(form):
        runs = [train(form, seed) for seed in seeds]
        return torch.stack([lost(near.double(), far.double())[who(n)] for n, near, far in runs])

    a, b = losses(first), losses(second)
    each = (a - b).mean(0)
    spread = each.std() / len(each) ** 0.5 if error is None else error(a, b)
    return (*(told(a, b) if told else (float(a.mean()), float(b.mean()))), float(spread))


right("asked-longer")(lambda *a: np.array(longer(*a), dtype=object))
wrongs(
    "asked-longer",
    longer,
    {"who": lambda n: n >= 20},
    {"who": lambda n: n > 0},
    {"who": lambda n: n <= 20},
    {"who": lambda n: n > 21},
    {"lost": lambda near, far: far - near},
    {"lost": lambda near, far: (near - far) / near},
    {"lost": lambda near, far: (near - far).abs()},
    {"lost": lambda near, far: (near - far).clamp(min=0)},
    {"error": lambda a, b: (a - b).mean(0).std(correction=0) / a.shape[1] ** 0.5},
    {"error": lambda a, b: (a - b).mean(0).std()},
    {"error": lambda a, b: ((a.mean(0).var() + b.mean(0).var()) / a.shape[1]) ** 0.5},
    {"error": lambda a, b: (a - b).std() / a.numel() ** 0.5},
    {"error": lambda a, b: (a - b).mean(1).std() / len(a) ** 0.5},
    {"error": lambda a, b: (a - b).mean(0).var() / a.shape[1]},
    {"told": lambda a, b: (float(b.mean()), float(a.mean()))},
    {"told": lambda a, b: (float(a.mean()), float((b - a).mean()))},
)
wrong("asked-longer")(lambda a, b, seeds, train: longer(a, b, range(len(seeds)), train))
wrong("asked-longer")(lambda a, b, seeds, train: longer(a, b, seeds[:1], train))

# What check said of each answer, in order. Each verdict was read and judged fair.
SAID = {
    "last-real-state": (
        "passes passes one-late shape value value value value last-not-zero mean-of-real value"
    ),
    "lstm-step": (
        "passes order candidate cell-shown-as-it-is h-and-c-swapped value old-cell-shown "
        "input-and-forget-swapped several several several value value no-bias value"
    ),
    "port-gru-weights": (
        "passes passes gate-not-turned order-kept reset-turned biases-not-turned one-matrix-turned "
        "value value value as-it-is value one-minus-weights value"
    ),
    "left-after": (
        "passes one-bias input-gate candidate output-gate one-step-less value times-k value value "
        "forgotten value value mean gates-multiplied k-inside"
    ),
    "bias-for-distance": (
        "passes passes divided sign gate power one-step-more base-two log-only half value "
        "share-itself value value"
    ),
    "gradient-sizes": (
        "passes largest-stretch value squares transposed kept-alone value by-the-state slope-of-the-state "
        "no-slope value kept-forgotten value oldest-first value value"
    ),
    "memory-kept": (
        "passes mean-of-shares no-floor no-ceiling from-the-ceiling value never-below-0 value value "
        "value first-seed seeds-from-zero"
    ),
    "masked-softmax": (
        "passes passes large-number-instead value empty-row-is-nan value value large-number-instead "
        "value value value value value value"
    ),
    "score-spread": (
        "passes mean-forgotten grows-with-d scaled-by-d never-scaled value mean-added value "
        "one-product variance value sum-of-variances value"
    ),
    "additive-weights": (
        "passes softmax-over-queries softmax-over-rows tanh-around-everything shape turned value "
        "value value value scaled product value"
    ),
    "items-looked-at": (
        "passes padding-counted small-number-inside nan other-base entropy-itself value value value "
        "value padding-counted value multiplied no-temperature shape value"
    ),
    "look-from-last": (
        "passes asks-from-padding value value padding-as-key itself-left-out value value "
        "weight-turned scaled no-weight value"
    ),
    "where-it-sits": (
        "passes a-step-off a-step-off other-direction padding-counted wraps-around value value value "
        "zeros-left-out over-all-rows shape value nan"
    ),
    "three-masks": (
        "passes zero_is_hidden minus_hundred minus_hundred minus_hundred invalid invalid invalid "
        "minus_hundred"
    ),
    "gain-of-form": (
        "passes on-validation hit-rate divided-by-n turned all-runs-apart over-seeds not-paired "
        "spread-of-users value value value seeds-from-zero first-seed"
    ),
    "split-heads": (
        "passes heads-last heads-interleaved no-transpose shape value value value "
        "every-head-the-first turned-first"
    ),
    "din-pool": (
        "passes passes padding-counted softmax negatives-cut value divided-by-the-sum "
        "divided-by-length squashed value last-left-out value value value shape shape"
    ),
    "bidaf-mix": (
        "passes softmax-over-steps padding-scores-zero mean-for-max value value value value value "
        "value value value wrong-partner value value value"
    ),
    "item-weights": (
        "passes value session-taken-whole empty-sessions-vote value value value value value shape one-softmax"
    ),
    "match-heads": (
        "passes value value value value value value value one-head-twice value not-matched "
        "one-order-for-all axes-swapped value"
    ),
    "asked-longer": (
        "passes twenty-counted all-users short-ones value gains value value value divided-by-n "
        "spread-of-users not-paired all-runs-apart over-seeds value value value seeds-from-zero "
        "first-seed"
    ),
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
