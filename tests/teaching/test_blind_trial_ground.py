"""A second blind trial, chapters 1 to 3: answers in unusual styles, and with usual mistakes."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from blind_trial import Trial, verdict_as_judged
from torch.nn.functional import scaled_dot_product_attention

from seqrec_lib.data import OracleModel, permute_order
from seqrec_lib.evaluation import evaluate
from seqrec_lib.evaluation.protocols import Protocol, standings
from seqrec_lib.models.baselines import Markov, Popularity

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


# Chapter 1


@right("masked-attention-pool")
def pool_by_einsum(states, real):
    s, steps = states.double(), states.shape[1]
    odds = torch.einsum("bid,bjd->bij", s, s).div(math.sqrt(s.shape[2])).exp()
    odds = (
        odds * torch.tensor([[float(j <= i) for j in range(steps)] for i in range(steps)]) * real[:, None, :]
    )
    return torch.einsum("bij,bjd->bid", odds / odds.sum(2, keepdim=True), s)


def pool(states, real, keep=lambda i, j: j <= i, axis=-1, scale=None, low=-torch.inf, late=False):
    step = torch.arange(states.shape[1])
    scores = states @ states.mT / (states.shape[-1] ** 0.5 if scale is None else scale(states))
    mask = keep(step[:, None], step[None]) & real[:, None, :]
    if late:
        return (scores.softmax(axis) * mask) @ states
    return scores.masked_fill(~mask, low).softmax(axis).nan_to_num() @ states


wrongs(
    "masked-attention-pool",
    pool,
    {"keep": lambda i, j: j < i},
    {"axis": 1},
    {"late": True},
    {"keep": lambda i, j: j >= i},
    {"scale": lambda states: 1.0},
    {"scale": lambda states: states.shape[-1]},
    {"low": -10.0},
)
wrong("masked-attention-pool")(lambda s, r: scaled_dot_product_attention(s, s, s, is_causal=True))


@right("next-item-pairs")
def pairs_by_shift(history, max_len):
    items = pd.Series(history)
    steps = pd.DataFrame({"x": items, "y": items.shift(-1)}).dropna().tail(max_len).reset_index(drop=True)
    steps = steps.reindex(range(max_len)).fillna(0)
    return [steps.x, steps.y, min(len(history) - 1, max_len)]


def filled(row, width):
    return row + [0] * (width - len(row))


def pairs(history, max_len, turn=1, length=len, swap=False):
    x, y = history[:-1][-max_len:][::turn], history[1:][-max_len:][::turn]
    x, y = (y, x) if swap else (x, y)
    return torch.tensor(filled(x, max_len)), torch.tensor(filled(y, max_len)), length(x)


wrongs(
    "next-item-pairs", pairs, {"swap": True}, {"turn": -1}, {"length": lambda x: len(set(x))}, {"length": max}
)


@wrong("next-item-pairs")
def pairs_with_a_length_of_all(history, max_len):
    x, y, _ = pairs(history, max_len)
    return x, y, max_len


@wrong("next-item-pairs")
def pairs_to_nothing(history, max_len):
    x, y = history[-max_len:], [*history[1:], 0][-max_len:]
    return filled(x, max_len), filled(y, max_len), len(x)


@wrong("next-item-pairs")
def pairs_not_filled(history, max_len):
    x, y = history[:-1][-max_len:], history[1:][-max_len:]
    return torch.tensor(x), torch.tensor(y), len(x)


@right("inputs-for-the-loss")
def batch_of_32_bits():
    logits = np.array([[[9, -500, -502, -460]] * 3, [[9, -100, -100, -100]] * 3], dtype=np.float32)
    return logits, pd.DataFrame([[1, 2, 1], [3, 0, 0]]).values


wrong("inputs-for-the-loss")(lambda: (torch.zeros(2, 3, 4), torch.tensor([[1, 2, 3], [1, 0, 0]])))
wrong("inputs-for-the-loss")(lambda: (torch.zeros(3, 2, 4), torch.tensor([[1, 2], [3, 1], [2, 2]])))
wrong("inputs-for-the-loss")(lambda: (torch.zeros(2, 3, 4), torch.tensor([[1, 2, 0], [0, 0, 0]])))
wrong("inputs-for-the-loss")(
    lambda: (torch.full((2, 3, 4), -torch.inf), torch.tensor([[1, 2, 3], [2, 0, 0]]))
)
SURE = torch.tensor([[[0.0, 40.0, -140.0, 0.0]] * 3] * 2)
wrong("inputs-for-the-loss")((SURE, torch.tensor([[2, 2, 2], [2, 0, 0]])))
wrong("inputs-for-the-loss")((SURE, torch.tensor([[2, 2, 2], [2, 1, 2]])))
wrong("inputs-for-the-loss")((SURE, torch.tensor([[2, 2, 2], [2, 4, 0]])))


@right("ndcg-one-target")
def ndcg_by_series(scores, target, seen, k):
    left = pd.Series(np.asarray(scores, dtype=float)).drop(0)
    left = left.drop([i for i in set(seen) - {target} if i in left.index])
    own = left.pop(target)
    better, equal = int((left > own).sum()), int((left == own).sum())
    ranks = range(better + 1, better + equal + 2)
    return np.float32(np.mean([1 / np.log2(r + 1) if r <= k else 0 for r in ranks]))


def ndcg(
    scores, target, seen, k, zero=True, base=1, near=0.0, counts=lambda r, k: r <= k, ties=None, log=None
):
    own, rivals = float(scores[target]), []
    for i, value in enumerate(scores):
        if (i or not zero) and i != target and i not in seen:
            rivals.append(float(value))
    better = sum(v > own + near for v in rivals)
    equal = sum(abs(v - own) <= near for v in rivals)

    def gain(r):
        return 1 / (log or math.log2)(r + base) if counts(r, k) else 0.0

    if ties:
        return ties(gain, better, equal)
    return sum(gain(r) for r in range(better + 1, better + equal + 2)) / (equal + 1)


wrongs(
    "ndcg-one-target",
    ndcg,
    {"ties": lambda gain, b, e: gain(b + e + 1)},
    {"ties": lambda gain, b, e: gain(b + 1)},
    {"ties": lambda gain, b, e: gain(b + 1 + e / 2)},
    {"ties": lambda gain, b, e: (gain(b + 1) + gain(b + e + 1)) / 2},
    {"ties": lambda gain, b, e: sum(map(gain, range(b + 1, b + e + 2))) / max(1, e)},
    {"zero": False},
    {"near": 1e-2},
    {"counts": lambda r, k: r < k},
    {"counts": lambda r, k: True},
    {"base": 2},
    {"log": math.log},
)
wrong("ndcg-one-target")(lambda scores, t, seen, k: 0.0 if t in seen else ndcg(scores, t, seen, k))
wrong("ndcg-one-target")(lambda scores, t, seen, k: ndcg(scores, t, [s - 1 for s in seen], k))
wrong("ndcg-one-target")(lambda scores, t, seen, k: ndcg(scores, t, [], k))


def shares(
    sizes, train, on="test", floor=max, name="NDCG@10", share=lambda v, low, top: (v - low) / (top - low)
):
    found = []
    for users in sizes:
        model, world, split = train(users)
        cases = getattr(split, on)
        low = floor([evaluate(make(split.train_log), cases)[name] for make in (Popularity, Markov)])
        top = evaluate(OracleModel(world), cases)[name]
        found.append(share(evaluate(model, cases)[name], low, top))
    return found


right("more-users")(lambda *a: pd.Series(shares(*a)))
wrongs(
    "more-users",
    shares,
    {"on": "validation"},
    {"floor": min},
    {"floor": lambda floors: floors[0]},
    {"floor": lambda floors: floors[1]},
    {"floor": np.mean},
    {"name": "HR@10"},
    {"share": lambda v, low, top: (v - low) / top},
    {"share": lambda v, low, top: v / top},
    {"share": lambda v, low, top: (top - v) / (top - low)},
    {"share": lambda v, low, top: max(0.0, (v - low) / (top - low))},
)
wrong("more-users")(lambda sizes, train: shares(sorted(sizes), train))
wrong("more-users")(lambda sizes, train: shares(sizes[:1], train) * len(sizes))


# Chapter 2


@right("stable-order")
def order_by_frame(users, items, times):
    rows = pd.DataFrame({"u": users, "t": times, "n": range(len(users))})
    return rows.sort_values(["u", "t", "n"], ascending=[True, True, False]).index


right("stable-order")(lambda u, i, t: np.lexsort((np.arange(len(u)), -t, -u))[::-1])


def order(key):
    def rows(u, i, t):
        return np.array(sorted(range(len(u)), key=lambda n: key(u, i, t, n)), dtype=int)

    return rows


for key in (
    lambda u, i, t, n: (u[n], t[n], n),
    lambda u, i, t, n: (u[n], -t[n], -n),
    lambda u, i, t, n: (t[n], u[n], -n),
    lambda u, i, t, n: (u[n], t[n], i[n]),
    lambda u, i, t, n: (u[n], t[n], -i[n]),
    lambda u, i, t, n: (u[n], -n),
    lambda u, i, t, n: (u[n], np.float32(t[n]), -n),
    lambda u, i, t, n: (str(u[n]), t[n], -n),
    lambda u, i, t, n: (list(u).index(u[n]), t[n], -n),
):
    wrong("stable-order")(order(key))


@wrong("stable-order")
def order_in_the_turned_file(u, i, t):
    by_time = np.argsort(t[::-1], kind="stable")
    return by_time[np.argsort(u[::-1][by_time], kind="stable")]


wrong("stable-order")(lambda u, i, t: np.argsort(np.lexsort((-np.arange(len(u)), t, u))))


def ladder(users):
    """Each user shares one item with the next."""
    return [n for n in range(users) for _ in "ab"], [n + k for n in range(users) for k in range(2)]


@right("chain-of-drops")
def a_ladder_and_a_pair_that_meets_twice():
    users, items = ladder(15)
    return pd.Series([*users, 20, 20, 21, 21]), [*items, 30, 30, 31, 31], np.int64(2)


wrong("chain-of-drops")(lambda: (*ladder(25), 2))
wrong("chain-of-drops")(lambda: (*ladder(8), 2))
wrong("chain-of-drops")(lambda: ([0, 0, 1, 1], [5, 5, 5, 5], 2))
wrong("chain-of-drops")(lambda: ([0, 1, 2], [0, 1, 2], 2))
wrong("chain-of-drops")(lambda: (*ladder(31), 2))
wrong("chain-of-drops")(lambda: (*ladder(20), 1))
wrong("chain-of-drops")(lambda: ladder(20))


@right("popularity-before")
def popularity_by_bincount(items, times, query_times, n_items):
    known = [np.asarray(items)[np.asarray(times) < q] for q in np.asarray(query_times)]
    counts = [np.bincount(k, minlength=n_items + 1) for k in known]
    return torch.tensor(np.array(counts)).reshape(len(query_times), n_items + 1)


def popularity(items, times, query_times, n_items, known=lambda t, q: t < q):
    table = known(np.asarray(times)[None], np.asarray(query_times)[:, None]).astype(int)
    return table @ (np.asarray(items)[:, None] == np.arange(n_items + 1)).astype(int)


wrongs("popularity-before", popularity, {"known": lambda t, q: t <= q}, {"known": lambda t, q: t > q})
wrong("popularity-before")(lambda *a: popularity(*a)[:, 1:])
wrong("popularity-before")(lambda *a: np.minimum(popularity(*a), 1))
wrong("popularity-before")(lambda i, t, q, n: popularity(i, np.float32(t), np.float32(q), n))
wrong("popularity-before")(lambda i, t, q, n: popularity(np.asarray(i) - 1, t, q, n))
wrong("popularity-before")(lambda i, t, q, n: popularity(i, t, sorted(q), n))
wrong("popularity-before")(lambda *a: popularity(*a) / np.maximum(popularity(*a).sum(1, keepdims=True), 1))


@wrong("popularity-before")
def popularity_of_sorted_rows(items, times, query_times, n_items):
    found = np.zeros((len(query_times), n_items + 1))
    for b, q in enumerate(query_times):
        for item in np.asarray(items)[: np.searchsorted(np.asarray(times), q)]:
            found[b, item] += 1
    return found


@right("pad-and-truncate")
def padded_as_floats(histories, max_len):
    kept = [h[max(0, len(h) - max_len) :] for h in histories]
    width = max(map(len, kept))
    rows = [[h[t] if t < len(h) else 0 for t in range(width)] for h in kept]
    return np.array(rows, dtype=float), [*map(len, kept)]


def padded(
    histories, max_len, cut=lambda h, n: h[-n:], width=None, front=False, lengths=lambda whole, n, kept: kept
):
    kept = [cut(h, max_len) for h in histories]
    to = width(max_len) if width else max(map(len, kept))
    rows = [([0] * (to - len(h)) + h) if front else filled(h, to) for h in kept]
    sizes = [lengths(len(h), max_len, len(k)) for h, k in zip(histories, kept, strict=True)]
    return torch.tensor(rows), torch.tensor(sizes)


wrongs(
    "pad-and-truncate",
    padded,
    {"cut": lambda h, n: h[:n]},
    {"lengths": lambda whole, n, kept: whole},
    {"lengths": lambda whole, n, kept: n},
    {"width": lambda n: n},
    {"front": True},
    {"cut": lambda h, n: h[-n:][::-1]},
    {"cut": lambda h, n: h[len(h) - n :]},
)
wrong("pad-and-truncate")(lambda h, n: (padded(h, n)[0].T, padded(h, n)[1]))
wrong("pad-and-truncate")(lambda h, n: (padded(h, n)[0], (padded(h, n)[0] > 0).sum(0)))
wrong("pad-and-truncate")(lambda h, n: padded(sorted(h, key=len), n))


@right("length-batches")
def batches_by_counting(lengths, size):
    batch, placed = {}, 0
    for length in sorted({int(x) for x in lengths}):
        for row, x in enumerate(lengths):
            if x == length:
                batch[row], placed = placed // size, placed + 1
    return [batch[row] for row in range(len(lengths))]


def places(lengths):
    return np.argsort(np.argsort(np.asarray(lengths), kind="stable"), kind="stable")


wrong("length-batches")(lambda n, size: np.argsort(np.asarray(n), kind="stable") // size)
wrong("length-batches")(lambda n, size: places(-np.asarray(n)) // size)
wrong("length-batches")(lambda n, size: np.arange(len(n)) // size)
wrong("length-batches")(lambda n, size: places(n) // size + 1)
wrong("length-batches")(lambda n, size: places(n) % size)
wrong("length-batches")(lambda n, size: np.minimum(places(n) // size, max(len(n) // size - 1, 0)))
wrong("length-batches")(lambda n, size: np.argsort(np.lexsort((-np.arange(len(n)), n))) // size)
wrong("length-batches")(lambda n, size: np.sort(places(n) // size))
wrong("length-batches")(lambda n, size: (pd.Series(np.asarray(n)).rank(method="min").to_numpy() - 1) // size)


def root_error(true, mixed):
    return (true - mixed).std(ddof=1) / len(true) ** 0.5


def worth(log, train, seeds, on="test", own=True, name="NDCG@10", shuffle=None, told=None, error=root_error):
    true, mixed = [], []
    for seed in seeds:
        model, split = train(log, seed)
        other, its = train(permute_order(log, seed if shuffle is None else shuffle), seed)
        true.append(evaluate(model, getattr(split, on))[name])
        mixed.append(evaluate(other, getattr(its if own else split, on))[name])
    true, mixed = np.array(true), np.array(mixed)
    return (told or (lambda a, b: (a - b).mean()))(true, mixed), error(true, mixed)


right("order-worth")(lambda *a: torch.tensor(worth(*a)))
wrongs(
    "order-worth",
    worth,
    {"on": "validation"},
    {"own": False},
    {"error": lambda a, b: (a - b).std() / len(a) ** 0.5},
    {"shuffle": 0},
    {"error": lambda a, b: ((a.var(ddof=1) + b.var(ddof=1)) / len(a)) ** 0.5},
    {"error": lambda a, b: (a - b).std(ddof=1)},
    {"error": lambda a, b: (a - b).std(ddof=1) / len(a)},
    {"told": lambda a, b: (b - a).mean()},
    {"told": lambda a, b: abs(a - b).mean(), "error": lambda a, b: root_error(abs(a - b), 0 * a)},
    {"told": lambda a, b: (a - b).mean() / a.mean()},
    {"name": "HR@10"},
)


# Chapter 3

right("row-that-flatters")(lambda: (np.array([0, -1, -1, -1, -1], dtype=np.float16), 1, 3))
wrong("row-that-flatters")({"scores": [9.0, 1, 3, 3, 3, 3], "target": np.int64(2), "k": 2})
wrong("row-that-flatters")((torch.zeros(5), 1, 4))
wrong("row-that-flatters")((torch.zeros(5), 4, 2))
wrong("row-that-flatters")((torch.arange(6.0), 3, 2))
wrong("row-that-flatters")((torch.zeros(40), 1, 15))
wrong("row-that-flatters")((torch.zeros(5), 0, 2))
wrong("row-that-flatters")((torch.zeros(5), 1, 0))
wrong("row-that-flatters")((torch.full((5,), torch.nan), 1, 3))
wrong("row-that-flatters")((torch.tensor([0, 5.0, 5, 5, 1]), 3, 3))


@right("ndcg-of-lists")
def lists_by_table(lists, targets, k):
    hit = np.asarray(lists)[:, :k] == np.asarray(targets).reshape(-1, 1)
    return torch.tensor((hit / np.log2(np.arange(hit.shape[1]) + 2)).sum(1).mean())


def listed(lists, targets, k, gain=lambda p: 1 / math.log2(p + 2), longer=0, found_only=False, users=None):
    gains = []
    for row, target in zip(lists.tolist(), targets.tolist(), strict=True):
        row = row[: max(k + longer, 0)]
        if target in row:
            gains.append(gain(row.index(target)))
        elif not found_only:
            gains.append(0.0)
    return sum(gains) / (users(lists, k) if users else max(len(gains), 1))


wrongs(
    "ndcg-of-lists",
    listed,
    {"gain": lambda p: 1 / math.log2(p + 1) if p else 1.0},
    {"gain": lambda p: 1 / math.log(p + 2)},
    {"gain": lambda p: 1 / (p + 1)},
    {"gain": lambda p: 1.0},
    {"gain": lambda p: 1 / math.log2(p + 3)},
    {"longer": 1},
    {"longer": -1},
    {"longer": 100},
    {"found_only": True},
    {"users": lambda lists, k: lists.shape[1]},
    {"users": lambda lists, k: 1},
    {"users": lambda lists, k: k},
)

right("mean-over-batches")(
    lambda batches: pd.concat([pd.Series(np.asarray(b, float)) for b in batches]).mean()
)
right("mean-over-batches")(
    lambda batches: Fraction(sum(Fraction(float(x)) for b in batches for x in b), sum(map(len, batches)))
)
for answer in (
    lambda batches: np.mean([np.mean(b) for b in batches if len(b)]),
    lambda batches: sum(float(np.sum(b)) for b in batches) / (len(batches) * max(map(len, batches))),
    lambda batches: np.median(np.concatenate(batches)),
    lambda batches: sum(float(np.sum(b)) for b in batches) / len(batches),
    lambda batches: sum(float(np.sum(b)) for b in batches),
    lambda batches: float(np.concatenate(batches[:-1] or batches).mean()),
    lambda batches: float(np.concatenate(batches).astype(np.float16).mean()),
    lambda batches: np.concatenate(batches)[np.concatenate(batches) != 0].mean(),
    lambda batches: float(np.unique(np.concatenate(batches)).mean()),
):
    wrong("mean-over-batches")(answer)


@right("sampled-hit-rate")
def one_draw_after_another(rank, rivals, n, k):
    chance = {0: 1.0}  # of so many better items up to now
    for drawn in range(n):
        later = {}
        for better, p in chance.items():
            q = (rank - 1 - better) / (rivals - drawn)
            later[better + 1] = later.get(better + 1, 0) + p * q
            later[better] = later.get(better, 0) + p * (1 - q)
        chance = later
    return sum(p for better, p in chance.items() if better < k)


def sampled(rank, rivals, n, k, better=-1, among=0, upto=0, again=False):
    good, total = rank + better, rivals + among
    if again:
        p = good / total
        return sum(math.comb(n, b) * p**b * (1 - p) ** (n - b) for b in range(k + upto))
    ways = (math.comb(good, b) * math.comb(total - good, n - b) for b in range(min(k + upto, n + 1)))
    return sum(ways) / math.comb(total, n)


wrongs("sampled-hit-rate", sampled, {"better": 0}, {"among": 1}, {"upto": 1}, {"upto": -1}, {"again": True})
for answer in (
    lambda rank, rivals, n, k: float(rank <= k),
    lambda *a: 1 - sampled(*a),
    lambda rank, rivals, n, k: float((rank - 1) * n / rivals < k),
    lambda rank, rivals, n, k: min(1.0, k / (n + 1)),
):
    wrong("sampled-hit-rate")(answer)


@right("bootstrap-over-users")
def ends_of_lists(values, users, drawn):
    cases = {u: [float(v) for v, w in zip(values, users, strict=True) if w == u] for u in set(users.tolist())}
    return np.percentile([np.mean(sum((cases[int(u)] for u in row), [])) for row in drawn], [2.5, 97.5])


def ends(values, users, drawn, quantiles=(0.025, 0.975), mean=None, of=None):
    sums, sizes = np.bincount(users, values), np.bincount(users)
    means = sums[drawn].sum(1) / sizes[drawn].sum(1) if mean is None else mean(values, users, drawn)
    return np.quantile(means, quantiles) if of is None else of(np.sort(means))


wrongs(
    "bootstrap-over-users",
    ends,
    {"mean": lambda v, u, d: (np.bincount(u, v) / np.bincount(u))[d].mean(1)},
    {"quantiles": (0.05, 0.95)},
    {"quantiles": (0.975, 0.025)},
    {"mean": lambda v, u, d: v[d].mean(1)},
    {"of": lambda m: (m[0], m[-1])},
    {"of": lambda m: m.mean() + np.array([-1.96, 1.96]) * m.std()},
    {"of": lambda m: (m[int(0.025 * len(m))], m[int(0.975 * len(m))])},
    {"quantiles": (0.025, 0.925)},
    {"mean": lambda v, u, d: [v[np.isin(u, row)].mean() for row in d]},
)


def turned_round(sizes, prepare, on="test", name="NDCG@10", rule="uniform", count=None):
    models, split, popularity = prepare()
    asked = [standings(model, getattr(split, on), popularity) for model in models.values()]

    def means(protocol):
        return [float(one.measure(protocol)[name].mean()) for one in asked]

    full = means(Protocol())
    pairs_of = [(i, j) for i in range(len(full)) for j in range(i)]

    def changed(some):
        return sum((full[i] - full[j]) * (some[i] - some[j]) < 0 for i, j in pairs_of)

    return [(count or (lambda some, full, n: n))(s, full, changed(s)) for s in
            (means(Protocol(rule, n)) for n in sizes)]  # fmt: skip


def ranks(values):
    return np.argsort(np.argsort(values))


right("order-changes")(lambda *a: np.array(turned_round(*a), dtype=np.uint8))
wrongs(
    "order-changes",
    turned_round,
    {"on": "validation"},
    {"name": "HR@10"},
    {"name": "MRR"},
    {"rule": "popularity"},
    {"count": lambda some, full, n: 2 * n},
    {"count": lambda some, full, n: int(n > 0)},
    {"count": lambda some, full, n: sum(ranks(some) != ranks(full))},
    {"count": lambda some, full, n: int(np.argmax(some) != np.argmax(full))},
    {"count": lambda some, full, n: n / (len(full) * (len(full) - 1) / 2)},
    {"count": lambda some, full, n: len(full) * (len(full) - 1) / 2 - n},
)
wrong("order-changes")(lambda sizes, prepare: [0] * len(sizes))


# Verdicts: each wrong one by itself

for name, verdicts in (
    ("what-attention-brought", ["open", "yes", "no", "no", "no", "open"]),
    ("what-the-rows-say", ["yes", "no", "no", "yes", "open"]),
    ("who-is-better", ["no", "no", "yes", "open", "open"]),
):
    right(name)(np.array(verdicts))
    right(name)(lambda verdicts=verdicts: tuple(word.title() for word in verdicts))
    for i, own in enumerate(verdicts):
        for other in sorted({"yes", "no", "open"} - {own}):
            wrong(name)(verdicts[:i] + [other] + verdicts[i + 1 :])
    wrong(name)(verdicts[:-1])
    wrong(name)(["maybe", *verdicts[1:]])

# What check said of each answer, in order. Each verdict was read and judged fair.
SAID = {
    "masked-attention-pool": (
        "passes value value mask-after-softmax value no-scale scale-by-width value padding-as-key"
    ),
    "next-item-pairs": (
        "passes backwards newest-first value value length-counts-padding last-item-as-input not-padded"
    ),
    "inputs-for-the-loss": (
        "passes softmax_then_log softmax_then_log invalid invalid mean_of_rows mean_of_rows invalid"
    ),
    "ndcg-one-target": (
        "passes ties-against-the-model ties-for-the-model ties-at-mean-rank value value "
        "padding-ranked near-ties k-short-by-one k-ignored discount-too-strong natural-log "
        "target-masked value seen-kept"
    ),
    "more-users": (
        "passes validation worse-floor one-floor one-floor value hit-rate value no-floor value "
        "never-below-0 value value"
    ),
    "stable-order": (
        "passes passes ties-as-in-the-file value users-mixed item-on-ties item-on-ties time-ignored "
        "times-rounded users-as-text value rows-of-the-turned-file places"
    ),
    "chain-of-drops": "passes pairs_once ten_rounds ten_rounds ten_rounds invalid invalid type",
    "popularity-before": (
        "passes moment-too afterwards shape once-an-item times-rounded a-column-early "
        "requests-reordered value takes-sorted-rows"
    ),
    "pad-and-truncate": (
        "passes oldest-kept lengths-not-cut value always-full-width padded-front newest-first shape "
        "shape shape value"
    ),
    "length-batches": (
        "passes order-instead-of-place longest-first as-they-come from-one value last-batch-joined "
        "ties-reversed as-they-come value"
    ),
    "order-worth": (
        "passes validation only-training-shuffled divided-by-n one-order unpaired deviation value "
        "turned-round without-sign value hit-rate"
    ),
    "row-that-flatters": (
        "passes at_the_mean_rank at_the_mean_rank at_the_mean_rank first_among_equals invalid invalid "
        "invalid invalid at_the_mean_rank"
    ),
    "ndcg-of-lists": (
        "passes value natural-log reciprocal-rank hit-rate discount-plus-three k-long-by-one "
        "k-short-by-one k-ignored found-only value value value"
    ),
    "mean-over-batches": (
        "passes passes mean-of-batch-means largest-size median divided-by-batches value "
        "last-batch-dropped value zeros-left-out value"
    ),
    "sampled-hit-rate": (
        "passes rank-from-zero target-among-the-drawn k-too-long value with-replacement full-ranking "
        "misses value value"
    ),
    "bootstrap-over-users": (
        "passes users-weigh-the-same ninety-percent ends-swapped over-interactions extremes "
        "normal-interval places-in-the-order value each-user-once"
    ),
    "order-changes": (
        "passes validation hit-rate reciprocal-rank by-popularity pairs-twice value value value value "
        "kept-pairs value"
    ),
    "what-attention-brought": (
        "passes passes sentence-1-no sentence-1-yes sentence-2-no sentence-2-open sentence-3-open "
        "sentence-3-yes sentence-4-open sentence-4-yes sentence-5-open sentence-5-yes sentence-6-no "
        "sentence-6-yes shape type"
    ),
    "what-the-rows-say": (
        "passes passes sentence-1-no sentence-1-open sentence-2-open sentence-2-yes sentence-3-open "
        "sentence-3-yes sentence-4-no sentence-4-open sentence-5-no sentence-5-yes shape type"
    ),
    "who-is-better": (
        "passes passes sentence-1-open sentence-1-yes sentence-2-open sentence-2-yes sentence-3-no "
        "sentence-3-open sentence-4-no sentence-4-yes sentence-5-no sentence-5-yes shape type"
    ),
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
