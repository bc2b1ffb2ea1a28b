"""Answers invented from the statements alone: no wrong one may pass, no right one may be turned down.

To add one, write a function under ``@right("exercise")`` or ``@wrong("exercise")``.
"""

from collections import Counter
from fractions import Fraction
from importlib import import_module
from itertools import combinations, permutations
from math import comb, log2
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import cross_entropy, one_hot, pad, scaled_dot_product_attention

from seqrec_lib.data import OracleModel, permute_order
from seqrec_lib.evaluation import evaluate
from seqrec_lib.evaluation.protocols import Protocol, standings
from seqrec_lib.models.baselines import Markov, Popularity
from seqrec_lib.teaching.exercises import EXERCISES, check

TRIALS = []


def right(*names):
    return lambda answer: TRIALS.extend((name, answer, True) for name in names) or answer


def wrong(*names):
    return lambda answer: TRIALS.extend((name, answer, False) for name in names) or answer


# Chapter 1


@right("masked-attention-pool")
def pool_step_by_step(states, real):
    pooled = np.zeros(tuple(states.shape))
    for b in range(len(states)):
        for t in range(states.shape[1]):
            seen = [j for j in range(t + 1) if real[b, j]]
            if seen:
                odds = np.array([float(states[b, t] @ states[b, j]) for j in seen]) / states.shape[2] ** 0.5
                odds = np.exp(odds - odds.max())
                pooled[b, t] = sum(
                    w * states[b, j].numpy() for w, j in zip(odds / odds.sum(), seen, strict=True)
                )
    return pooled.tolist()


def _pool(states, real, low=-torch.inf, causal=True, width=None):
    scores = states @ states.mT / (width or states.shape[-1]) ** 0.5
    steps = states.shape[1]
    mask = real[:, None, :] & (torch.ones(steps, steps).tril().bool() if causal else True)
    return scores.masked_fill(~mask, low).softmax(-1) @ states


# Each step looks at itself, with a score of 0 or more: beside it -100 is as good as minus infinity.
right("masked-attention-pool")(lambda states, real: _pool(states, real, -100.0))
wrong("masked-attention-pool")(lambda states, real: _pool(states, real, 0.0))
wrong("masked-attention-pool")(lambda states, real: _pool(states, real, width=states.shape[1]))


@wrong("masked-attention-pool")
def pool_padding_at_the_end(states, real):
    lengths = real.sum(1)
    first = torch.arange(states.shape[1]) < lengths[:, None]
    return _pool(states, first)


def _as_given(states, real, low=0.0, asks=True):
    step = torch.arange(states.shape[1])
    mask = (step[None, :] <= step[:, None]) & (real[:, :, None] if asks else real[:, None, :])
    return (states @ states.mT / states.shape[-1] ** 0.5).masked_fill(~mask, low).softmax(-1) @ states


wrong("masked-attention-pool")(_as_given)
wrong("masked-attention-pool")(lambda *a: _as_given(*a, asks=False))
wrong("masked-attention-pool")(lambda *a: _as_given(*a, low=-torch.inf))


@right("inputs-for-the-loss")
def batch_in_lists():
    unlikely = [5.0, -300.0, -350.0]
    return [[unlikely, unlikely], [[5.0, -300.0, -301.0], unlikely]], [[2, 1], [1, 0]]


right("inputs-for-the-loss")({"targets": np.array([[2, 1], [1, 0]]), "logits": np.array(batch_in_lists()[0])})
wrong("inputs-for-the-loss")((torch.randn(2, 4, 6) * 2, torch.tensor([[1, 2, 3, 4], [5, 1, 0, 0]])))
wrong("inputs-for-the-loss")((torch.randn(2, 4, 6) - 300, torch.tensor([[1, 2, 3, 4], [5, 1, 2, 3]])))
wrong("inputs-for-the-loss")((torch.tensor([[[0, 90.0, 0, 0]] * 2] * 2), torch.tensor([[2, 1], [3, 0]])))
wrong("inputs-for-the-loss")(lambda: (torch.full((2, 2, 4), -1e3), torch.tensor([[1, 2], [3, 0]])))

right("what-attention-brought")(lambda: ("Open", "yes", False, "NO", "no", "open"))
wrong("what-attention-brought")(["no", "yes", "no", "no", "no", "open"])
wrong("what-attention-brought")(["yes", "yes", "no", "no", "no", "open"])
wrong("what-attention-brought")(["open", "yes", "yes", "no", "no", "open"])
wrong("what-attention-brought")(lambda: ["open", "yes", "no", "no", "no", "yes"])


@right("next-item-pairs")
def pairs_from_the_back(history, max_len):
    x, y = np.zeros(max_len), np.zeros(max_len)
    steps = list(zip(history, history[1:], strict=False))[-max_len:]
    for n, (a, b) in enumerate(steps):
        x[n], y[n] = a, b
    return pd.Series(x), y.tolist(), np.array(len(steps))


@wrong("next-item-pairs")
def pairs_cut_before_the_shift(history, max_len):
    h = history[-max_len:]
    fill = [0] * (max_len - len(h) + 1)
    return torch.tensor(h[:-1] + fill), torch.tensor(h[1:] + fill), len(h) - 1


@wrong("next-item-pairs")
def pairs_oldest(history, max_len):
    x, y = history[:-1][:max_len], history[1:][:max_len]
    fill = [0] * (max_len - len(x))
    return torch.tensor(x + fill), torch.tensor(y + fill), len(x)


@wrong("next-item-pairs")
def pairs_padded_in_front(history, max_len):
    x, y = history[:-1][-max_len:], history[1:][-max_len:]
    fill = [0] * (max_len - len(x))
    return torch.tensor(fill + x), torch.tensor(fill + y), len(x)


@wrong("next-item-pairs")
def pairs_with_the_length_of_the_history(history, max_len):
    x, y, n = pairs_from_the_back(history, max_len)
    return x, y, min(len(history), max_len)


@right("ndcg-one-target")
def ndcg_over_orders(scores, target, seen, k):
    rivals = [float(s) for n, s in enumerate(scores) if n not in {0, target, *seen}]
    better = sum(s > float(scores[target]) for s in rivals)
    equal = sum(s == float(scores[target]) for s in rivals)
    gains = [1 / log2(r + 1) if r <= k else 0 for r in range(better + 1, better + equal + 2)]
    return torch.tensor(gains).double().mean()


def _hidden(scores, target, seen, k, low=-torch.inf, near=0.0, ranks=None):
    s = scores.clone()
    s[[0, *seen]] = low
    s[target] = scores[target]
    better = int((s > s[target] + near).sum())
    equal = int(((s - s[target]).abs() <= near).sum())
    places = ranks(better, equal) if ranks else range(better + 1, better + equal + 1)
    return sum(1 / log2(r + 1) for r in places if r <= k) / len(places)


wrong("ndcg-one-target")(lambda *a: _hidden(*a, low=0.0))
wrong("ndcg-one-target")(lambda *a: _hidden(*a, low=-1.0))
wrong("ndcg-one-target")(lambda *a: _hidden(*a, near=0.01))
wrong("ndcg-one-target")(lambda *a: _hidden(*a, ranks=lambda b, e: [b + (e + 1) / 2]))
wrong("ndcg-one-target")(lambda *a: _hidden(*a, ranks=lambda b, e: [r + 1 for r in range(b + 1, b + e + 1)]))


@wrong("ndcg-one-target")
def ndcg_by_argsort(scores, target, seen, k):
    s = scores.clone()
    s[[0, *(i for i in seen if i != target)]] = -torch.inf
    r = s.argsort(descending=True, stable=True).tolist().index(target) + 1
    return 1 / log2(r + 1) if r <= k else 0.0


def _shares(sizes, train, floor=max, logs=lambda split: split.train_log, cases=lambda split: split.test):
    found = []
    for users in sizes:
        model, world, split = train(users)
        asked = (Popularity(logs(split)), Markov(logs(split)), OracleModel(world), model)
        p, m, top, mine = (evaluate(one, cases(split), (10,))["NDCG@10"] for one in asked)
        found.append((mine - floor(p, m)) / (top - floor(p, m)))
    return found


right("more-users")(lambda sizes, train: pd.Series(_shares(sizes, train)))
wrong("more-users")(lambda sizes, train: _shares(sizes, train, floor=lambda p, m: m))
wrong("more-users")(lambda sizes, train: _shares(sizes, train, floor=lambda p, m: p))
wrong("more-users")(lambda sizes, train: _shares(sizes, train, logs=lambda split: split.log))
wrong("more-users")(lambda sizes, train: _shares(sizes, train, cases=lambda split: split.validation))
wrong("more-users")(lambda sizes, train: sorted(_shares(sizes, train)))


# Chapter 2


@right("stable-order")
def order_by_pandas(users, items, times):
    turned = pd.DataFrame({"u": users, "t": times})[::-1]
    return turned.sort_values(["u", "t"], kind="stable").index


@right("stable-order")
def order_by_sorted(users, items, times):
    return sorted(range(len(users)), key=lambda n: (users[n], times[n], -n))


@right("stable-order")
def order_by_two_sorts(users, items, times):
    rows = torch.arange(len(users)).flip(0)
    rows = rows[torch.as_tensor(times)[rows].argsort(stable=True)]
    return rows[torch.as_tensor(users)[rows].argsort(stable=True)].float()


wrong("stable-order")(lambda u, i, t: np.lexsort((t, u)))
wrong("stable-order")(lambda u, i, t: np.lexsort((-np.arange(len(u)), np.asarray(t, np.float32), u)))
wrong("stable-order")(lambda u, i, t: np.lexsort((-np.arange(len(u)), t, [str(x) for x in u])))
wrong("stable-order")(lambda u, i, t: np.lexsort((u, t)))
wrong("stable-order")(lambda u, i, t: np.lexsort((i, t, u)))
wrong("stable-order")(lambda u, i, t: np.lexsort((t[::-1], u[::-1])))
wrong("stable-order")(lambda u, i, t: np.lexsort((t, u))[::-1])
wrong("stable-order")(lambda u, i, t: (by := np.argsort(t))[np.argsort(u[by], kind="stable")])


@right("chain-of-drops")
def chain_in_lists():
    rows = [(n + step, n + 1) for n in range(25) for step in (0, 1)] + [
        (70, 7),
        (70, 7),
        (71, 800),
        (71, 800),
    ]
    return [u for u, _ in rows], [i for _, i in rows], 2


wrong("chain-of-drops")(lambda: (*np.random.default_rng(1).integers(1, 20, (2, 60)), 3))
wrong("chain-of-drops")(lambda: (np.arange(40), np.arange(40), 2))
wrong("chain-of-drops")(([1, 1, 2, 2], [5, 5, 5, 5], 2))
wrong("chain-of-drops")(lambda: (*(np.array(chain_in_lists()[n][:50]) for n in (0, 1)), 2))

right("what-the-rows-say")(lambda: np.array(["yes", "no", "no", "yes", "open"]))
wrong("what-the-rows-say")(["yes", "no", "yes", "yes", "open"])
wrong("what-the-rows-say")(["yes", "no", "no", "no", "open"])
wrong("what-the-rows-say")(lambda: ["yes", "no", "no", "yes", "yes"])
wrong("what-the-rows-say")(["open", "open", "open", "open", "open"])


@right("popularity-before")
def counts_by_loop(items, times, query_times, n_items):
    rows = []
    for moment in query_times.tolist():
        seen = Counter(i for i, t in zip(items.tolist(), times.tolist(), strict=True) if t < moment)
        rows.append([0] + [seen[n] for n in range(1, n_items + 1)])
    return rows


def _counts(items, times, query_times, n_items, before):
    made = [torch.bincount(items[before(times, q)], minlength=n_items + 1) for q in query_times]
    return torch.stack(made)


wrong("popularity-before")(lambda *a: _counts(*a, before=lambda t, q: t <= q))
wrong("popularity-before")(lambda *a: _counts(*a, before=lambda t, q: t.float() < q.float()))
wrong("popularity-before")(lambda *a: _counts(*a, before=lambda t, q: (t < q).cumprod(0).bool()))


@wrong("popularity-before")
def counts_without_repeats(items, times, query_times, n_items):
    return (_counts(items, times, query_times, n_items, lambda t, q: t < q) > 0).long()


@right("pad-and-truncate")
def pad_by_pandas(histories, max_len):
    frame = pd.concat([pd.Series(h[-max_len:]) for h in histories], axis=1).T
    return frame.fillna(0).to_numpy().tolist(), frame.notna().sum(axis=1)


def _padded(histories, width, side=1):
    return torch.tensor(
        [h + [0] * (width - len(h)) if side else [0] * (width - len(h)) + h for h in histories]
    )


@wrong("pad-and-truncate")
def pad_to_max_len(histories, max_len):
    cut = [h[-max_len:] for h in histories]
    return _padded(cut, max_len), torch.tensor([len(h) for h in cut])


@wrong("pad-and-truncate")
def pad_with_old_lengths(histories, max_len):
    cut = [h[-max_len:] for h in histories]
    return _padded(cut, max(map(len, cut))), torch.tensor([len(h) for h in histories])


@wrong("pad-and-truncate")
def pad_in_front(histories, max_len):
    cut = [h[-max_len:] for h in histories]
    return _padded(cut, max(map(len, cut)), side=0), torch.tensor([len(h) for h in cut])


@wrong("pad-and-truncate")
def pad_by_columns(histories, max_len):
    cut = [h[-max_len:] for h in histories]
    return _padded(cut, max(map(len, cut))).T, torch.tensor([len(h) for h in cut])


@right("length-batches")
def batches_by_sorted(lengths, size):
    batch = {
        n: place // size for place, n in enumerate(sorted(range(len(lengths)), key=lambda n: lengths[n]))
    }
    return [torch.tensor(batch[n]) for n in range(len(lengths))]


