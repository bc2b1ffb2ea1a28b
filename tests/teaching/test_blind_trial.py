"""Answers invented from the statements alone: no wrong one may pass, no right one may be turned down.

To add one, write a function under ``@right("exercise")`` or ``@wrong("exercise")``.
"""

from collections import Counter
from fractions import Fraction
from itertools import combinations
from math import comb, log2

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


@right("cross-entropy-from-logits")
def loss_by_logsumexp(logits, targets):
    own = logits.double().gather(2, targets[..., None])[..., 0]
    lost = (logits.double()[..., 1:].logsumexp(-1) - own)[targets != 0]
    return np.array(float(lost.sum() / len(lost)))


def _loss(logits, targets, low=-torch.inf, **how):
    x = torch.cat([torch.full_like(logits[..., :1], low), logits[..., 1:]], -1)
    return cross_entropy(x.flatten(0, 1), targets.flatten(), ignore_index=0, **how)


wrong("cross-entropy-from-logits")(lambda x, y: _loss(x, y, -100.0))
wrong("cross-entropy-from-logits")(lambda x, y: _loss(x, y, reduction="sum") / len(x))
wrong("cross-entropy-from-logits")(lambda x, y: _loss(x, y, reduction="sum") / y.numel())
wrong("cross-entropy-from-logits")(lambda x, y: cross_entropy(x.flatten(0, 1), y.flatten(), ignore_index=0))


@wrong("cross-entropy-from-logits")
def loss_mean_of_rows(logits, targets):
    rows = [
        cross_entropy(x[y > 0][:, 1:], y[y > 0] - 1) for x, y in zip(logits, targets, strict=True) if y.any()
    ]
    return sum(rows) / len(rows)


@wrong("cross-entropy-from-logits")
def loss_with_a_small_number(logits, targets):
    p = logits[..., 1:].softmax(-1)
    own = p.gather(2, (targets - 1).clamp(min=0)[..., None])[..., 0]
    return -(own + 1e-8).log()[targets > 0].mean()


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


@right("gap-closed")
def gap_in_a_frame(model, floors, ceiling):
    frame = pd.DataFrame({**{k: np.asarray(v) for k, v in floors.items()}}).mean()
    return torch.tensor((np.mean(model) - frame.max()) / (np.mean(ceiling) - frame.max()))


@wrong("gap-closed")
def gap_from_markov(model, floors, ceiling):
    floor = floors.get("markov", next(iter(floors.values()))).mean()
    return (model.mean() - floor) / (ceiling.mean() - floor)


@wrong("gap-closed")
def gap_clipped(model, floors, ceiling):
    floor = max(v.mean() for v in floors.values())
    return max(0.0, (model.mean() - floor) / (ceiling.mean() - floor))


@wrong("gap-closed")
def gap_best_floor_of_each_user(model, floors, ceiling):
    floor = np.mean(np.max([np.asarray(v) for v in floors.values()], axis=0))
    return (model.mean() - floor) / (ceiling.mean() - floor)


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
    return pd.DataFrame({"u": users, "t": times}).sort_values(["u", "t"], kind="stable").index


@right("stable-order")
def order_by_sorted(users, items, times):
    return sorted(range(len(users)), key=lambda n: (users[n], times[n]))


wrong("stable-order")(lambda u, i, t: np.lexsort((np.asarray(t, np.float32), u)))
wrong("stable-order")(lambda u, i, t: np.lexsort((t, [str(x) for x in u])))
wrong("stable-order")(lambda u, i, t: np.lexsort((u, t)))
wrong("stable-order")(lambda u, i, t: np.lexsort((i, t, u)))
wrong("stable-order")(lambda u, i, t: np.lexsort((-np.arange(len(u)), t, u)))


def _core(users, items, k, rounds=10_000):
    keep = np.ones(len(users), dtype=bool)
    for _ in range(rounds):
        u, i = Counter(users[keep].tolist()), Counter(items[keep].tolist())
        good = [u[a] >= k and i[b] >= k for a, b in zip(users.tolist(), items.tolist(), strict=True)]
        if (keep & good == keep).all():
            break
        keep &= np.array(good)
    return keep


right("core-by-hand")(lambda *a: pd.Series(_core(*a)).astype(float))
wrong("core-by-hand")(lambda *a: _core(*a, rounds=10))
wrong("core-by-hand")(lambda *a: _core(*a, rounds=1))


@wrong("core-by-hand")
def core_of_distinct_pairs(users, items, k):
    frame = pd.DataFrame({"u": users, "i": items})
    while True:
        few = (frame.groupby("u")["i"].transform("nunique") < k) | (
            frame.groupby("i")["u"].transform("nunique") < k
        )
        if not few.any():
            keep = np.zeros(len(users), dtype=bool)
            keep[frame.index] = True
            return keep
        frame = frame[~few]


@wrong("core-by-hand")
def core_users_first_then_items(users, items, k):
    keep = pd.Series(users).map(Counter(users.tolist())).to_numpy() >= k
    left = Counter(items[keep].tolist())
    return keep & np.array([left[i] >= k for i in items.tolist()])


@right("split-one-user")
def split_into_lists(history):
    h = history.tolist()
    return (h, 0, [], 0) if len(h) < 3 else [h[:-2], h[-2], h[:-1], np.array(h[-1])]


wrong("split-one-user")(lambda h: (h, 0, h[:0], 0) if len(h) < 3 else (h[:-2], h[-2], h[:-2], h[-1]))
wrong("split-one-user")(lambda h: (h, 0, h[:0], 0) if len(h) < 3 else (h[:-2], h[-1], h[:-1], h[-2]))
wrong("split-one-user")(lambda h: (h[:0], 0, h[:0], 0) if len(h) < 3 else (h[:-2], h[-2], h[:-1], h[-1]))
wrong("split-one-user")(lambda h: (h, 0, h[:0], 0) if len(h) < 4 else (h[:-2], h[-2], h[:-1], h[-1]))


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


@right("rank-of-target")
def ranks_by_loop(scores, targets, seen):
    found = []
    for row, target, history in zip(scores.tolist(), targets.tolist(), seen, strict=True):
        left = [s for n, s in enumerate(row) if n not in {0, target, *history}]
        found.append(
            1 + sum(s > row[target] for s in left) + Fraction(sum(s == row[target] for s in left), 2)
        )
    return [float(rank) for rank in found]


def _ranks(scores, targets, seen, low=-torch.inf, near=0.0, floor=False):
    s, own = scores.clone(), scores.gather(1, targets[:, None])
    s[:, 0] = low
    for row, items in zip(s, seen, strict=True):
        row[items] = low
    s.scatter_(1, targets[:, None], own)
    found = (s > own + near).sum(1) + (((s - own).abs() <= near).sum(1) + 1) / 2
    return found.floor() if floor else found


wrong("rank-of-target")(lambda *a: _ranks(*a, low=0.0))
wrong("rank-of-target")(lambda *a: _ranks(*a, near=0.01))
wrong("rank-of-target")(lambda *a: _ranks(*a, floor=True))
wrong("rank-of-target")(lambda *a: _ranks(*a) - 1)


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


@right("auc-with-ties")
def auc_by_ranks(labels, scores):
    rank = pd.Series(scores).rank().to_numpy()
    n = int(np.sum(labels))
    return torch.tensor((rank[np.asarray(labels) == 1].sum() - n * (n + 1) / 2) / (n * (len(labels) - n)))


def _auc(labels, scores, equal=0.5, near=0.0):
    a, b = np.asarray(scores)[np.asarray(labels) == 1][:, None], np.asarray(scores)[np.asarray(labels) == 0]
    return ((a > b + near) + equal * (abs(a - b) <= near)).mean()


wrong("auc-with-ties")(lambda *a: _auc(*a, equal=0.0))
wrong("auc-with-ties")(lambda *a: _auc(*a, equal=1.0))
wrong("auc-with-ties")(lambda *a: _auc(*a, near=0.01))
wrong("auc-with-ties")(
    lambda labels, scores: _auc(scores, labels) if set(np.unique(scores)) == {0, 1} else 0.0
)
wrong("auc-with-ties")(lambda labels, scores: _auc(labels, np.round(scores, 1)))


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
def sizes_by_differences(W, U, b, vectors):
    def last(moved):
        h = torch.zeros_like(b)
        for v in moved:
            h = (W @ v + U @ h + b).tanh()
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
    lambda W, U, b, vectors: [float((W @ U.matrix_power(k)).norm()) for k in range(len(vectors))]
)


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


@right("pre-norm-block")
def block_in_one_line(x, attention, feed_forward, norm_1, norm_2):
    return (lambda y: (y + feed_forward(norm_2(y))).tolist())(x + attention(norm_1(x), norm_1(x)))


wrong("pre-norm-block")(lambda x, a, f, m, n: (y := x + a(m(x), x)) + f(n(y)))
wrong("pre-norm-block")(lambda x, a, f, m, n: (y := x + a(x, m(x))) + f(n(y)))
wrong("pre-norm-block")(lambda x, a, f, m, n: n((y := m(x + a(x, x))) + f(y)))
wrong("pre-norm-block")(lambda x, a, f, m, n: (y := x + a(m(x), m(x))) + f(m(y)))
wrong("pre-norm-block")(lambda x, a, f, m, n: x + a(m(x), m(x)) + f(n(x)))


@right("loss-gradient")
def gradient_row_by_row(scores, targets):
    rows = []
    for row, target in zip(scores.double().numpy(), targets.tolist(), strict=True):
        odds = np.exp(row[1:] - row[1:].max())
        p = np.concatenate([[0.0], odds / odds.sum()])
        p[target] -= 1
        rows.append(p / len(targets))
    return rows


def _gradient(scores, targets, start=1, rows=len):
    p = pad(scores[:, start:].softmax(1), (start, 0))
    return (p - one_hot(targets, scores.shape[1])) / rows(targets)


wrong("loss-gradient")(lambda *a: _gradient(*a, rows=lambda t: 1))
wrong("loss-gradient")(lambda *a: _gradient(*a, start=0))
wrong("loss-gradient")(lambda *a: -_gradient(*a))
wrong("loss-gradient")(lambda scores, targets: _gradient(scores, targets, rows=lambda t: scores.numel()))


@wrong("loss-gradient")
def gradient_by_autograd(scores, targets):
    s = scores.clone().requires_grad_()
    cross_entropy(s[:, 1:], targets - 1).backward()
    return s.grad


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
    verdicts = [passes for tried, _, passes in TRIALS if tried == name]
    assert verdicts.count(False) >= 3 and verdicts.count(True) >= 1