def _batches(order, size, number=lambda place, size: place // size):
    batch = np.empty(len(order), dtype=int)
    batch[order] = number(np.arange(len(order)), size)
    return batch


wrong("length-batches")(lambda n, size: np.argsort(n, kind="stable") // size)
wrong("length-batches")(lambda n, size: _batches(np.argsort(-np.asarray(n), kind="stable"), size))
wrong("length-batches")(lambda n, size: _batches(np.lexsort((-np.arange(len(n)), n)), size))
wrong("length-batches")(lambda n, size: _batches(np.argsort(n, kind="stable"), size, lambda p, s: p // s + 1))
wrong("length-batches")(lambda n, size: np.unique(n, return_inverse=True)[1])


def _worth(log, train, seeds, shuffle=lambda s: s, change=lambda d: d, error=None):
    def value(model, split):
        return evaluate(model, split.test, (10,))["NDCG@10"]

    true = np.array([value(*train(log, s)) for s in seeds])
    mixed = np.array([value(*train(permute_order(log, shuffle(s)), s)) for s in seeds])
    lost = change(true - mixed)
    return lost.mean(), (error or (lambda a, b, d: d.std(ddof=1) / len(d) ** 0.5))(true, mixed, lost)


right("order-worth")(lambda *a: tuple(np.array(x) for x in _worth(*a)))
right("order-worth")(lambda *a: torch.tensor(_worth(*a)))
wrong("order-worth")(lambda *a: _worth(*a, shuffle=lambda s: 0))
wrong("order-worth")(lambda *a: _worth(*a, change=abs))
wrong("order-worth")(lambda *a: _worth(*a, change=lambda d: -d))
wrong("order-worth")(
    lambda *a: _worth(*a, error=lambda t, m, d: ((t.var(ddof=1) + m.var(ddof=1)) / len(d)) ** 0.5)
)
wrong("order-worth")(lambda *a: _worth(*a, error=lambda t, m, d: d.std() / len(d) ** 0.5))
wrong("order-worth")(lambda *a: _worth(*a, error=lambda t, m, d: d.std(ddof=1)))


# Chapter 3


@right("row-that-flatters")
def flattering_with_a_rival():
    return np.array([9, 3, 1, 1, 1, 1, 1, 1, 0], dtype=np.int64), np.int64(2), 5


right("row-that-flatters")(lambda: {"scores": [0, -2, -2, -2, -2, -5.5], "k": torch.tensor(3), "target": 1})
wrong("row-that-flatters")(([0.0, 0.5, 0.5], 1, 2))
wrong("row-that-flatters")(([0.0, 0.5, 0.5, 0.5], 3, 2))
wrong("row-that-flatters")(([0.0, 0.9, 0.5, 0.3], 2, 1))
wrong("row-that-flatters")(([0.0, 0.5, 0.50001, 0.5, 0.4], 2, 1))

right("who-is-better")([False, "no", True, "open", " Open"])
wrong("who-is-better")(["no", "yes", "yes", "open", "open"])
wrong("who-is-better")(["no", "no", "yes", "no", "open"])
wrong("who-is-better")(["yes", "no", "yes", "open", "open"])
wrong("who-is-better")(lambda: ["no", "no", "yes", "open", "yes"])


@right("ndcg-of-lists")
def lists_by_loop(lists, targets, k):
    gains = []
    for row, target in zip(lists.tolist(), targets.tolist(), strict=True):
        gains.append(1 / log2(row.index(target) + 2) if target in row[:k] else 0)
    return np.float64(np.mean(gains))


def _of_lists(lists, targets, k, start=2.0, count=len):
    cut = lists[:, :k]
    hit = cut == targets[:, None]
    gain = (hit / torch.log2(torch.arange(cut.shape[1]) + start)).sum(1)
    return float(gain.sum() / count(hit))


wrong("ndcg-of-lists")(lambda *a: _of_lists(*a, start=3.0))
wrong("ndcg-of-lists")(lambda *a: _of_lists(*a, count=lambda hit: max(1, int(hit.any(1).sum()))))
wrong("ndcg-of-lists")(lambda lists, targets, k: _of_lists(lists.flip(1), targets, k))
wrong("ndcg-of-lists")(lambda lists, targets, k: _of_lists(lists, targets, lists.shape[1]))


@wrong("ndcg-of-lists")
def lists_by_argmax(lists, targets, k):
    place = (lists[:, :k] == targets[:, None]).int().argmax(1)
    return float((1 / torch.log2(place + 2.0)).mean())


@right("mean-over-batches")
def mean_of_all(batches):
    values = [x for batch in batches for x in np.asarray(batch).tolist()]
    return Fraction(sum(map(Fraction, values)), len(values))


wrong("mean-over-batches")(lambda batches: np.mean([np.mean(b) for b in batches]))
wrong("mean-over-batches")(lambda batches: (x := np.concatenate(batches))[x > 0].mean())
wrong("mean-over-batches")(lambda batches: np.concatenate(batches[:-1] or batches).mean())
wrong("mean-over-batches")(lambda batches: np.median(np.concatenate(batches)))


@right("sampled-hit-rate")
def sampled_exactly(rank, rivals, n, k):
    ways = sum(comb(rank - 1, j) * comb(rivals - rank + 1, n - j) for j in range(min(k, n + 1)))
    return Fraction(ways, comb(rivals, n))


@wrong("sampled-hit-rate")
def sampled_with_replacement(rank, rivals, n, k):
    p = (rank - 1) / rivals
    return sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(min(k, n + 1)))


def _sampled(rank, rivals, n, places):
    return sum(comb(rank - 1, j) * comb(rivals - rank + 1, n - j) for j in places if 0 <= j <= n) / comb(
        rivals, n
    )


wrong("sampled-hit-rate")(lambda rank, rivals, n, k: _sampled(rank, rivals, n, range(1, k)))
wrong("sampled-hit-rate")(lambda rank, rivals, n, k: _sampled(rank, rivals, n, range(k + 1)))
wrong("sampled-hit-rate")(lambda rank, rivals, n, k: _sampled(rank + 1, rivals, n, range(k)))
wrong("sampled-hit-rate")(lambda rank, rivals, n, k: float(rank <= k))


@right("bootstrap-over-users")
def interval_by_pandas(values, users, drawn):
    cases = pd.Series(values).groupby(users).agg(list)
    means = pd.Series([np.mean([v for u in row for v in cases[u]]) for row in drawn])
    return means.quantile([0.025, 0.975])


def _interval(values, users, drawn, ends=lambda m: np.quantile(m, [0.025, 0.975])):
    return ends(np.array([np.concatenate([values[users == u] for u in row]).mean() for row in drawn]))


wrong("bootstrap-over-users")(lambda *a: _interval(*a, ends=lambda m: np.quantile(m, [0.05, 0.95])))
wrong("bootstrap-over-users")(lambda *a: _interval(*a, ends=lambda m: np.quantile(m, [0.975, 0.025])))
wrong("bootstrap-over-users")(
    lambda *a: _interval(*a, ends=lambda m: m.mean() + np.array([-1.96, 1.96]) * m.std())
)
wrong("bootstrap-over-users")(lambda *a: _interval(*a, ends=lambda m: (m.min(), m.max())))


@wrong("bootstrap-over-users")
def interval_of_user_means(values, users, drawn):
    own = np.array([values[users == u].mean() for u in range(users.max() + 1)])
    return np.quantile(own[drawn].mean(1), [0.025, 0.975])


@wrong("bootstrap-over-users")
def interval_each_user_once(values, users, drawn):
    means = [np.concatenate([values[users == u] for u in set(row.tolist())]).mean() for row in drawn]
    return np.quantile(means, [0.025, 0.975])


def _changes(sizes, prepare, change=lambda a, b, c, d: (a - b) * (c - d) < 0, full=Protocol()):  # noqa: B008
    models, split, popularity = prepare()
    asked = [standings(one, split.test, popularity) for one in models.values()]

    def means(protocol):
        return [float(one.measure(protocol)["NDCG@10"].mean()) for one in asked]

    top, pairs = means(full), list(combinations(range(len(asked)), 2))
    drawn = [means(Protocol("uniform", n)) for n in sizes]
    return [sum(change(x[a], x[b], top[a], top[b]) for a, b in pairs) for x in drawn]


right("order-changes")(lambda *a: tuple(map(np.array, _changes(*a))))
wrong("order-changes")(lambda *a: _changes(*a, change=lambda a, b, c, d: (a - b) * (c - d) >= 0))
wrong("order-changes")(lambda *a: _changes(*a, change=lambda a, b, c, d: (a > b) != (c > d)))
wrong("order-changes")(lambda *a: [n / 3 for n in _changes(*a)])
wrong("order-changes")(lambda *a: [min(n, 1) for n in _changes(*a)])
wrong("order-changes")(lambda *a: [2 * n for n in _changes(*a)])


# Chapter 4


@right("last-real-state")
def gathered(states, lengths):
    place = (lengths - 1).reshape(-1, 1, 1).expand(-1, 1, states.shape[2])
    return states.gather(1, place)[:, 0].tolist()


right("last-real-state")(
    lambda states, lengths: states[torch.arange(len(lengths)), lengths - 1 - states.shape[1]]
)
wrong("last-real-state")(lambda states, lengths: states[:, lengths.max() - 1])
wrong("last-real-state")(lambda states, lengths: states[lengths - 1, torch.arange(len(lengths))])
wrong("last-real-state")(
    lambda states, lengths: torch.stack([s[: int(n)].amax(0) for s, n in zip(states, lengths, strict=True)])
)


@right("lstm-step")
def step_by_torch(v, h, c, W, U, b):
    cell = torch.nn.LSTMCell(v.shape[1], v.shape[1]).double()
    for own, given in ((cell.weight_ih, W), (cell.weight_hh, U), (cell.bias_ih, b), (cell.bias_hh, 0 * b)):
        own.data = given
    return cell(v, (h, c))


def _lstm(v, h, c, W, U, b, order=(0, 1, 2, 3), let_in=torch.tanh, shown=torch.tanh):
    i, f, g, o = ((v @ W.T + h @ U.T + b).chunk(4, 1)[n] for n in order)
    c = f.sigmoid() * c + i.sigmoid() * let_in(g)
    return o.sigmoid() * shown(c), c


wrong("lstm-step")(lambda *a: _lstm(*a, order=(0, 1, 3, 2)))
wrong("lstm-step")(lambda *a: _lstm(*a, shown=torch.sigmoid))
wrong("lstm-step")(lambda *a: _lstm(*a, let_in=torch.relu))
wrong("lstm-step")(lambda *a: _lstm(*a)[0])


@right("port-gru-weights")
def ported_by_rows(*given):
    width = len(given[0]) // 3
    rows = [*range(width, 2 * width), *range(width), *range(2 * width, 3 * width)]
    sign = np.repeat([1.0, -1.0, 1.0], width)
    return [(w.numpy()[rows].T * sign).T for w in given]


wrong("port-gru-weights")(lambda *given: [torch.cat([w.chunk(3)[n] for n in (1, 0, 2)]) for w in given])
wrong("port-gru-weights")(lambda *given: [-torch.cat([w.chunk(3)[n] for n in (1, 0, 2)]) for w in given])
wrong("port-gru-weights")(lambda *given: [torch.cat([-w.chunk(3)[0], *w.chunk(3)[1:]]) for w in given])
wrong("port-gru-weights")(
    lambda *given: [torch.cat([w.chunk(3)[1], 1 - w.chunk(3)[0], w.chunk(3)[2]]) for w in given]
)


@right("left-after")
def left_by_loop(b_ih, b_hh, k):
    width, left = len(b_ih) // 4, []
    for n in range(width, 2 * width):
        share = 1.0
        for _ in range(k):
            share /= 1 + np.exp(-float(b_ih[n] + b_hh[n]))
        left.append(share)
    return left


wrong("left-after")(lambda b, c, k: b.chunk(4)[1].sigmoid() ** k)
wrong("left-after")(lambda b, c, k: (b + c).chunk(4)[1].sigmoid() ** (k + 1))
wrong("left-after")(lambda b, c, k: (b + c).chunk(4)[1].tanh() ** k)
wrong("left-after")(lambda b, c, k: (b + c).sigmoid() ** k)
right("bias-for-distance")(lambda k, share: -np.log(np.float64(share) ** (-1.0 / k) - 1.0))
wrong("bias-for-distance")(lambda k, share: np.log(k))
wrong("bias-for-distance")(lambda k, share: share ** (1 / k))
wrong("bias-for-distance")(lambda k, share: np.log(1 / share - 1) / k)


@right("gradient-sizes")
def sizes_by_differences(W, U, b, vectors, kept):
    def last(moved):
        h = torch.zeros_like(b)
        for v in moved:
            h = kept * h + (1 - kept) * (W @ v + U @ h + b).tanh()
        return h

    found = []
    for k in range(1, len(vectors) + 1):
        squares = 0.0
        for feature in range(vectors.shape[1]):
            ends = []
            for sign in (1, -1):
                moved = vectors.clone()
                moved[-k, feature] += sign * 1e-6
                ends.append(last(moved))
            squares += float(((ends[0] - ends[1]) / 2e-6).square().sum())
        found.append(squares**0.5)
    return found


wrong("gradient-sizes")(lambda *a: [size / len(a[2]) ** 0.5 for size in sizes_by_differences(*a)])
wrong("gradient-sizes")(lambda *a: sizes_by_differences(*a)[::-1])
wrong("gradient-sizes")(
    lambda W, U, b, vectors, kept: [float((W @ U.matrix_power(k)).norm()) for k in range(len(vectors))]
)


def last_state(W, U, b, kept):
    def last(vectors):
        h = torch.zeros_like(b)
        for v in vectors:
            h = kept * h + (1 - kept) * (W @ v + U @ h + b).tanh()
        return h

    return last


for transform in (torch.func.jacrev, torch.func.jacfwd):
    wrong("gradient-sizes")(
        lambda W, U, b, v, kept, of=transform: of(last_state(W, U, b, kept))(v).norm(dim=(0, 2)).flip(0)
    )
wrong("loss-gradient")(
    lambda s, v, y: torch.func.grad(lambda e: cross_entropy((s @ e.T)[:, 1:], y - 1))(v)  # noqa: E731
)


right("what-is-remembered")(("YES", "open", "no", "Open", False, "open"))
wrong("what-is-remembered")(["yes", "yes", "no", "open", "no", "open"])
wrong("what-is-remembered")(["yes", "open", "no", "no", "no", "open"])
wrong("what-is-remembered")(["yes", "open", "no", "open", "yes", "open"])


@right("memory-kept")
def kept_by_pandas(kinds, seeds, train):
    rows = [(kind, *(float(x.mean()) for x in train(kind, seed))) for kind in kinds for seed in seeds]
    mean = pd.DataFrame(rows, columns=["kind", "model", "low", "top"]).groupby("kind").mean().loc[kinds]
    return (mean.model - mean.low) / (mean.top - mean.low)


wrong("memory-kept")(
    lambda kinds, seeds, train: [
        np.mean([float(m.mean() / top.mean()) for m, _, top in (train(kind, s) for s in seeds)])
        for kind in kinds
    ]
)
wrong("memory-kept")(lambda kinds, seeds, train: kept_by_pandas(kinds, seeds[-1:], train))
wrong("memory-kept")(lambda kinds, seeds, train: 100 * kept_by_pandas(kinds, seeds, train))
# Chapter 5


@right("masked-softmax")
def softmax_row_by_row(scores, allowed):
    rows = []
    for s, may in zip(scores.tolist(), allowed.tolist(), strict=True):
        seen = [x for x, ok in zip(s, may, strict=True) if ok]
        odds = [float(np.exp(x - max(seen))) if ok else 0.0 for x, ok in zip(s, may, strict=True)]
        rows.append([odd / (sum(odds) or 1.0) for odd in odds])
    return rows


@right("masked-softmax")
def softmax_of_what_is_left(scores, allowed):
    """NaN over NaN: the empty row is mended last."""
    return torch.where(allowed, scores, -torch.inf).softmax(-1).nan_to_num(0.0).double().numpy()


@wrong("masked-softmax")
def softmax_with_the_lowest_number(scores, allowed):
    return scores.masked_fill(~allowed, torch.finfo(scores.dtype).min).softmax(-1)


@wrong("masked-softmax")
def softmax_without_its_hidden_rubbish(scores, allowed):
    """What is not finite becomes 0 before the mask: the empty row is still NaN."""
    return scores.nan_to_num(0.0, 0.0, 0.0).masked_fill(~allowed, -torch.inf).softmax(-1)


@wrong("masked-softmax")
def softmax_of_clamped_scores(scores, allowed):
    return softmax_of_what_is_left(scores.clamp(-100, 100), allowed)


@right("score-spread")
def spread_of_a_sum(d, sd_query, sd_key, mean_key, scaled):
    one = (sd_query * sd_key) ** 2 + (sd_query * mean_key) ** 2
    return np.sqrt(sum([one / (d if scaled else 1)] * d))


@wrong("score-spread")
def spread_with_the_mean_taken_off(d, sd_query, sd_key, mean_key, scaled):
    return (d * sd_query**2 * abs(sd_key**2 - mean_key**2) / (d if scaled else 1)) ** 0.5


wrong("score-spread")(lambda d, sd_query, sd_key, mean_key, scaled: sd_query * sd_key)
wrong("score-spread")(lambda d, sd_query, sd_key, mean_key, scaled: d**0.5 if not scaled else 1.0)


@right("additive-weights")
def additive_query_by_query(query, key, w_q, w_k, v):
    mapped = key @ w_k
    rows = [
        [(torch.tanh(q @ w_q + k) @ v).softmax(0) for q in one] for one, k in zip(query, mapped, strict=True)
    ]
    return [torch.stack(row) for row in rows]


@wrong("additive-weights")
def additive_with_a_sigmoid(query, key, w_q, w_k, v):
    return (torch.sigmoid((query @ w_q)[:, :, None] + (key @ w_k)[:, None]) @ v).softmax(-1)


@wrong("additive-weights")
def additive_difference(query, key, w_q, w_k, v):
    return (torch.tanh((query @ w_q)[:, :, None] - (key @ w_k)[:, None]) @ v).softmax(-1)


@wrong("additive-weights")
def additive_with_a_sum_for_v(query, key, w_q, w_k, v):
    return torch.tanh((query @ w_q)[:, :, None] + (key @ w_k)[:, None]).sum(-1).softmax(-1)


@right("items-looked-at")
def count_by_a_product(scores, lengths, temperature):
    """exp of the entropy is the product of w to the power of minus w."""
    found = []
    for row, n in zip(scores.double(), lengths.tolist(), strict=True):
        w = (row[:n] / temperature).softmax(0)
        found.append(float((w ** (-w)).prod()))
    return np.array(found)


@wrong("items-looked-at")
def count_of_large_weights(scores, lengths, temperature):
    real = torch.arange(scores.shape[1]) < lengths[:, None]
    w = (scores / temperature).masked_fill(~real, -torch.inf).softmax(-1)
    return (w > 1 / lengths[:, None]).sum(-1).float()


@wrong("items-looked-at")
def count_by_the_largest(scores, lengths, temperature):
    real = torch.arange(scores.shape[1]) < lengths[:, None]
    return 1 / (scores / temperature).masked_fill(~real, -torch.inf).softmax(-1).amax(-1)


@wrong("items-looked-at")
def count_at_the_root_of_the_temperature(scores, lengths, temperature):
    return count_by_a_product(scores, lengths, temperature**0.5)


@right("look-from-last")
def look_by_a_matrix_of_all_pairs(states, lengths, weight):
    scores = states @ weight @ states.mT  # (B, T, T)
    real = torch.arange(states.shape[1]) < lengths[:, None]
    every = scores.masked_fill(~real[:, None], -torch.inf).softmax(-1) @ states
    return every[torch.arange(len(states)), lengths - 1].tolist()


@wrong("look-from-last")
def look_from_the_mean(states, lengths, weight):
    real = (torch.arange(states.shape[1]) < lengths[:, None]).float()
    query = (states * real[..., None]).sum(1) / lengths[:, None]
    scores = torch.einsum("bd,de,bte->bt", query, weight, states)
    return (scores.masked_fill(real == 0, -torch.inf).softmax(-1)[:, None] @ states)[:, 0]


@wrong("look-from-last")
def look_from_the_first(states, lengths, weight):
    return look_by_a_matrix_of_all_pairs(states.flip(1), torch.full_like(lengths, states.shape[1]), weight)


@wrong("look-from-last")
def look_without_softmax(states, lengths, weight):
    query = states[torch.arange(len(states)), lengths - 1]
    scores = torch.einsum("bd,de,bte->bt", query, weight, states)
    real = torch.arange(states.shape[1]) < lengths[:, None]
    return ((scores * real)[:, None] @ states)[:, 0]


@right("where-it-sits")
def sits_with_nan_for_nothing(weights, cause, lengths, reach):
    """Everything outside is NaN, and nanmean leaves it out."""
    padded = np.full((len(cause), weights.shape[1] + 2 * reach), np.nan)
    for row, n in enumerate(lengths.tolist()):
        padded[row, reach : reach + n] = weights[row, :n].numpy()
    cut = np.stack([padded[row, c : c + 2 * reach + 1] for row, c in enumerate(cause.tolist())])
    return np.nanmean(cut, axis=0)


@wrong("where-it-sits")
def sits_summed_up(weights, cause, lengths, reach):
    return sits_with_nan_for_nothing(weights, cause, lengths, reach) * len(cause)


@wrong("where-it-sits")
def sits_one_late(weights, cause, lengths, reach):
    found = sits_with_nan_for_nothing(weights, cause, lengths, reach + 1)
    return found[2:]


@wrong("where-it-sits")
def sits_as_shares(weights, cause, lengths, reach):
    found = sits_with_nan_for_nothing(weights, cause, lengths, reach)
    return found / found.sum()


@right("three-masks")
def scores_in_two_rows_of_unlike_masks():
    return [[-150.0, 9.0, -151.0, 9.0], [0.0, -1.0, 50.0, 0.5]], [[1, 0, 1, 0], [1, 1, 0, 1]]


right("three-masks")(
    {"allowed": np.array([[True, True, False]] * 2), "scores": [[-300.0, -301, 5], [0, -2, 7]]}
)
wrong("three-masks")((torch.randn(3, 4), torch.ones(3, 4, dtype=torch.bool)))
wrong("three-masks")(([[0.0, -150.0, -151.0]], [[False, True, True]]))
wrong("three-masks")(([[0.0, 1.0, 200.0]], [[True, True, False]]))
wrong("three-masks")(lambda: ([[-200.0, 0.0], [0.0, 1.0]], [[True, False], [False, False]]))


def _gains(first, second, seeds, train):
    """(seeds, U)"""
    found = []
    for form in (first, second):
        runs = [train(form, seed) for seed in seeds]
        found.append(np.stack([evaluate(m, s.test).values("NDCG@10") for m, s in runs]))
    return found[1] - found[0]


@right("gain-of-form")
def gain_by_means_of_forms(first, second, seeds, train):
    each = _gains(first, second, seeds, train).mean(0)
    spread = ((each - each.mean()) ** 2).sum() / (each.size - 1)
    return torch.tensor([each.mean(), (spread / each.size) ** 0.5])


@wrong("gain-of-form")
def gain_in_percent(first, second, seeds, train):
    each = 100 * _gains(first, second, seeds, train).mean(0)
    return each.mean(), each.std(ddof=1) / np.sqrt(each.size)


@wrong("gain-of-form")
def gain_with_twice_the_error(first, second, seeds, train):
    each = _gains(first, second, seeds, train).mean(0)
    return each.mean(), 1.96 * each.std(ddof=1) / np.sqrt(each.size)


@wrong("gain-of-form")
def gain_of_the_last_seed(first, second, seeds, train):
    each = _gains(first, second, seeds[-1:], train).mean(0)
    return each.mean(), each.std(ddof=1) / np.sqrt(each.size)


# Chapter 6


@right("split-heads")
def split_by_slices_of_features(states, heads):
    d = states.shape[-1] // heads
    return [[one[:, h * d : (h + 1) * d].tolist() for h in range(heads)] for one in states]


@wrong("split-heads")
def split_with_features_before_steps(states, heads):
    d = states.shape[-1] // heads
    return torch.stack([states[..., h * d : (h + 1) * d].mT for h in range(heads)], 1)


wrong("split-heads")(lambda states, heads: torch.stack(states.chunk(heads, -1)))  # (H, B, T, d)
wrong("split-heads")(lambda states, heads: torch.stack(states.chunk(heads, -1)[::-1], 1))
wrong("split-heads")(lambda states, heads: torch.stack([states] * heads, 1))


@right("din-pool")
def pool_candidate_by_candidate(scores, states, lengths):
    a, h = scores.double().numpy(), states.double().numpy()
    return [
        np.stack([sum(w * x for w, x in zip(row[:n], hist[:n], strict=True)) for row in of_slate])
        for of_slate, hist, n in zip(a, h, lengths.tolist(), strict=True)
    ]


def _pooled(scores, states, lengths, kept=lambda a: a, first=0):
    steps = torch.arange(states.shape[1])
    real = (steps >= first) & (steps < lengths[:, None])
    return (kept(scores) * real[:, None]) @ states


wrong("din-pool")(lambda *a: _pooled(*a, kept=lambda scores: scores.abs()))
wrong("din-pool")(lambda *a: _pooled(*a, kept=lambda scores: scores.exp()))
wrong("din-pool")(lambda *a: _pooled(*a, first=1))
wrong("din-pool")(lambda *a: _pooled(*a) / a[1].shape[1])
wrong("din-pool")(lambda scores, states, lengths: _pooled(scores, states, states.shape[1] - lengths))


def _two_ways(
    states, slate, w, lengths, slate_real=lambda b: b, last=None, scale=1, best=torch.amax, swap=False
):
    dim = states.shape[-1]
    of_h, of_u = (w[dim : 2 * dim], w[:dim]) if swap else (w[:dim], w[dim : 2 * dim])
    table = torch.einsum("bte,bce,e->btc", states, slate, w[2 * dim :])
    table = (table + (states @ of_h)[:, :, None] + (slate @ of_u)[:, None, :]) / scale
    answer = torch.einsum("btc,bce->bte", table.softmax(-1), slate)
    met = []
    for row, x, n in zip(best(table, -1), states, lengths.tolist(), strict=True):
        met.append(slate_real(row[:n].softmax(0)) @ x[:n])
    met = torch.stack(met)[:, None].expand_as(states)
    parts = [states, answer, states * answer, states * met]
    return torch.cat(last(parts, met) if last else parts, -1)


right("bidaf-mix")(lambda *a: _two_ways(*(x.double() if x.is_floating_point() else x for x in a)).numpy())
wrong("bidaf-mix")(lambda *a: _two_ways(*a, scale=a[0].shape[-1] ** 0.5))
wrong("bidaf-mix")(lambda *a: _two_ways(*a, swap=True))
wrong("bidaf-mix")(lambda *a: _two_ways(*a, best=torch.amin))
wrong("bidaf-mix")(lambda *a: _two_ways(*a, best=torch.sum))
wrong("bidaf-mix")(lambda *a: _two_ways(*a, last=lambda parts, met: [*parts[:3], met]))
wrong("bidaf-mix")(lambda *a: _two_ways(*a, slate_real=lambda b: one_hot(b.argmax(), len(b)).float()))


@wrong("bidaf-mix")
def mix_with_zeros_in_padded_rows(states, slate, w, lengths):
    real = torch.arange(states.shape[1]) < lengths[:, None]
    return _two_ways(states, slate, w, lengths) * real[..., None]


def _items_worth(scores, session, session_scores, now, vote=None, seen=None, end=1):
    """Session by session in plain numbers."""
    stop = now + end
    odds = np.exp(scores.double().numpy())
    votes = session_scores.double().numpy()
    numbers = session.tolist()
    there = sorted(set(numbers[:stop]))
    shares = np.exp([votes[s] for s in there])
    shares = vote(there, numbers[:stop]) if vote else shares / shares.sum()
    found = np.zeros(len(numbers))
    for s, share in zip(there, shares, strict=True):
        mine = [j for j in range(stop) if numbers[j] == s]
        found[mine] = share * (odds[mine] / odds[mine].sum() if seen is None else seen(odds[mine]))
    return found


right("item-weights")(_items_worth)
wrong("item-weights")(lambda *a: _items_worth(*a, end=0) if a[3] else _items_worth(*a))
wrong("item-weights")(lambda *a: _items_worth(*a, vote=lambda there, seen: [1 / len(there)] * len(there)))
wrong("item-weights")(
    lambda *a: _items_worth(*a, vote=lambda there, seen: [seen.count(s) / len(seen) for s in there])
)
wrong("item-weights")(lambda *a: _items_worth(*a, seen=lambda odds: np.full(len(odds), 1 / len(odds))))


@wrong("item-weights")
def worth_of_seen_sessions_by_place(scores, session, session_scores, now):
    """The seen sessions take the first session scores, whatever their numbers are."""
    renumbered = session.unique(return_inverse=True)[1]
    return _items_worth(scores, renumbered, session_scores, now)


@wrong("item-weights")
def worth_of_this_session_and_before(scores, session, session_scores, now):
    """Every session up to the one of ``now`` votes, also one without an item."""
    found = _items_worth(scores, session, session_scores, now)
    votes = session_scores[: int(session[now]) + 1].softmax(0)
    there = session[: now + 1].unique()
    return found * float(votes[there].sum())


@right("match-heads")
def match_cause_by_cause(weights):
    """Dynamic programming: the best for the first kinds with each set of heads."""
    total = np.zeros(weights.shape[2])
    for run in weights.double().numpy():
        best = {frozenset(): (0.0, ())}
        for kind in range(len(run)):
            grown = {}
            for used, (value, heads) in best.items():
                for h in set(range(len(run))) - used:
                    new = (value + run[h, kind], (*heads, h))
                    grown[used | {h}] = max(grown.get(used | {h}, (-1.0, ())), new)
            best = grown
        ((_, heads),) = best.values()
        total += [run[h, kind] for kind, h in enumerate(heads)]
    return (total / len(weights)).tolist()


def _matched(weights, key=lambda met: met.sum(), mean=lambda found: found.mean(0), order=False):
    found = []
    for run in weights:
        kinds = range(len(run))
        orders = [[int(h) for h in torch.tensor(p)] for p in permutations(kinds)]
        best = max(orders, key=lambda p: float(key(torch.stack([run[h, k] for k, h in enumerate(p)]))))
        # order: by head and not by kind
        found.append(torch.stack([run[h, k] for h, k in sorted(zip(best, kinds, strict=True))] if order
                                 else [run[h, k] for k, h in enumerate(best)]))  # fmt: skip
    return mean(torch.stack(found))


wrong("match-heads")(lambda w: _matched(w, order=True))
wrong("match-heads")(lambda w: _matched(w, key=lambda met: -met.sum()))
wrong("match-heads")(lambda w: _matched(w, key=lambda met: met.min()))
wrong("match-heads")(lambda w: _matched(w, key=lambda met: met.prod()))
wrong("match-heads")(lambda w: _matched(w, mean=lambda found: found.sum(0)))
wrong("match-heads")(lambda w: _matched(w, mean=lambda found: found.median(0).values))


@wrong("match-heads")
def match_each_head_to_its_kind(weights):
    """Each head goes to the kind on which it puts most; a kind with no head gets 0."""
    found = torch.zeros(weights.shape[0], weights.shape[2])
    for r, run in enumerate(weights):
        for row in run:
            k = int(row.argmax())
            found[r, k] = max(found[r, k], row[k])
    return found.mean(0)


def _longer(first, second, seeds, train, more=lambda n: n > 20, spread=lambda a, b: (a - b).mean(0), per=1):
    found = []
    for form in (first, second):
        runs = [train(form, seed) for seed in seeds]
        found.append(np.stack([(near - far)[more(n)].numpy() for n, near, far in runs]))
    each = spread(*found)
    return found[0].mean() / per, found[1].mean() / per, each.std(ddof=1) / each.size**0.5 / per


right("which-form")(lambda: (True, "open", "Open", False))
wrong("which-form")(["no", "open", "open", "no"])
wrong("which-form")(["yes", "no", "open", "no"])
wrong("which-form")(["yes", "open", "yes", "yes"])
right("asked-longer")(lambda *a: np.array(_longer(*a)))
wrong("asked-longer")(lambda *a: _longer(*a, more=lambda n: n <= 20))
wrong("asked-longer")(lambda *a: _longer(*a, spread=lambda a, b: (a + b).mean(0)))
wrong("asked-longer")(lambda *a: _longer(*a, spread=lambda a, b: a.mean(0)))
wrong("asked-longer")(lambda *a: _longer(*a, spread=lambda a, b: (a - b)[-1]))
wrong("asked-longer")(lambda *a: _longer(a[1], a[0], *a[2:]))
wrong("asked-longer")(lambda *a: _longer(*a, per=0.01))


# Chapter 7


@right("fm-pairs")
def pairs_in_a_triangle(x, factors):
    meets = (factors @ factors.T).triu(1)  # (n, n)
    return np.einsum("bi,ij,bj->b", x.numpy(), meets.numpy(), x.numpy()).tolist()


@wrong("fm-pairs")
def pairs_with_the_diagonal(x, factors):
    return ((x @ (factors @ factors.T).triu(0)) * x).sum(1)


@wrong("fm-pairs")
def pairs_by_cosine(x, factors):
    unit = factors / factors.norm(dim=1, keepdim=True)
    return ((x @ (unit @ unit.T).triu(1)) * x).sum(1)


@wrong("fm-pairs")
def pairs_by_absolute_inputs(x, factors):
    return ((x.abs() @ (factors @ factors.T).triu(1)) * x.abs()).sum(1)


_GROUPS = [4, 4, 9, 9, 9, 9, 7]  # user numbers, in no order; the last has a click alone


@right("groups-that-tell")
def three_users_in_lists():
    return [0, 1, 1, 0, 0, 0, 1], [0.4, 0.3, 0.2, 0.2, 0.6, -1.0, 0.9], _GROUPS


@wrong("groups-that-tell")
def one_user():
    return [1, 0, 0], [0.3, 0.3, 0.1], [1, 1, 1]


@wrong("groups-that-tell")
def without_ties():
    return [0, 1, 1, 0, 0, 0, 1], [0.4, 0.3, 0.2, 0.25, 0.6, -1.0, 0.9], _GROUPS


@wrong("groups-that-tell")
def groups_of_one_row():
    return [1, 0, 1], [0.3, 0.2, 0.1], [1, 2, 3]


@right("dice-unit")
def dice_column_by_column(s, mean, variance, alpha, training):
    columns = []
    for d in range(s.shape[1]):
        v = s[:, d].double()
        m = v.mean() if training else mean[d]
        n = ((v - m) ** 2).mean() if training else variance[d]
        p = 1 / (1 + torch.exp(-(v - m) / torch.sqrt(n + 1e-8)))
        columns.append(alpha[d] * v + p * (1 - alpha[d]) * v)
    return torch.stack(columns, 1)


@wrong("dice-unit")
def dice_of_the_normed_value(s, mean, variance, alpha, training):
    m, n = (s.mean(0), s.var(0, correction=0)) if training else (mean, variance)
    z = (s - m) / (n + 1e-8).sqrt()
    return z.sigmoid() * z + (1 - z.sigmoid()) * alpha * z


@wrong("dice-unit")
def dice_with_both_statistics(s, mean, variance, alpha, training):
    m = 0.9 * mean + 0.1 * s.mean(0)
    p = ((s - m) / (0.9 * variance + 0.1 * s.var(0, correction=0) + 1e-8).sqrt()).sigmoid()
    return p * s + (1 - p) * alpha * s


@wrong("dice-unit")
def dice_without_a_slope(s, mean, variance, alpha, training):
    m, n = (s.mean(0), s.var(0, correction=0)) if training else (mean, variance)
    return ((s - m) / (n + 1e-8).sqrt()).sigmoid() * s


@right("augru-walk")
def augru_row_by_row(n, u, a, lengths):
    ends = []
    for row, length in enumerate(lengths.tolist()):
        h = np.zeros(n.shape[2])
        for t in range(length):
            renewed = float(a[row, t]) * (1 - u[row, t].numpy())
            h = h + renewed * (n[row, t].numpy() - h)
        ends.append(h)
    return np.array(ends)


@wrong("augru-walk")
def augru_from_the_first_candidate(n, u, a, lengths):
    h = n[:, 0]
    for t in range(1, n.shape[1]):
        renewed = a[:, t, None] * (1 - u[:, t]) * (t < lengths)[:, None]
        h = h + renewed * (n[:, t] - h)
    return h


@wrong("augru-walk")
def augru_last_step_left_out(n, u, a, lengths):
    h = torch.zeros_like(n[:, 0])
    for t in range(n.shape[1]):
        h = h + a[:, t, None] * (1 - u[:, t]) * (t < lengths - 1)[:, None] * (n[:, t] - h)
    return h


@wrong("augru-walk")
def augru_attention_of_both_sides(n, u, a, lengths):
    h = torch.zeros_like(n[:, 0])
    for t in range(n.shape[1]):
        w = a[:, t, None] * (t < lengths)[:, None]
        h = (1 - w) * u[:, t] * h + w * (1 - u[:, t]) * n[:, t]
    return h


@right("auxiliary-cost")
def auxiliary_by_cross_entropy(states, vectors, negatives, lengths):
    logits, wanted = [], []
    for b, length in enumerate(lengths.tolist()):
        for t in range(length - 1):
            logits += [states[b, t] @ vectors[b, t + 1], states[b, t] @ negatives[b, t + 1]]
            wanted += [1.0, 0.0]
    found = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.stack(logits).double(), torch.tensor(wanted).double()
    )
    return float(2 * found)


def _pairs_of(states, vectors, negatives, lengths, form):
    real = torch.arange(1, states.shape[1]) < lengths[:, None]
    fits = (states[:, :-1] * vectors[:, 1:]).sum(-1)
    return form(fits, (states[:, :-1] * negatives[:, 1:]).sum(-1))[real].mean()


wrong("auxiliary-cost")(
    lambda *parts: _pairs_of(*parts, form=lambda fits, other: -(fits - other).sigmoid().log())
)
wrong("auxiliary-cost")(
    lambda *parts: _pairs_of(*parts, form=lambda f, o: -f.sigmoid().log() + (1 - o.sigmoid()).log())
)
wrong("auxiliary-cost")(lambda *parts: _pairs_of(*parts, form=lambda f, o: -f.sigmoid() - (1 - o.sigmoid())))


@right("undo-sampling")
def undone_by_odds(logits, kept):
    odds = np.exp(np.asarray(logits, dtype=float)) * np.asarray(kept, dtype=float)
    return odds / (1 + odds)


wrong("undo-sampling")(lambda logits, kept: (logits.sigmoid().log() + kept.log()).sigmoid())
wrong("undo-sampling")(lambda logits, kept: (logits + (1 - kept).log()).sigmoid())
wrong("undo-sampling")(lambda logits, kept: logits.sigmoid() / (1 + kept))


@right("what-repairs-say")
def repairs_as_a_tuple():
    return ("yes", "no", "yes", "open", "no")


wrong("what-repairs-say")(lambda: ["yes"] * 5)
wrong("what-repairs-say")(lambda: ["yes", "open", "yes", "open", "no"])
wrong("what-repairs-say")(lambda: ["no", "no", "yes", "open", "yes"])


def _kept(kept, seeds, train, mend=lambda p, k: p * k / (1 - p + p * k), error=None):
    rows = []
    for seed in seeds:
        users, y, p = train(kept, seed)
        whole = train(1.0, seed)[2]
        cost = [torch.nn.functional.binary_cross_entropy(q, y, reduction="none")
                for q in (p, mend(p, kept), whole)]  # fmt: skip
        rows.append(pd.DataFrame({"user": users, "raw": cost[0] - cost[2], "mended": cost[1] - cost[2]}))
    means = pd.concat(rows).groupby("user").mean()["mended"]
    every = pd.concat(rows)
    return every.raw.mean(), every.mended.mean(), (error or (lambda m: m.sem()))(means)


right("keeping-costs")(lambda *a: _kept(*a))
wrong("keeping-costs")(lambda *a: _kept(*a, mend=lambda p, k: (p / k).clamp(max=0.999)))
wrong("keeping-costs")(lambda *a: _kept(*a, error=lambda m: m.std(ddof=0) / len(m) ** 0.5))
wrong("keeping-costs")(lambda *a: _kept(*a, error=lambda m: m.var()))


# Chapter 8


@right("stamp-memory")
def memory_row_by_row(vectors, lengths, w1, w2, w3, bias, a):
    out = []
    for row, n in zip(vectors.double(), lengths.tolist(), strict=True):
        v = row[:n].numpy()
        asks = w2.double().numpy() @ v[-1] + w3.double().numpy() @ v.mean(0) + bias.numpy()
        gates = 1 / (1 + np.exp(-(v @ w1.double().numpy().T + asks)))
        out.append((gates @ a.double().numpy()) @ v)
    return np.stack(out)


def _memory(vectors, lengths, w1, w2, w3, bias, a, *, last=None, mean=None, soft=False, real=None):
    there = torch.arange(vectors.shape[1]) < lengths[:, None]
    end = vectors[torch.arange(len(vectors)), lengths - 1] if last is None else last(vectors)
    middle = (vectors * there[..., None]).sum(1) / lengths[:, None] if mean is None else mean(vectors, there)
    weights = torch.sigmoid(vectors @ w1.T + (end @ w2.T + middle @ w3.T + bias)[:, None]) @ a
    weights = weights.masked_fill(~there, -torch.inf).softmax(1) if soft else weights * there
    return (weights[..., None] * vectors).sum(1) if real is None else real(weights, vectors, lengths)


wrong("stamp-memory")(lambda *given: _memory(*given, last=lambda v: v[:, -1]))
wrong("stamp-memory")(lambda *given: _memory(*given, mean=lambda v, there: v.mean(1)))
wrong("stamp-memory")(lambda *given: _memory(*given, soft=True))
wrong("stamp-memory")(
    lambda *given: _memory(*given, real=lambda w, v, n: (w[..., None] * v).sum(1) / n[:, None])
)
wrong("stamp-memory")(lambda v, n, w1, w2, w3, bias, a: _memory(v, n, w1.T, w2.T, w3.T, bias, a))
wrong("stamp-memory")(lambda v, n, w1, w2, w3, bias, a: _memory(v, n, w1, w2, w3, 0 * bias, a))


@right("narm-both")
def both_by_history(states, lengths, a1, a2, a):
    rows = []
    for row, n in zip(states, lengths, strict=True):
        h = row[: int(n)]
        odds = (a @ torch.sigmoid((a1 @ h[-1])[:, None] + a2 @ h.T)).exp()
        rows.append([*(odds @ h / odds.sum()).tolist(), *h[-1].tolist()])
    return rows


def _both(states, lengths, a1, a2, a, *, asks=None, weigh=None, end=None):
    real = torch.arange(states.shape[1]) < lengths[:, None]
    last = states[torch.arange(len(states)), lengths - 1]
    query = (last if asks is None else asks(states)) @ a1.T
    scores = torch.sigmoid(query[:, None] + states @ a2.T) @ a
    weights = scores.masked_fill(~real, -torch.inf).softmax(1) if weigh is None else weigh(scores, real)
    mixed = (weights[..., None] * states).sum(1)
    return torch.cat([mixed, last if end is None else end(states)], -1)


wrong("narm-both")(lambda *given: _both(*given, asks=lambda h: h[:, 0]))
wrong("narm-both")(lambda *given: _both(*given, weigh=lambda s, real: s.softmax(1) * real))
wrong("narm-both")(lambda *given: _both(*given, weigh=lambda s, real: (s * real).softmax(1)))
wrong("narm-both")(lambda *given: _both(*given, weigh=lambda s, real: s * real))
wrong("narm-both")(lambda *given: _both(*given, end=lambda h: h[:, -1]))
wrong("narm-both")(lambda *given: _both(*given).flip(1))


@right("index-recall")
def recall_by_frames(found, exact, target):
    mine = pd.DataFrame(found.tolist()).stack().droplevel(1)
    true = pd.DataFrame(exact.tolist()).stack().droplevel(1)
    true = true[true > 0]
    return true.groupby(level=0).apply(lambda one: one.isin(mine[mine.index == one.name]).mean()).mean()


wrong("index-recall")(lambda found, exact, target: (found == target[:, None]).any(1).double().mean())
wrong("index-recall")(lambda found, exact, target: (found == exact).double().mean())
wrong("index-recall")(
    lambda found, exact, target: (found[:, :, None] == exact[:, None]).any(2).double().mean()
)
wrong("index-recall")(
    lambda found, exact, target: (exact[:, :, None] == found[:, None]).any(2).double().mean()
)


@right("mean-relevance")
def relevance_by_place(clicks, place, looked, clip):
    chances = np.maximum(np.asarray(looked, dtype=float), float(clip))
    counts = np.bincount(
        np.asarray(place), weights=np.asarray(clicks, dtype=float), minlength=len(chances) + 1
    )
    return (counts[1 : len(chances) + 1] / chances).sum() / len(clicks)


wrong("mean-relevance")(lambda clicks, place, looked, clip: clicks.double().mean())
wrong("mean-relevance")(lambda clicks, place, looked, clip: (clicks * place).double().mean())
wrong("mean-relevance")(lambda clicks, place, looked, clip: (clicks / looked[place - 1]).mean())
wrong("mean-relevance")(
    lambda clicks, place, looked, clip: (clicks / looked[place - 1].clamp(max=clip)).mean()
)
wrong("mean-relevance")(
    lambda clicks, place, looked, clip: (clicks * looked[place - 1].clamp(min=clip)).mean()
)
wrong("mean-relevance")(
    lambda clicks, place, looked, clip: (
        (clicks / looked[place - 1].clamp(min=clip)).sum() / (1 / looked[place - 1].clamp(min=clip)).sum()
    )
)


@right("pipeline-ndcg")
def pipeline_by_sorting(first, second, seen, target, count, k):
    total = 0.0
    for one, two, met, wanted in zip(*(x.tolist() for x in (first, second, seen, target)), strict=True):
        free = sorted((i for i in range(1, len(one)) if not met[i]), key=lambda i: -one[i])[:count]
        free.sort(key=lambda i: -two[i])
        total += 1 / np.log2(free.index(wanted) + 2) if wanted in free[:k] else 0
    return total / len(target)


def _pipeline(first, second, seen, target, count, k, *, late=False, padding=False, kept=False, alone=False):
    first = first.clone() if late else first.masked_fill(seen, -torch.inf)
    if not padding:
        first[:, 0] = -torch.inf
    items = first.topk(count, 1).indices
    scores = (first if alone else second).gather(1, items)
    order = scores.argsort(1, descending=True)
    hit = (items.gather(1, order)[:, :k] == target[:, None]).double()
    gains = (hit / torch.log2(torch.arange(2.0, hit.shape[1] + 2))).sum(1)
    found = (items == target[:, None]).any(1)
    return gains[found].mean() if kept else gains.mean()


wrong("pipeline-ndcg")(lambda *given: _pipeline(*given, late=True))
wrong("pipeline-ndcg")(lambda *given: _pipeline(*given, padding=True))
wrong("pipeline-ndcg")(lambda *given: _pipeline(*given, kept=True))
wrong("pipeline-ndcg")(lambda *given: _pipeline(*given, alone=True))
wrong("pipeline-ndcg")(lambda a, b, seen, y, count, k: _pipeline(a, b, seen, y, count, count))
wrong("pipeline-ndcg")(lambda a, b, seen, y, count, k: _pipeline(b, b, seen, y, count, k))


@right("metrics-disagree")
def three_winners():
    return [2.0, 1.0], [[2.0, 1.1], [0.2, 0.1], [9.0, -4.0], [-30.0, 0.0]]


wrong("metrics-disagree")(lambda: ([1.0, 0.0], [[3.0, 0.0], [1.0, 0.2], [-9.0, 0.0]]))
wrong("metrics-disagree")(lambda: ([1.0, 0.0], [[3.0, 3.0], [1.0, 0.2], [0.1, 0.0]]))
wrong("metrics-disagree")(lambda: ([0.0, 0.0], [[3.0, 3.0], [1.0, 0.2], [0.1, 0.0], [-9.0, 0.0]]))
wrong("metrics-disagree")(lambda: ([1.0, 0.0], [[3.0, 3.0], [0.0, 0.0], [0.1, 0.0], [-9.0, 0.0]]))


@right("candidates-needed")
def needed_by_arrays(counts, seeds, run, most):
    losses = {}
    for count in counts:
        each = np.mean([np.subtract(*(x.numpy() for x in run(count, seed)[::-1])) for seed in seeds], axis=0)
        losses[count] = each.mean(), each.mean() + 1.96 * each.std(ddof=1) / np.sqrt(each.size)
    enough = [count for count in counts if losses[count][1] < most]
    best = min(enough) if enough else max(counts)
    return np.array([best, losses[best][0]])


def _needed(counts, seeds, run, most, *, loss=None, upper=None, pick=min):
    found = {}
    for count in counts:
        pairs = [run(count, seed) for seed in seeds]
        each = torch.stack([whole - part if loss is None else loss(part, whole) for part, whole in pairs])
        users = each.mean(0)
        error = float(users.std() / len(users) ** 0.5)
        top = float(users.mean()) + 1.96 * error if upper is None else upper(each, error)
        found[count] = float(users.mean()), top
    enough = [count for count in counts if found[count][1] < most] or [max(counts)]
    return pick(enough), found[pick(enough)][0]


wrong("candidates-needed")(lambda *given: _needed(*given, loss=lambda part, whole: part - whole))
wrong("candidates-needed")(lambda *given: _needed(*given, upper=lambda each, error: float(each.mean())))
wrong("candidates-needed")(
    lambda *given: _needed(*given, upper=lambda each, error: float(each.mean()) - 1.96 * error)
)
wrong("candidates-needed")(lambda *given: _needed(*given, pick=max))
wrong("candidates-needed")(lambda *given: _needed(*given, pick=lambda enough: enough[0]))
wrong("candidates-needed")(lambda counts, seeds, run, most: _needed(counts, seeds[:1], run, most))
wrong("candidates-needed")(lambda counts, seeds, run, most: _needed(counts, range(len(seeds)), run, most))


# Chapter 10b


@right("cloze-loss")
def cloze_in_numpy(scores, items, gaps, lengths):
    found = []
    for b, t in np.argwhere(gaps.numpy()):
        s = scores[b, t, 1:].numpy()
        found.append(s.max() + np.log(np.exp(s - s.max()).sum()) - s[items[b, t] - 1])
    return float(np.mean(found))


def _cloze(scores, items, gaps, lengths, low=-torch.inf, hide=True, **how):
    s = scores.clone()
    s[..., 0] = low
    targets = items.masked_fill(~gaps, 0) if hide else items
    return cross_entropy(s.flatten(0, 1), targets.flatten(), ignore_index=0, **how)


right("cloze-loss")(_cloze)
wrong("cloze-loss")(lambda *given: _cloze(*given, low=0.0))
wrong("cloze-loss")(lambda *given: _cloze(*given, hide=False))
wrong("cloze-loss")(lambda *given: _cloze(*given, reduction="sum"))
wrong("cloze-loss")(lambda *given: _cloze(*given, label_smoothing=0.1))
wrong("cloze-loss")(lambda s, i, g, n: _cloze(s, i, g, n) * g.sum() / n.sum())
wrong("cloze-loss")(lambda s, i, g, n: _cloze(s, i, (torch.arange(g.shape[1]) == n[:, None] - 1), n))


@right("ask-with-a-gap")
def gap_by_lists(items, lengths, mask_item):
    width = items.shape[1] + 1
    rows = [row[:n] + [mask_item] + [0] * (width - n - 1) for row, n in _lists(items, lengths)]
    return rows, [row.index(mask_item) for row in rows]


def _lists(items, lengths):
    return zip(items.tolist(), lengths.tolist(), strict=True)


@wrong("ask-with-a-gap")
def gap_in_the_old_width(items, lengths, mask_item):
    rows = [(row[:n] + [mask_item])[-items.shape[1] :] for row, n in _lists(items, lengths)]
    return _padded(rows, items.shape[1]), torch.tensor([len(row) - 1 for row in rows])


@wrong("ask-with-a-gap")
def gap_in_front_of_padding_on_the_left(items, lengths, mask_item):
    width = items.shape[1] + 1
    rows = [[0] * (width - n - 1) + row[:n] + [mask_item] for row, n in _lists(items, lengths)]
    return torch.tensor(rows), torch.full_like(lengths, width - 1)


wrong("ask-with-a-gap")(lambda items, n, m: (gap_by_lists(items, n, m)[0], n - 1))
wrong("ask-with-a-gap")(lambda items, n, m: gap_by_lists(items, n, int(items.max()) + 1))
wrong("ask-with-a-gap")(lambda items, n, m: gap_by_lists(items, (n - 1).clamp(min=1), m))


@right("steps-reached")
def steps_by_gradient(n, kernel, dilations):
    x = torch.ones(1, 1, n, requires_grad=True)
    h = x
    for d in dilations:
        h = torch.nn.functional.conv1d(pad(h, ((kernel - 1) * d, 0)), torch.ones(1, 1, kernel), dilation=d)
    h[0, 0, -1].backward()
    return (x.grad[0, 0] > 0).int().tolist()


def _reached(n, kernel, dilations, taps=lambda k: range(k), turn=list):
    ways = {0}
    for d in dilations:
        ways = {w + t * d for w in ways for t in taps(kernel)}
    return turn([step in ways for step in range(n)][::-1])


right("steps-reached")(_reached)
wrong("steps-reached")(lambda *given: _reached(*given, taps=lambda k: range(k + 1)))
wrong("steps-reached")(lambda *given: _reached(*given, taps=lambda k: range(1, k)))
wrong("steps-reached")(lambda *given: _reached(*given, taps=lambda k: (0, k - 1)))
wrong("steps-reached")(lambda *given: _reached(*given, turn=lambda row: row[::-1]))
wrong("steps-reached")(lambda n, kernel, dilations: [n - step <= sum(dilations) for step in range(1, n + 1)])
wrong("steps-reached")(lambda n, kernel, dilations: _reached(n, kernel, dilations[:1]))
wrong("steps-reached")(lambda n, kernel, dilations: [True] * n)


@right("filters-along")
def filters_by_convolution(vectors, filters):
    t, (n, size) = len(vectors), filters.shape
    padded_rows = pad(vectors.T[:, None], (size - 1, 0))  # (D, 1, T+L-1)
    return (
        torch.nn.functional.conv1d(padded_rows, filters[:, None]).permute(2, 1, 0).reshape(t, n, -1).numpy()
    )


def _along(vectors, filters, front=0.0, late=0, turn=False, width=True):
    size = filters.shape[1]
    rows = torch.cat([vectors.new_full((size - 1 + late, vectors.shape[1]), front), vectors])
    made = [rows[t : t + size] for t in range(len(vectors))]
    weights = filters.flip(1) if turn else filters
    return torch.stack([weights @ window / (1 if width else size) for window in made])


right("filters-along")(lambda vectors, filters: _along(vectors, filters).tolist())
wrong("filters-along")(lambda *given: _along(*given, front=1.0))
wrong("filters-along")(lambda *given: _along(*given, late=1))
wrong("filters-along")(lambda *given: _along(*given, turn=True))
wrong("filters-along")(lambda *given: _along(*given, width=False))
wrong("filters-along")(lambda *given: _along(*given).abs())
wrong("filters-along")(lambda *given: _along(*given).mT)

right("rows-that-tell")(([1, 12], 0.2))
right("rows-that-tell")(lambda: {"share": 0.15, "lengths": np.array([2, 3, 9, 50])})
wrong("rows-that-tell")((torch.tensor([10, 20, 30]), 0.2))
wrong("rows-that-tell")((torch.tensor([2]), 0.2))
wrong("rows-that-tell")((torch.tensor([11, 40]), 0.2))
wrong("rows-that-tell")((torch.tensor([5, 10, 50]), 1.0))

right("what-gaps-say")(lambda: np.array(EXERCISES["what-gaps-say"].right()))
wrong("what-gaps-say")(["yes"] * 4)
wrong("what-gaps-say")(["no"] * 4)
wrong("what-gaps-say")(["open"] * 4)


@right("level-after")
def level_by_arrays(lengths, seeds, run):
    for length in np.sort(lengths):
        each = np.array([np.subtract(*(x.numpy() for x in run(int(length), seed))) for seed in seeds])
        users = each.mean(0)
        if users.mean() + 1.96 * users.std(ddof=1) / np.sqrt(users.size) >= 0:
            break
    return np.array([length, each.mean()])


def _level(lengths, seeds, run, times=1.96, sign=1, own=False, order=sorted):
    for length in order(lengths):
        pairs = [run(length, seed) for seed in seeds]
        each = torch.stack([sign * (a - b) for a, b in pairs])
        users = each.flatten() if own else each.mean(0)
        if users.mean() + times * users.std() / len(users) ** 0.5 >= 0:
            break
    return length, float(users.mean())


wrong("level-after")(lambda *given: _level(*given, times=0))
wrong("level-after")(lambda *given: _level(*given, times=-1.96))
wrong("level-after")(lambda *given: _level(*given, sign=-1))
wrong("level-after")(lambda *given: _level(*given, own=True))
wrong("level-after")(lambda *given: _level(*given, order=lambda lengths: sorted(lengths, reverse=True)))
wrong("level-after")(lambda lengths, seeds, run: _level(lengths, seeds[:1], run))
# Chapter 11


@right("interval-numbers")
def intervals_pair_by_pair(times, span):
    seconds = [float(time) for time in times]
    unit = min((b - a for a, b in zip(seconds, seconds[1:], strict=False) if b > a), default=1)
    return [[min(span, int(abs(a - b) // unit)) for a in seconds] for b in seconds]


def _intervals(times, span, unit=torch.min, limit=True, signed=False, way=torch.floor):
    gaps = times.diff()
    gaps = gaps[gaps > 0]
    between = times[:, None] - times
    numbers = way((between if signed else between.abs()) / (unit(gaps) if len(gaps) else 1.0))
    return (numbers.clamp(-span, span) if limit else numbers).long()


wrong("interval-numbers")(lambda times, span: _intervals(times, span, unit=torch.mean))
wrong("interval-numbers")(lambda times, span: _intervals(times, span, unit=torch.max))
wrong("interval-numbers")(lambda times, span: _intervals(times, span, limit=False))
wrong("interval-numbers")(lambda times, span: _intervals(times, span, signed=True))
wrong("interval-numbers")(lambda times, span: _intervals(times, span, way=torch.ceil))
wrong("interval-numbers")(lambda times, span: _intervals(times, span)[-1])


@right("time-buckets")
def buckets_by_walking(seconds, buckets):
    begins = np.exp(0.301 * np.arange(1, buckets))
    return np.array([int((begins <= max(1.0, float(s)) * (1 + 1e-12)).sum()) for s in seconds])


wrong("time-buckets")(lambda s, buckets: (torch.log(s + 1) / 0.301).long().clamp(max=buckets - 1))
wrong("time-buckets")(lambda s, buckets: (s.clamp(min=1).log10() / 0.301).long().clamp(max=buckets - 1))
wrong("time-buckets")(lambda s, buckets: (s.clamp(min=1).log() / 0.301).long().clamp(max=buckets))
wrong("time-buckets")(lambda s, buckets: (s.clamp(min=1e-9).log() / 0.301).long().clamp(max=buckets - 1))


@right("pointwise-head")
def head_step_by_step(query, key, value, bias, whose):
    b, t, _ = query.shape
    w = np.zeros((b, t, t))
    for n, i in np.ndindex(b, t):
        mine = [j for j in range(i + 1) if whose[n, j] == whose[n, i] and whose[n, i] != -1]
        for j in mine:
            score = float(query[n, i] @ key[n, j]) + float(bias[n, i, j])
            w[n, i, j] = score / (1 + np.exp(-score)) / len(mine)
    return [w, np.einsum("btj,bje->bte", w, value.double().numpy())]


def _head(query, key, value, bias, whose, count="seen", act=torch.nn.functional.silu, by=1.0, apart=True):
    mask = torch.ones_like(bias).tril() * (whose >= 0)[:, :, None]
    if apart:
        mask = mask * (whose[:, :, None] == whose[:, None, :])
    count = mask.sum(2, keepdim=True) + (whose < 0)[:, :, None] if count == "seen" else count
    w = act(query @ key.mT / by + bias) * mask / count
    return w, w @ value


right("pointwise-head")(_head)
wrong("pointwise-head")(lambda *a: _head(*a, count=a[0].shape[1]))
wrong("pointwise-head")(lambda *a: _head(*a, count=1))
wrong("pointwise-head")(lambda *a: _head(*a, apart=False))
wrong("pointwise-head")(lambda *a: _head(*a, by=a[0].shape[2] ** 0.5))
wrong("pointwise-head")(lambda *a: _head(*a, act=torch.sigmoid))
wrong("pointwise-head")(lambda *a: _head(*a, act=torch.relu))
wrong("pointwise-head")(lambda *a: _head(*a)[::-1])
wrong("pointwise-head")(lambda *a: _head(*a)[1])
wrong("pointwise-head")(lambda *a: _head(*a[:4], (a[4] >= 0).long() - 1))


@right("since-the-request")
def since_row_by_row(times, lengths, request):
    found = np.zeros((*times.shape, times.shape[1]))
    for b, n in enumerate(lengths.tolist()):
        moments = [*times[b, 1:n].tolist(), float(request[b])]
        for t in range(n):
            for j in range(t + 1):
                found[b, t, j] = moments[t] - float(times[b, j])
    return found


def _since(times, lengths, request, late=True, padding=False, later=False):
    asked = torch.cat([times[:, 1:], request[:, None]], 1)
    if late:
        asked[torch.arange(len(times)), lengths - 1] = request
    since = asked[:, :, None] - times[:, None]
    if not later:
        since = since.tril()
    real = torch.arange(times.shape[1]) < lengths[:, None]
    return since if padding else since * real[:, :, None]


wrong("since-the-request")(lambda *a: _since(*a, late=False))
wrong("since-the-request")(lambda *a: _since(*a, padding=True))
wrong("since-the-request")(lambda *a: _since(*a, later=True))
wrong("since-the-request")(lambda times, lengths, request: (request[:, None] - times)[:, None].tril())
wrong("since-the-request")(lambda times, lengths, request: _since(times, lengths, request)[:, -1])

right("times-that-tell")([0, 7, 7, 700])
right("times-that-tell")({"times": np.array([1.6e9, 1.6e9, 1.6e9 + 60, 1.6e9 + 900])})
wrong("times-that-tell")({"times": np.array([1.6e9, 1.6e9, 1.6e9 + 60, 1.6e9 + 9000])})
wrong("times-that-tell")([0.0, 1.0, 1.0, 2.0])
wrong("times-that-tell")(torch.tensor([0.0, 300.0, 1500.0]))
wrong("times-that-tell")((torch.tensor([0.0, 50.0, 50.0, 20.0]),))
wrong("times-that-tell")([0, 10, 20, 30, 30, 900])
wrong("times-that-tell")([5.0, 5.0, 5.0])


@right("untrained-numbers")
def numbers_as_sets(form, trained, asked):
    from seqrec_lib.attention import bucket

    def read(n):
        if form in ("alibi", "rope"):
            return set()
        pairs = [i - j for i in range(n) for j in range(i + 1)]
        return set(bucket(torch.tensor(pairs)).tolist()) if form == "buckets" else set(pairs)

    return np.int64(sum(number not in read(trained) for number in read(asked)))


wrong("untrained-numbers")(lambda form, trained, asked: asked - trained)
wrong("untrained-numbers")(lambda form, trained, asked: max(0, asked - trained))
wrong("untrained-numbers")(
    lambda form, trained, asked: max(0, asked - trained) if form in ("start", "rope") else 0
)
wrong("untrained-numbers")(
    lambda form, trained, asked: max(0, asked - trained) if form in ("start", "end", "distance") else 0
)

right("what-longer-costs")(lambda: tuple(EXERCISES["what-longer-costs"].right()))
wrong("what-longer-costs")(["no"] * 4)
wrong("what-longer-costs")(["yes"] * 4)
wrong("what-longer-costs")(["open"] * 4)


def _gain(plain, timed, seeds, train, sign=1, ddof=1, paired=True, pooled=False):
    one, two = (np.array([train(form, seed).double().numpy() for seed in seeds]) for form in (plain, timed))
    apart = two - one  # (seeds, U)
    each = apart.ravel() if pooled else apart.mean(0)
    error = each.std(ddof=ddof) / len(each) ** 0.5
    if not paired:
        error = sum(part.mean(0).var(ddof=1) / part.shape[1] for part in (one, two)) ** 0.5
    return np.array([sign * each.mean(), error])


right("clock-gain")(_gain)
wrong("clock-gain")(lambda *a: _gain(*a, sign=-1))
wrong("clock-gain")(lambda *a: _gain(*a, ddof=0))
wrong("clock-gain")(lambda *a: _gain(*a, paired=False))
wrong("clock-gain")(lambda *a: _gain(*a, pooled=True))
wrong("clock-gain")(lambda plain, timed, seeds, train: _gain(plain, timed, seeds[:1], train))
# Chapter 10


@right("log-q-softmax")
def log_q_row_by_row(scores, targets, q):
    told = []
    for n, y in enumerate(targets.tolist()):
        kept = [m for m, other in enumerate(targets.tolist()) if other != y]
        expected = [(len(targets) - 1) * float(q[targets[m]]) for m in kept]
        moved = [float(scores[n, m]) - np.log(often) for m, often in zip(kept, expected, strict=True)]
        told.append(np.logaddexp.reduce([float(scores[n, n]), *moved]) - float(scores[n, n]))
    return np.mean(told)


def _log_q(
    scores, targets, q, move=lambda q, n: -(n * q).log(), hits=-torch.inf, dim=1, own=0, mean=torch.mean
):
    shift = move(q[targets], len(targets) - 1)
    itself = torch.eye(len(targets), dtype=torch.bool)
    moved = (scores + shift).masked_fill((targets == targets[:, None]) & ~itself, hits)
    moved = torch.where(itself, scores + own * shift, moved)
    return mean(moved.logsumexp(dim) - moved.diag())


wrong("log-q-softmax")(lambda *a: _log_q(*a, move=lambda q, n: (n * q).log()))
wrong("log-q-softmax")(lambda *a: _log_q(*a, move=lambda q, n: -q.log()))
wrong("log-q-softmax")(lambda *a: _log_q(*a, move=lambda q, n: -((n + 1) * q).log()))
wrong("log-q-softmax")(lambda *a: _log_q(*a, own=1))
wrong("log-q-softmax")(lambda *a: _log_q(*a, hits=0.0))
wrong("log-q-softmax")(lambda *a: _log_q(*a, dim=0))
wrong("log-q-softmax")(lambda *a: _log_q(*a, mean=torch.sum))
wrong("log-q-softmax")(lambda s, y, q: cross_entropy(s - q[y].log(), torch.arange(len(y))))
wrong("log-q-softmax")(lambda *a: _log_q(*a, move=lambda q, n: -n * q))


@right("bpr-of-steps")
def bpr_pair_by_pair(positive, negative, lengths):
    pairs = [
        np.logaddexp(0.0, float(negative[b, t, k]) - float(positive[b, t]))
        for b, length in enumerate(lengths.tolist())
        for t in range(length)
        for k in range(negative.shape[2])
    ]
    return torch.tensor(pairs).mean()


def _bpr(positive, negative, lengths, loss=lambda x: -torch.nn.functional.logsigmoid(x), last=0):
    each = loss(positive[:, :, None] - negative)
    return each[torch.arange(positive.shape[1]) < (lengths + last)[:, None]].mean()


wrong("bpr-of-steps")(lambda *a: _bpr(*a, loss=lambda x: -torch.nn.functional.logsigmoid(-x)))
wrong("bpr-of-steps")(lambda *a: _bpr(*a, loss=lambda x: 1 - x.sigmoid()))
wrong("bpr-of-steps")(lambda *a: _bpr(*a, loss=lambda x: (1 - x).clamp(min=0)))
wrong("bpr-of-steps")(lambda *a: _bpr(*a, last=-1))
wrong("bpr-of-steps")(lambda *a: _bpr(*a, loss=lambda x: -(x.sigmoid() + 1e-8).log()))
wrong("bpr-of-steps")(lambda p, n, lengths: _bpr(p, n, torch.full_like(lengths, p.shape[1])))


@right("gbce-power")
def gbce_negative_by_negative(positive, negative, v, t):
    others = v - 1
    beta = ((1 - t) * others + t) / others
    told = []
    for up, row in zip(positive.tolist(), negative.tolist(), strict=True):
        told.append(beta * np.logaddexp(0, -up) + np.mean([np.logaddexp(0, down) for down in row]))
    return float(np.mean(told))


def _gbce(positive, negative, v, t, rate=lambda k, v: 1 / (v - 1), both=False, reduce=torch.mean):
    beta = 1 - t * (1 - rate(negative.shape[1], v))
    down = -reduce(torch.nn.functional.logsigmoid(-negative), 1) * (beta if both else 1)
    return (down - beta * torch.nn.functional.logsigmoid(positive)).mean()


wrong("gbce-power")(lambda *a: _gbce(*a, rate=lambda k, v: min(1.0, k / (v - 1))))
wrong("gbce-power")(lambda *a: _gbce(*a, rate=lambda k, v: 1 / v))
wrong("gbce-power")(lambda *a: _gbce(*a, rate=lambda k, v: 1 / k))
wrong("gbce-power")(lambda *a: _gbce(*a, both=True))
wrong("gbce-power")(lambda *a: _gbce(*a, reduce=torch.sum))
wrong("gbce-power")(lambda p, n, v, t: _gbce(p, n, v, 1 - t))
wrong("gbce-power")(lambda p, n, v, t: _gbce(p, n, v, t) / (n.shape[1] + 1))
wrong("gbce-power")(lambda p, n, v, t: -(p.sigmoid().log() + (1 - n.sigmoid()).log().mean(1)).mean())


@right("three-wrong-softmaxes")
def softmaxes_in_numpy():
    return np.array([0.5, 2.0, 2.0]), np.int64(1), (2, 1, 2, 0)


@wrong("three-wrong-softmaxes")
def nothing_drawn_twice():
    return torch.tensor([1.0, 2.0, 3.0]), 0, [0, 1, 2]


@wrong("three-wrong-softmaxes")
def target_not_drawn():
    return torch.tensor([1.0, 2.0, 3.0]), 0, [1, 1, 2]


@wrong("three-wrong-softmaxes")
def only_the_target_twice():
    return torch.tensor([1.0, 2.0, 3.0]), 0, [0, 0, 1]


@wrong("three-wrong-softmaxes")
def target_far_below():
    return torch.tensor([-19.0, 15.0, 19.0]), 0, [0, 1, 1]


@right("undo-overconfidence")
def undone_in_numpy(scores, k, v, t):
    alpha = k / (v - 1)
    beta = alpha * t + 1 - t
    shift = np.log(alpha) - np.log(beta)
    return np.exp(-np.logaddexp(0, -(np.asarray(scores, float) + shift))).tolist()


def _undone(scores, k, v, t, shift):
    return torch.sigmoid(scores + log2(shift(k / (v - 1), 1 - t + t * k / (v - 1))) / log2(np.e))


wrong("undo-overconfidence")(lambda *a: _undone(*a, shift=lambda rate, beta: beta / rate))
wrong("undo-overconfidence")(lambda *a: _undone(*a, shift=lambda rate, beta: rate))
wrong("undo-overconfidence")(lambda *a: _undone(*a, shift=lambda rate, beta: beta))
wrong("undo-overconfidence")(lambda s, k, v, t: _undone(s, k, v + 1, t, lambda rate, beta: rate / beta))
wrong("undo-overconfidence")(lambda s, k, v, t: _undone(s, k, v, 1 - t, lambda rate, beta: rate / beta))
wrong("undo-overconfidence")(lambda s, k, v, t: s.sigmoid() * k / (v - 1))
wrong("undo-overconfidence")(lambda s, k, v, t: s.softmax(0))


def _times(first, second, seconds, steps, seeds, train, number=round, error=None, turned=1):
    longer = number(steps * seconds[first] / seconds[second])
    runs = [(first, steps), (second, steps), (second, longer)]
    a, b, c = (np.mean([np.asarray(train(loss, n, s)) for s in seeds], axis=0) for loss, n in runs)
    found = (error or (lambda a, c: np.std(c - a, ddof=1) / len(a) ** 0.5))(a, c)
    return turned * np.mean(b - a), turned * np.mean(c - a), found


right("at-equal-time")(lambda *a: np.array(_times(*a)))
wrong("at-equal-time")(lambda *a: _times(*a, number=int))
wrong("at-equal-time")(lambda *a: _times(*a, turned=-1))
wrong("at-equal-time")(lambda *a: _times(*a, error=lambda a, c: np.std(c - a) / len(a) ** 0.5))
wrong("at-equal-time")(
    lambda *a: _times(*a, error=lambda a, c: (np.var(a, ddof=1) + np.var(c, ddof=1)) ** 0.5 / len(a) ** 0.5)
)
wrong("at-equal-time")(lambda f, s, sec, *a: _times(f, s, {f: sec[s], s: sec[f]}, *a))
wrong("at-equal-time")(lambda f, s, sec, n, seeds, train: _times(f, s, sec, n, seeds[-1:], train))
wrong("at-equal-time")(lambda f, s, *a: _times(s, f, *a))


# Chapter 11b


@right("shift-rows")
def shift_key_by_key(scores):
    b, s, k = scores.shape
    found = np.zeros((b, s, k))
    for n, i in np.ndindex(b, s):
        by_key = [float(scores[n, i, k - 1 - (k - s + i - j)]) for j in range(k - s + i + 1)]
        odds = np.exp(np.array(by_key) - max(by_key))
        found[n, i, : len(odds)] = odds / odds.sum()
    return found


def _shift(scores, extra=0, low=-torch.inf, axis=-1):
    s, k = scores.shape[1:]
    column = torch.arange(k) + (s - 1 - torch.arange(s)[:, None]) + extra
    later = torch.arange(k) > torch.arange(s)[:, None] + k - s
    return scores.gather(2, (column % k).expand_as(scores)).masked_fill(later, low).softmax(axis)


right("shift-rows")(lambda scores: _shift(scores.double()).tolist())
wrong("shift-rows")(lambda scores: _shift(scores, extra=1))
wrong("shift-rows")(lambda scores: _shift(scores, low=0.0))
wrong("shift-rows")(lambda scores: _shift(scores, low=1.0))
wrong("shift-rows")(lambda scores: scores.softmax(-1))


@right("hand-over")
def hand_over_row_by_row(held, states, same_user):
    m = held.shape[1]
    rows = []
    for old, new, same in zip(held, states, same_user.tolist(), strict=True):
        queue = list(old) + list(new)
        rows.append(torch.stack(queue[-m:]) if same else torch.zeros_like(old))
    return np.stack([row.numpy() for row in rows])


wrong("hand-over")(lambda held, states, same_user: states)
wrong("hand-over")(lambda held, states, same_user: held * same_user[:, None, None])
wrong("hand-over")(
    lambda held, states, same_user: torch.cat([held * same_user[:, None, None], states], 1)[
        :, -held.shape[1] :
    ]
)
wrong("hand-over")(lambda held, states, same_user: torch.cat([held, states], 1) * same_user[:, None, None])


@right("reach-of-memory")
def reach_step_by_step(layers, segment, memory, step):
    oldest = step
    for _ in range(layers):  # the first step of a segment sees its whole memory
        oldest = max(1, (oldest - 1) // segment * segment + 1 - memory)
    return np.int64(step - oldest)


wrong("reach-of-memory")(lambda layers, segment, memory, step: layers * memory)
wrong("reach-of-memory")(lambda layers, segment, memory, step: min(layers * memory + segment, step - 1))
wrong("reach-of-memory")(lambda layers, segment, memory, step: step - 1)

right("left-over-memory")({"one": [4, 4, 4], "two": np.array([9, 8, 9])})
wrong("left-over-memory")((torch.tensor([1, 2, 3]), torch.tensor([4, 5, 6])))
wrong("left-over-memory")(([1, 1], [2, 3]))
wrong("left-over-memory")(([1, 1, 1, 1], [2, 3, 2, 3]))


@right("doubling-scan")
def scan_by_powers(rate, given):
    steps = given.shape[1]
    away = torch.arange(steps)[:, None] - torch.arange(steps)
    power = torch.where(away[..., None] >= 0, rate ** away.clamp(min=0)[..., None], 0.0)  # (T, T, P)
    return torch.einsum("tjp,bjp->btp", power, given).numpy()


wrong("doubling-scan")(lambda rate, given: given)
wrong("doubling-scan")(lambda rate, given: (rate * given).cumsum(1))
wrong("doubling-scan")(lambda rate, given: scan_by_powers(rate.abs(), given))
wrong("doubling-scan")(lambda rate, given: torch.from_numpy(scan_by_powers(rate, given))[:, -1])


@right("one-more-event")
def event_by_pytorch(keys, values, query, key, value, bias):
    keys, values = (torch.cat([a, b.unsqueeze(1)], 1) for a, b in ((keys, key), (values, value)))
    extra = bias[: keys.shape[1]].flip(0)[None, None]
    return scaled_dot_product_attention(query[:, None], keys, values, attn_mask=extra)[:, 0]


wrong("one-more-event")(
    lambda keys, values, query, key, value, bias: event_by_pytorch(keys, values, query, key, value, bias * 0)
)
wrong("one-more-event")(
    lambda keys, values, query, key, value, bias: event_by_pytorch(keys, values, key, query, value, bias)
)
wrong("one-more-event")(
    lambda keys, values, query, key, value, bias: event_by_pytorch(
        keys, values, query, key, value, bias.flip(0)
    )
)


def _memory(memories, seeds, train, margin=0.01, told=1, chosen=0):
    runs = np.array([[train(m, seed) for seed in seeds] for m in memories])  # (memories, seeds, 2)
    value = runs[..., chosen].mean(1)
    good = [(m, n) for n, m in enumerate(memories) if value[n] >= value.max() - margin]
    memory, place = min(good)
    return [memory, float(runs[place, :, told].mean())]


right("smallest-memory")(_memory)
wrong("smallest-memory")(lambda *a: _memory(*a, margin=0))
wrong("smallest-memory")(lambda *a: _memory(*a, margin=1))
wrong("smallest-memory")(lambda *a: _memory(*a, told=0))
wrong("smallest-memory")(lambda *a: _memory(*a, chosen=1))

right("what-memory-brought")(lambda: np.array(EXERCISES["what-memory-brought"].right()))
wrong("what-memory-brought")(["no"] * 5)
wrong("what-memory-brought")(["open"] * 5)
wrong("what-memory-brought")(["yes"] * 5)


# Chapter 12


@right("seen-filter")
def stand_in_numpy(scores, history, target, newest):
    s, items = scores.numpy(), history.tolist()
    gone = set(items if newest is None else items[len(items) - newest :] if newest <= len(items) else items)
    part = [i for i in range(1, len(s)) if i == target or i not in gone]
    return np.array([sum(s[part] > s[target]), sum(s[part] == s[target])])


wrong("seen-filter")(lambda scores, history, target, newest: (int((scores > scores[target]).sum()), 1))
wrong("seen-filter")(lambda scores, history, target, newest: stand_in_numpy(scores, history, target, 0))
wrong("seen-filter")(
    lambda scores, history, target, newest: stand_in_numpy(scores, history.flip(0), target, newest)
)
wrong("seen-filter")(
    lambda scores, history, target, newest: stand_in_numpy(scores, history, target, newest) + np.array([1, 0])
)

right("share-trained-on")(
    lambda lengths, max_len: Fraction(
        sum(min(int(n) - 3, max_len) for n in lengths), int(sum(n - 3 for n in lengths))
    )
)
wrong("share-trained-on")(lambda lengths, max_len: float(np.mean(lengths <= max_len)))
wrong("share-trained-on")(lambda lengths, max_len: min(1.0, max_len / np.mean(lengths - 3)))
wrong("share-trained-on")(
    lambda lengths, max_len: np.minimum(lengths - 2, max_len).sum() / (lengths - 2).sum()
)


@right("windows-of-history")
def windows_by_targets(n, length):
    targets = list(range(1, n))[::-1]  # the newest first
    groups = [targets[k : k + length] for k in range(0, len(targets), length)]
    return np.array([(group[-1] - 1, group[0] + 1) for group in groups])


wrong("windows-of-history")(lambda n, length: [(s, min(s + length, n)) for s in range(0, n, length)])
wrong("windows-of-history")(lambda n, length: [(max(n - length - 1, 0), n)])
wrong("windows-of-history")(
    lambda n, length: [(max(e - length, 0), e) for e in range(n, 1, 1 - length or -1)]
)
wrong("windows-of-history")(lambda n, length: windows_by_targets(n, length)[::-1])

right("needed-correlation")(
    lambda values, published: torch.tensor(
        1 - len(values) * (values.mean() - published) ** 2 / (2 * 1.96**2 * values.var(ddof=1))
    ).clamp(min=0)
)
wrong("needed-correlation")(
    lambda values, published: max(
        0, 1 - len(values) * (values.mean() - published) ** 2 / (1.96**2 * values.var(ddof=1))
    )
)
wrong("needed-correlation")(
    lambda values, published: (values.mean() - published) / (1.96 * values.std(ddof=1) / len(values) ** 0.5)
)
wrong("needed-correlation")(lambda values, published: 1.0)

right("log-that-tells")({"items": [9, 4, 6], "times": [5, 5, 8], "others": np.array([4, 9])})
wrong("log-that-tells")(([1, 2], [1, 2], [1, 2]))
wrong("log-that-tells")(([2, 1], [3, 3], [1, 2]))
wrong("log-that-tells")(([1, 2, 3], [3, 3, 4], [1, 2]))

right("what-the-table-says")(lambda: np.array(EXERCISES["what-the-table-says"].right()))
wrong("what-the-table-says")(["yes"] * 5)
wrong("what-the-table-says")(["no"] * 5)
wrong("what-the-table-says")(["open"] * 5)


def _gain_of_windows(epochs, seeds, run, more=round, paired=True, z=1.96, sign=1):
    longer = more(epochs * run.targets(True) / run.targets(False))
    a = np.mean([run(True, epochs, seed).numpy() for seed in seeds], axis=0)
    b = np.mean([run(False, longer, seed).numpy() for seed in seeds], axis=0)
    variance = (a - b).var(ddof=1) if paired else a.var(ddof=1) + b.var(ddof=1)
    return np.array([sign * (a - b).mean(), z * (variance / len(a)) ** 0.5])


right("windows-gain")(_gain_of_windows)
wrong("windows-gain")(lambda *given: _gain_of_windows(*given, more=int))
wrong("windows-gain")(lambda *given: _gain_of_windows(*given, paired=False))
wrong("windows-gain")(lambda *given: _gain_of_windows(*given, z=2.0))
wrong("windows-gain")(lambda *given: _gain_of_windows(*given, sign=-1))


# Chapter 14, the larger exercise


@right("chosen-method")
def chosen_by_table(methods, choose, report, run):
    table = pd.DataFrame({name: [run(name, seed).mean().item() for seed in choose] for name in methods})
    best = int(np.argmax(table.mean().to_numpy()))
    there = np.mean([run(methods[best], seed).numpy() for seed in report])
    return np.array([best, there, table.mean().iloc[best] - there])


def _chosen(methods, choose, report, run, on=0, told=1, pick=np.argmax, gap=1):
    parts = choose, report
    rates = [[float(torch.cat([run(name, s) for s in part]).mean()) for name in methods] for part in parts]
    best = int(pick(rates[on]))
    return best, rates[told][best], gap * (rates[0][best] - rates[1][best])


right("chosen-method")(_chosen)
wrong("chosen-method")(lambda *given: _chosen(*given, on=1))
wrong("chosen-method")(lambda *given: _chosen(*given, told=0))
wrong("chosen-method")(lambda *given: _chosen(*given, pick=np.argmin))
wrong("chosen-method")(lambda *given: _chosen(*given, gap=-1))
wrong("chosen-method")(lambda *given: _chosen(*given, gap=0))


# Chapter 9


@right("causal-head")
def head_one_step_at_a_time(states, w_q, w_k, w_v):
    rows = []
    for x in states.double():
        q, k, v = x @ w_q.double(), x @ w_k.double(), x @ w_v.double()
        rows.append(
            [((k[: t + 1] @ q[t]) / k.shape[1] ** 0.5).softmax(0) @ v[: t + 1] for t in range(len(x))]
        )
    return [torch.stack(row) for row in rows]


def _head(states, w_q, w_k, w_v, low=-torch.inf, diagonal=1, width=None, dim=-1):
    scores = (states @ w_q) @ (states @ w_k).mT / (width or w_q.shape[1]) ** 0.5
    later = torch.ones(scores.shape[1:], dtype=torch.bool).triu(diagonal)
    return scores.masked_fill(later, low).softmax(dim) @ (states @ w_v)


wrong("causal-head")(lambda *a: _head(*a, low=-100.0))
wrong("causal-head")(lambda *a: _head(*a, low=0.0))
wrong("causal-head")(lambda *a: _head(*a, diagonal=2))
wrong("causal-head")(lambda *a: _head(*a, width=a[0].shape[-1]))
wrong("causal-head")(lambda *a: _head(*a, dim=1))
wrong("causal-head")(lambda s, q, k, v: scaled_dot_product_attention(s @ k, s @ q, s @ v, is_causal=True))


@right("states-that-move")
def moving_as_numbers(n, step, appended, positions):
    return [int(positions == "end") if appended else int(t >= step) for t in range(1, n + 1)]


wrong("states-that-move")(lambda n, step, appended, positions: [t >= step - 1 for t in range(1, n + 1)])
wrong("states-that-move")(lambda n, step, appended, positions: [False] * n if appended else [True] * n)
wrong("states-that-move")(
    lambda n, step, appended, positions: (
        [positions == "end"] * n if appended else [t == step for t in range(1, n + 1)]
    )
)
wrong("states-that-move")(
    lambda n, step, appended, positions: (
        [positions == "start"] * n if appended else [t >= step for t in range(1, n + 1)]
    )
)


@right("parts-that-tell")
def parts_of_real_layers():
    torch.manual_seed(3)
    mix, ff = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
    norms = torch.nn.LayerNorm(3), torch.nn.LayerNorm(3)
    for norm in norms:
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)
    return torch.randn(1, 2, 3), lambda q, o: mix(q) * o.cumsum(1).sigmoid(), ff, *norms


def _parts(attention=lambda q, o: 2 * q + 3 * o, ff=lambda u: 5 * u, n1=lambda x: 7 * x, n2=lambda x: x + 11):
    return torch.tensor([[[1.0, 2.0]]]), attention, ff, n1, n2


right("parts-that-tell")(_parts)
wrong("parts-that-tell")(lambda: _parts(n1=torch.nn.LayerNorm(2), n2=torch.nn.LayerNorm(2)))
wrong("parts-that-tell")(lambda: _parts(attention=lambda q, o: o.mean(1, keepdim=True).expand_as(o)))
wrong("parts-that-tell")(lambda: _parts(ff=lambda u: 0 * u))
wrong("parts-that-tell")(lambda: _parts(n1=lambda x: x))
wrong("parts-that-tell")(lambda: _parts(n2=lambda x: 7 * x))


@right("loss-gradient")
def gradient_in_numpy(states, vectors, targets):
    x, e = np.asarray(states, float), np.asarray(vectors, float)[1:]
    s = x @ e.T
    p = np.exp(s - s.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    up = np.eye(len(e))[targets.numpy() - 1]
    return np.vstack([np.zeros(x.shape[1]), (p - up).T @ x / len(x)]).tolist()


def _by_items(states, vectors, targets, start=1, rows=len, softmax=1):
    p = pad((states @ vectors.T)[:, start:].softmax(softmax), (start, 0))
    return ((p - one_hot(targets, len(vectors))) / rows(targets)).T @ states


wrong("loss-gradient")(lambda *a: _by_items(*a, rows=lambda t: 1))
wrong("loss-gradient")(lambda *a: _by_items(*a, start=0))
wrong("loss-gradient")(lambda *a: -_by_items(*a))
wrong("loss-gradient")(lambda *a: _by_items(*a, softmax=0))
wrong("loss-gradient")(lambda *a: _by_items(*a).T)


@wrong("loss-gradient")
def gradient_of_targets_alone(states, vectors, targets):
    g = torch.zeros_like(vectors)
    for x, y in zip(states, targets, strict=True):
        p = (vectors[1:] @ x).softmax(0)[y - 1]
        g[y] += (p - 1) * x / len(targets)
    return g


@wrong("loss-gradient")
def gradient_by_autograd(states, vectors, targets):
    e = vectors.clone().requires_grad_()
    cross_entropy((states @ e.T)[:, 1:], targets - 1).backward()
    return e.grad


def _half_mended(states, w_q, w_k, w_v, width=1, turned=False, late=False):
    scores = (states @ w_q) @ (states @ w_k).mT / w_q.shape[width] ** 0.5
    visible = torch.ones(scores.shape[1:]).triu() if turned else torch.ones(scores.shape[1:]).tril()
    if late:
        return (scores.softmax(-1) * visible) @ (states @ w_v)
    return scores.masked_fill(visible == 0, -torch.inf).softmax(-1) @ (states @ w_v)


wrong("causal-head")(lambda *a: _half_mended(*a, width=0, late=True))
wrong("causal-head")(lambda *a: _half_mended(*a, turned=True, late=True))
wrong("causal-head")(lambda *a: _half_mended(*a, width=0, turned=True))
wrong("causal-head")(lambda *a: _half_mended(*a, width=0, turned=True, late=True))


@right("gap-by-length")
def gaps_by_pandas(lengths, model, oracle, longest):
    gap = pd.Series(np.asarray(oracle) - np.asarray(model)).groupby(np.asarray(lengths) > longest)
    return gap.mean()[False], gap.mean()[True], np.array((gap.var() / gap.size()).sum() ** 0.5)


def _gaps(lengths, model, oracle, longest, far=None, error=None):
    gap = (oracle - model).double()
    beyond = lengths > longest if far is None else far(lengths, longest)
    a, b = gap[~beyond], gap[beyond]
    return a.mean(), b.mean(), (error or (lambda a, b: (a.var() / len(a) + b.var() / len(b)) ** 0.5))(a, b)


wrong("gap-by-length")(lambda *a: _gaps(*a, far=lambda n, top: n >= top))
wrong("gap-by-length")(
    lambda *a: _gaps(*a, error=lambda a, b: a.std() / len(a) ** 0.5 + b.std() / len(b) ** 0.5)
)
wrong("gap-by-length")(lambda *a: _gaps(*a, error=lambda a, b: b.std() / len(b) ** 0.5))
wrong("gap-by-length")(lambda n, model, oracle, top: _gaps(n, oracle, model, top))
wrong("gap-by-length")(
    lambda *a: _gaps(
        *a, error=lambda a, b: (a.var(correction=0) / len(a) + b.var(correction=0) / len(b)) ** 0.5
    )
)
wrong("gap-by-length")(lambda *a: _gaps(*a, error=lambda a, b: (a.std() ** 2 + b.std() ** 2) ** 0.5))


def _picked(
    choices, seeds, train, chosen_on=lambda s: s.validation, best=np.argmax, told=lambda test: np.mean(test)
):
    runs = [[train(choice, seed) for seed in seeds] for choice in choices]
    means = [np.mean([evaluate(m, chosen_on(s), (10,))["NDCG@10"] for m, s in row]) for row in runs]
    place = int(best(means))
    return place, told([evaluate(m, s.test, (10,))["NDCG@10"] for m, s in runs[place]])


right("pick-on-validation")(lambda *a: [np.array(x) for x in _picked(*a)])
wrong("pick-on-validation")(lambda *a: _picked(*a, chosen_on=lambda s: s.test))
wrong("pick-on-validation")(lambda *a: _picked(*a, best=np.argmin))
wrong("pick-on-validation")(lambda *a: _picked(*a, told=max))
wrong("pick-on-validation")(lambda *a: (lambda place, value: (place + 1, value))(*_picked(*a)))


# Chapter 14. Whoever wrote these had written the exercises too: they are a trial, and no blind one.


def _path_shares(gradient, x, start, points, at=lambda k, n: (k + 0.5) / n, ahead=lambda x, s: x - s):
    total = sum(gradient(start + at(k, points) * (x - start)) for k in range(points)) / points
    return (ahead(x, start) * total).sum(1)


@right("enough-points")
def enough_in_numpy(gradient, value, x, start, off):
    way, points = np.asarray(x) - np.asarray(start), 1
    while True:
        middles = [(2 * k + 1) / (2 * points) for k in range(points)]
        slopes = [np.asarray(gradient(start + share * (x - start))) for share in middles]
        shares = (way * np.mean(slopes, axis=0)).sum(-1)
        if points == 256 or np.abs(shares.sum() - value(x) + value(start)) <= off:
            return np.int64(points), shares.tolist()
        points *= 2


def _enough(gradient, value, x, start, off, stop=lambda n, gap, off: abs(gap) <= off, end=None, **how):
    for points in [2**k for k in range(9)]:
        shares = _path_shares(gradient, x, start, points, **how)
        if stop(points, float(shares.sum()) - value(x) + value(start), off):
            break
    return (points, shares) if end is None else end(points, shares)


wrong("enough-points")(lambda *a: _enough(*a, at=lambda k, n: 1.0))
wrong("enough-points")(lambda *a: _enough(*a, at=lambda k, n: (k + 1) / n))
wrong("enough-points")(lambda *a: _enough(*a, at=lambda k, n: k / max(n - 1, 1)))
wrong("enough-points")(lambda *a: _enough(*a, ahead=lambda x, s: s - x))
wrong("enough-points")(lambda *a: _enough(*a, stop=lambda n, gap, off: gap <= off))
wrong("enough-points")(lambda *a: _enough(*a, stop=lambda n, gap, off: n == 64))
wrong("enough-points")(lambda *a: _enough(*a, end=lambda n, shares: (n // 2, shares)))
wrong("enough-points")(lambda *a: _enough(*a, end=lambda n, shares: (n, shares.abs())))


@right("order-shares")
def shares_by_events(v, orders):
    rows = orders.tolist()
    return [
        np.mean([v(row[: row.index(j) + 1]) - v(row[: row.index(j)]) for row in rows])
        for j in range(orders.shape[1])
    ]


def _joined(v, orders, start=lambda v: v([]), place=lambda k, j: j, over=len):
    total = np.zeros(orders.shape[1])
    for order in orders.tolist():
        value = start(v)
        for k, j in enumerate(order):
            after = v(order[: k + 1])
            total[place(k, j)] += after - value
            value = after
    return total / over(orders)


wrong("order-shares")(lambda *a: _joined(*a, start=lambda v: 0.0))
wrong("order-shares")(lambda *a: _joined(*a, place=lambda k, j: k))
wrong("order-shares")(lambda *a: _joined(*a, over=lambda orders: orders.numel()))
wrong("order-shares")(lambda *a: _joined(*a, over=lambda orders: 1))
wrong("order-shares")(lambda v, orders: _joined(v, orders[-1:]))
wrong("order-shares")(lambda v, orders: [v([j]) - v([]) for j in range(orders.shape[1])])


@right("rolled-out")
def rolled_by_rows(weights, lengths):
    rows = []
    for b, n in enumerate(lengths.tolist()):
        share = np.eye(weights.shape[-1])[n - 1]
        for layer in weights.double().numpy()[::-1]:
            share = share @ layer[b].mean(0) / 2 + share / 2
        rows.append(share)
    return np.stack(rows)


def _rolled(weights, lengths, mix=lambda a, e: (a + e) / 2, order=lambda n: range(n), pick=None):
    a, e = weights.mean(2), torch.eye(weights.shape[-1])
    flow = e.expand(a.shape[1:])
    for layer in order(len(a)):
        flow = mix(a[layer], e) @ flow
    return flow[torch.arange(len(lengths)), lengths - 1] if pick is None else pick(flow, lengths)


wrong("rolled-out")(lambda *a: _rolled(*a, mix=lambda a, e: a))
wrong("rolled-out")(lambda *a: _rolled(*a, mix=lambda a, e: a + e))
wrong("rolled-out")(lambda *a: _rolled(*a, order=lambda n: reversed(range(n))))
wrong("rolled-out")(lambda *a: _rolled(*a, pick=lambda f, n: f[:, -1]))
wrong("rolled-out")(lambda *a: _rolled(*a, pick=lambda f, n: f.mean(1)))
wrong("rolled-out")(lambda weights, lengths: _rolled(weights[-1:], lengths))


@right("fewest-events")
def fewest_in_numpy(lead, n, most):
    found = {}
    for bits in range(1, 2**n - 1):
        gone = [j for j in range(n) if bits >> j & 1]
        value = lead([j for j in range(n) if j not in gone])
        if len(gone) <= most and value < 0 and (len(gone), value) < found.get("key", (n, 0)):
            found = {"key": (len(gone), value), "set": gone}
    return np.isin(np.arange(n), found.get("set", [])).astype(int)


def _greedily(lead, n, most, back=False):
    kept = list(range(n))
    while len(kept) > max(1, n - most):
        kept.remove(min(kept, key=lambda j: lead([k for k in kept if k != j])))
        if lead(kept) < 0:
            return [int((j in kept) == back) for j in range(n)]
    return [0] * n


wrong("fewest-events")(_greedily)
wrong("fewest-events")(lambda lead, n, most: [1] + [0] * (n - 1))
wrong("fewest-events")(lambda lead, n, most: [0] * n)


@right("mean-curve")
def curve_by_frames(v, shares, lengths, most):
    curves = []
    for n, length in enumerate(np.asarray(lengths)):
        order = np.argsort(-np.asarray(shares)[n, :length], kind="stable")
        curves.append([v(n, sorted(order[gone:].tolist())) for gone in range(most + 1)])
    return pd.DataFrame(curves).mean().tolist()


def _falls(v, shares, lengths, most, order=lambda s, n: s[:n].argsort(descending=True), pool=np.mean):
    rows = []
    for n, length in enumerate(lengths.tolist()):
        leave = order(shares[n], length).tolist()
        rows.append([v(n, sorted(set(range(length)) - set(leave[:gone]))) for gone in range(most + 1)])
    return pool(rows, axis=0)


wrong("mean-curve")(lambda *a: _falls(*a, order=lambda s, n: s[:n].abs().argsort(descending=True)))
wrong("mean-curve")(lambda *a: _falls(*a, order=lambda s, n: s[:n].argsort()))
wrong("mean-curve")(lambda *a: _falls(*a, order=lambda s, n: s.argsort(descending=True)))
wrong("mean-curve")(lambda *a: _falls(*a, pool=np.sum))
wrong("mean-curve")(lambda *a: _falls(*a)[1:])


right("shares-disagree")(lambda: {"larger": [0, 4, 8, 6], "singles": [8, 6, 0]})
wrong("shares-disagree")(lambda: (torch.tensor([1.0, 2, 3]), torch.tensor([3.0, 4, 5, 6])))
wrong("shares-disagree")(lambda: (torch.tensor([3.0, 3, 0]), torch.tensor([3.0, 3, 3, 3])))
wrong("shares-disagree")(lambda: (torch.tensor([3.0, 2.9, 0.2]), torch.tensor([3.0, 3.2, 3.1, 3.3])))

right("what-explanations-showed")(
    lambda: tuple(w.upper() for w in EXERCISES["what-explanations-showed"].right())
)
wrong("what-explanations-showed")(["yes"] * 4)
wrong("what-explanations-showed")(["no"] * 4)
wrong("what-explanations-showed")(["no", "yes", "yes", "open"])
wrong("what-explanations-showed")(["yes", "no", "open", "open"])
# Chapter 13


@right("move-the-items")
def move_item_by_item(table, gradient, epsilon):
    table, gradient = np.asarray(table, dtype=float), np.asarray(gradient, dtype=float)
    mean = np.mean([np.linalg.norm(row) for row in table[1:]])
    out = table.copy()
    for i in range(1, len(table)):
        size = np.linalg.norm(gradient[i])
        if size > 0:
            out[i] += epsilon * mean * gradient[i] / size
    return out.tolist()


def _moved(table, gradient, epsilon, mean=None, least=1e-12, stay=True):
    mean = table[1:].norm(dim=1).mean() if mean is None else mean(table)
    move = epsilon * mean * gradient / gradient.norm(dim=1, keepdim=True).clamp(min=least)
    return table + (move * (torch.arange(len(table)) > 0)[:, None] if stay else move)


right("move-the-items")(_moved)
right("move-the-items")(lambda t, g, e: torch.cat([t[:1], _moved(t, g, e)[1:]]).numpy())
wrong("move-the-items")(lambda t, g, e: _moved(t, g, e, mean=lambda table: table[1:].norm()))
wrong("move-the-items")(lambda t, g, e: _moved(t, g, e, mean=lambda table: table[1:].norm(dim=1).median()))
wrong("move-the-items")(lambda t, g, e: _moved(t, g, e, mean=lambda table: table[1:].square().mean().sqrt()))
wrong("move-the-items")(lambda t, g, e: _moved(t, g, e, least=1.0))
wrong("move-the-items")(lambda t, g, e: _moved(t, g, e, stay=False))
wrong("move-the-items")(lambda t, g, e: _moved(t, g, e)[1:])
wrong("move-the-items")(lambda t, g, e: t + e * g)


@right("when-to-stop")
def stop_by_running_best(values, patience):
    best = np.maximum.accumulate(values)
    for n in range(1, len(values) + 1):
        kept = int(np.argmax(np.asarray(values[:n]) == best[n - 1]))
        if n - 1 - kept >= patience:
            return [kept + 1, n]
    return [int(np.argmax(values)) + 1, len(values)]


wrong("when-to-stop")(lambda values, patience: (int(np.argmax(values)) + 1, min(len(values), patience)))
wrong("when-to-stop")(lambda values, patience: (int(np.argmin(values)) + 1, len(values)))
wrong("when-to-stop")(lambda values, patience: stop_by_running_best(values, patience - 1 or 1)[::-1])
wrong("when-to-stop")(lambda values, patience: (stop_by_running_best(values, patience)[0], len(values)))
wrong("when-to-stop")(lambda values, patience: stop_by_running_best(values, patience)[0])


@right("smoothed-loss")
def smooth_with_soft_targets(scores, targets, smoothing):
    classes = scores.shape[1] - 1
    soft = one_hot(targets - 1, classes).double() * (1 - smoothing) + smoothing / classes
    return float(cross_entropy(scores[:, 1:].double(), soft))


right("smoothed-loss")(
    lambda s, t, a: (
        cross_entropy(s[:, 1:], t - 1) + a * (s.gather(1, t[:, None])[:, 0] - s[:, 1:].mean(1)).mean()
    )
)
wrong("smoothed-loss")(lambda s, t, a: cross_entropy(s, t, label_smoothing=a))
wrong("smoothed-loss")(lambda s, t, a: cross_entropy(s[:, 1:], t - 1))
wrong("smoothed-loss")(lambda s, t, a: cross_entropy(s[:, 1:], t - 1, label_smoothing=a, reduction="sum"))
wrong("smoothed-loss")(lambda s, t, a: cross_entropy(s[:, 1:], t - 1, label_smoothing=a) / log2(np.e))
wrong("smoothed-loss")(lambda s, t, a: cross_entropy(s[:, 1:].softmax(1), t - 1, label_smoothing=a))


@right("first-step")
def let_adam_step(weights, gradient, lr, strength):
    found = []
    for coupled in (True, False):
        w = weights.clone().requires_grad_()
        w.grad = gradient + strength * weights if coupled else gradient.clone()
        torch.optim.AdamW([w], lr=lr, weight_decay=0.0 if coupled else strength, eps=1e-12).step()
        found.append(w.detach())
    return found


wrong("first-step")(lambda w, g, lr, s: (w - lr * g.sign(), w - lr * g.sign() - lr * s * w))
wrong("first-step")(lambda w, g, lr, s: (w - lr * (g + s * w).sign(), w - lr * (g + s * w).sign()))
wrong("first-step")(
    lambda w, g, lr, s: (w - lr * (g + 2 * s * w).sign(), w - lr * g.sign() - lr * s * w.sign())
)
wrong("first-step")(lambda w, g, lr, s: (w - (g + s * w).sign(), w - g.sign() - s * w))
wrong("first-step")(lambda w, g, lr, s: w - lr * (g + s * w).sign())


@right("best-of-trials")
def best_in_numpy(own, fresh):
    own, fresh = np.asarray(own), np.asarray(fresh)
    j = np.argsort(-own.mean(axis=1), kind="stable")[0]
    return [j, fresh.mean(axis=1)[j], np.subtract(own[j].mean(), fresh[j].mean())]


wrong("best-of-trials")(lambda own, fresh: (int(own.mean(1).argmax()), float(fresh.mean()), float(own.max())))
wrong("best-of-trials")(lambda own, fresh: best_in_numpy(fresh, own))
wrong("best-of-trials")(
    lambda own, fresh: (0, float(fresh[0].mean()), float(own[0].mean() - fresh[0].mean()))
)
wrong("best-of-trials")(lambda own, fresh: best_in_numpy(own, fresh)[:2])
wrong("best-of-trials")(lambda own, fresh: (*best_in_numpy(own, fresh)[:2], 0.0))


@right("gain-of-moves")
def gain_step_by_step(epsilons, seeds, run):
    plain = np.mean([run(0.0, seed)[1].numpy() for seed in seeds], axis=0)
    table = {}
    for epsilon in epsilons:
        pairs = [run(epsilon, seed) for seed in seeds]
        figure = np.mean([own.numpy().mean() for own, _ in pairs])
        table[epsilon] = figure, np.mean([other.numpy() for _, other in pairs], axis=0) - plain
    best = max(table, key=lambda epsilon: table[epsilon][0])
    gain = table[best][1]
    return best, gain.mean(), gain.std(ddof=1) / len(gain) ** 0.5


wrong("gain-of-moves")(lambda e, s, run: (*list(gain_step_by_step(e, s, run))[:2], 0.0))
wrong("gain-of-moves")(lambda e, s, run: (max(e), *list(gain_step_by_step([max(e)], s, run))[1:]))
wrong("gain-of-moves")(lambda e, s, run: list(gain_step_by_step(e, s[:1], run)))
wrong("gain-of-moves")(lambda e, s, run: list(gain_step_by_step(e, s, lambda x, n: run(x, n)[::-1])))


right("what-remedies-say")(lambda: [word.upper() for word in EXERCISES["what-remedies-say"].right()])
wrong("what-remedies-say")(["yes"] * 4)
wrong("what-remedies-say")(["no"] * 4)
wrong("what-remedies-say")(["open"] * 4)


@pytest.mark.parametrize(
    ("name", "answer", "passes"),
    TRIALS,
    ids=[f"{n}-{name}-{'right' if good else 'wrong'}" for n, (name, _, good) in enumerate(TRIALS)],
)
def test_an_answer_of_the_blind_trial_gets_its_verdict(name, answer, passes):
    result = check(name, answer)
    assert result.passed == passes, repr(result)
    assert passes or result.mistake not in ("checker", "type", "signature"), repr(result)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_was_tried(name):
    others = (
        import_module(path.stem) for path in sorted(Path(__file__).parent.glob("test_blind_trial_*.py"))
    )
    everything = [*TRIALS, *(answer for each in others for answer in each.trial.answers)]
    verdicts = [passes for tried, _, passes in everything if tried == name]
    assert verdicts.count(False) >= 3 and verdicts.count(True) >= 1
