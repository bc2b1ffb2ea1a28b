"""Answers to the exercises of chapter 19 by somebody who knew only the tasks, and what is said."""

import math

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("clip-each-user")
def clip_user_by_user(items, rest, clip):
    """One long vector for each user, in NumPy, cut and put together again."""
    a, b = items.numpy().astype(np.float64), rest.numpy().astype(np.float64)
    total = np.zeros(a[0].size + b.shape[1])
    for one, other in zip(a, b, strict=True):
        whole = np.concatenate([one.ravel(), other])
        size = math.sqrt(sum(x * x for x in whole))
        total += whole * (clip / size if size > clip else 1.0)
    return total[: a[0].size].reshape(a[0].shape), total[a[0].size :]


def clipped(items, rest, clip, length="all", most=1.0, per="sum", batch=False, power=0.5):
    if batch:
        items, rest = items.sum(0, keepdim=True), rest.sum(0, keepdim=True)
    a, b = items.square().sum((1, 2)), rest.square().sum(1)
    sizes = {
        "all": (a + b, a + b),
        "apart": (a, b),
        "rest": (b, b),
        "items": (a, a),
        "longest": (torch.maximum(a, b),) * 2,
        "rows": (items.square().sum(2), b),
        "added": ((a.sqrt() + b.sqrt()) ** 2,) * 2,
        "ones": (items.abs().sum((1, 2)) + rest.abs().sum(1),) * 2,
    }[length]
    f, g = ((clip / size.clamp(min=1e-12) ** power).clamp(max=most) for size in sizes)
    f = f[:, :, None] if f.dim() == 2 else f[:, None, None]
    left, over = (f * items), (g[:, None] * rest)
    return (left.mean(0), over.mean(0)) if per == "mean" else (left.sum(0), over.sum(0))


def each_number_cut(items, rest, clip):
    return items.clamp(-clip, clip).sum(0), rest.clamp(-clip, clip).sum(0)


wrongs("clip-each-user", clipped, {"length": "apart"}, {"length": "rest"}, {"batch": True},
       {"most": math.inf}, {"per": "mean"}, {"length": "rows"}, {"length": "items"}, {"power": 1.0},
       {"length": "added"})  # fmt: skip
wrong("clip-each-user")(each_number_cut)
wrong("clip-each-user")(lambda items, rest, clip: (items.sum(0), rest.sum(0)))
wrong("clip-each-user")(lambda items, rest, clip: clipped(items, rest, clip)[::-1])


@right("noise-where")
def weight_by_weight(clipped, draw, noise, clip, expected):
    found = []
    for place, n in enumerate(draw.tolist()):
        total = noise * clip * n
        for row in clipped.tolist():
            total += row[place]
        found.append(total / expected)
    return found


wrong("noise-where")(lambda g, n, noise, clip, expected: g.sum(0) / expected + noise * clip * n)
wrong("noise-where")(lambda g, n, noise, clip, expected: (g.sum(0) + noise * n) / expected)
wrong("noise-where")(lambda g, n, noise, clip, expected: (g.sum(0) + noise * clip * n) / len(g))
wrong("noise-where")(lambda g, n, noise, clip, expected: g.sum(0) / expected)
wrong("noise-where")(lambda g, n, noise, clip, expected: (g + noise * clip * n).sum(0) / expected)
wrong("noise-where")(lambda g, n, noise, clip, expected: g.sum(0) + noise * clip * n)
wrong("noise-where")(lambda g, n, noise, clip, expected: g.mean(0) + noise * clip * n / expected)
wrong("noise-where")(lambda g, n, noise, clip, expected: (g.sum(0) + noise**2 * clip * n) / expected)
wrong("noise-where")(lambda g, n, noise, clip, expected: (g.sum(0) + noise / clip * n) / expected)
wrong("noise-where")(lambda g, n, noise, clip, expected: (g.sum(0) - noise * clip * n) / expected)


@right("batches-by-coins")
def coin_by_coin(gradients, coins, rate):
    g, tossed = np.asarray(gradients, dtype=float), np.asarray(coins)
    seen = np.zeros((tossed.shape[0], g.shape[1]))
    for s, u in np.argwhere(tossed < rate):
        seen[s] += g[u]
    return seen / (rate * g.shape[0])


def coined(gradients, coins, rate, by="expected", side="below"):
    k = round(rate * len(gradients))
    come = {
        "below": coins < rate,
        "above": coins >= rate,
        "fixed": coins.argsort(1).argsort(1) < k,
        "once": (coins[:1] < rate).expand_as(coins),
    }[side].to(gradients)
    total = come @ gradients
    came = come.sum(1, keepdim=True)
    return (
        total
        / {
            "expected": rate * len(gradients),
            "came": came.clamp(min=1),
            "nan": came,
            "users": len(gradients),
            "one": 1,
            "rate": rate,
            "whole": max(1, int(rate * len(gradients))),
            "mean": came.mean(),
            "steps": rate * len(coins),
        }[by]
    )


wrongs("batches-by-coins", coined, {"by": "came"}, {"by": "nan"}, {"by": "users"}, {"by": "one"},
       {"by": "rate"}, {"side": "above"}, {"side": "fixed"}, {"by": "mean"}, {"side": "once"},
       {"by": "steps"})  # fmt: skip
wrong("batches-by-coins")(lambda g, coins, rate: (coins < rate).float())


@right("caught-at-few-alarms")
def caught_by_trying(members, others, rate):
    """The lowest of all scores, tried from above, that accuses few enough."""
    ours, theirs = members.tolist(), others.tolist()
    best = 0.0
    for bar in sorted(theirs, reverse=True) + [-math.inf]:
        if sum(o > bar for o in theirs) <= rate * len(theirs) + 1e-9:
            best = sum(m > bar for m in ours) / len(ours)
    return best


def alarms(members, others, rate, of="others", reach="above", shift=0, share=True, way="more", up=False):
    pool = {"others": others, "members": members, "both": torch.cat([members, others])}[of]
    scores = pool.sort(descending=way == "more").values
    allowed = math.ceil(rate * len(pool)) if up else math.floor(rate * len(pool) + 1e-9)
    place = min(allowed + shift, len(pool) - 1)
    bar = scores[place]
    hit = (members > bar) if reach == "above" else (members >= bar)
    hit = (members < bar) if way == "less" else hit
    return float(hit.float().mean()) if share else int(hit.sum())


def precision(members, others, rate):
    bar = others.sort(descending=True).values[int(rate * len(others))]
    hit = int((members > bar).sum())
    return hit / max(1, hit + int((others > bar).sum()))


wrongs("caught-at-few-alarms", alarms, {"of": "members"}, {"of": "both"}, {"reach": "at"}, {"way": "less"},
       {"shift": -1}, {"share": False}, {"shift": 1}, {"up": True})  # fmt: skip


@right("caught-at-few-alarms")
def caught_in_the_middle(members, others, rate):
    """The threshold halfway between the last who may be accused and the next."""
    high = np.sort(others.numpy())[::-1]
    k = int(rate * len(high) + 1e-9)
    return np.mean(members.numpy() > (high[k] + high[k - 1]) / 2)


wrong("caught-at-few-alarms")(precision)
wrong("caught-at-few-alarms")(lambda m, o, rate: float((m > torch.quantile(o, 1 - rate)).float().mean()))
wrong("caught-at-few-alarms")(lambda m, o, rate: float((m > torch.quantile(o, rate)).float().mean()))
wrong("caught-at-few-alarms")(lambda m, o, rate: float((m > rate).float().mean()))
wrong("caught-at-few-alarms")(lambda m, o, rate: float((m > o.max()).float().mean()))
wrong("caught-at-few-alarms")(lambda m, o, rate: float((m[:, None] > o).float().mean()))


@right("average-of-clients")
def table_in_loops(server, sent, rows):
    """What each client has added to the server's table, weighed."""
    start, whole = np.asarray(server, dtype=float), float(sum(rows.tolist()))
    table = start.copy()
    for client, count in zip(np.asarray(sent, dtype=float), rows.tolist(), strict=True):
        for v in range(len(table)):
            table[v] += (client[v] - start[v]) * count / whole
    return table


def averaged(server, sent, rows, way="rows"):
    w = rows.float() / rows.sum()
    moved = (sent != server).any(2).float()  # (K, V+1)
    own = moved * rows[:, None]
    if way == "movers":
        mean = (own[..., None] * sent).sum(0) / own.sum(0).clamp(min=1)[:, None]
        return torch.where(own.sum(0)[:, None] > 0, mean, server)
    return {
        "even": sent.mean(0),
        "sum": sent.sum(0),
        "unscaled": (rows[:, None, None] * sent).sum(0),
        "change": (w[:, None, None] * (sent - server)).sum(0),
        "all changes": server + (sent - server).sum(0),
        "twice": server + (w[:, None, None] * sent).sum(0),
        "with server": (server + (rows[:, None, None] * sent).sum(0)) / (1 + rows.sum()),
        "largest": sent[rows.argmax()],
        "clients": (rows[:, None, None] * sent).sum(0) / len(rows),
        "softmax": (rows.float().softmax(0)[:, None, None] * sent).sum(0),
        "moved": (w[:, None, None] * sent * moved[..., None]).sum(0),
    }[way]


wrongs("average-of-clients", averaged, {"way": "even"}, {"way": "movers"}, {"way": "change"},
       {"way": "all changes"}, {"way": "unscaled"}, {"way": "twice"}, {"way": "with server"},
       {"way": "largest"}, {"way": "clients"}, {"way": "softmax"}, {"way": "moved"})  # fmt: skip


@right("what-privacy-costs")
def costs_in_capitals():
    return ("YES", "Open", False, "no")


@wrong("what-privacy-costs")
def raw_is_enough():
    return ["open", "open", "no", "no"]


@wrong("what-privacy-costs")
def regularising_ranks_better():
    return ["yes", "no", "no", "no"]


@wrong("what-privacy-costs")
def means_are_enough():
    return ["yes", "yes", "no", "no"]


@wrong("what-privacy-costs")
def clipping_protects():
    return ["yes", "open", "yes", "no"]


@wrong("what-privacy-costs")
def mixed_clients_expected():
    return ["yes", "open", "no", "yes"]


@wrong("what-privacy-costs")
def close_to_nothing():
    return ["yes", "open", "no", "open"]


wrong("what-privacy-costs")(["yes", "open", "no"])
wrong("what-privacy-costs")(["yes", "maybe", "no", "no"])


@right("price-of-privacy")
def price_step_by_step(epsilon, seeds, run):
    """Users in a loop, and pairs of a member and another counted one by one."""
    lists, areas = [], []
    for seed in seeds:
        own, ours, theirs = (x.tolist() for x in run(epsilon, seed))
        plain = run(math.inf, seed)[0].tolist()
        lists.append([p - q for p, q in zip(plain, own, strict=True)])
        pairs = [(a < b) + 0.5 * (a == b) for a in ours for b in theirs]
        areas.append(sum(pairs) / len(pairs))
    users = [sum(of_user) / len(seeds) for of_user in zip(*lists, strict=True)]
    price = sum(users) / len(users)
    spread = sum((x - price) ** 2 for x in users) / (len(users) - 1)
    return price, math.sqrt(spread / len(users)), np.mean(areas)


def area_of(ours, theirs, turned=False):
    found = ((ours[:, None] < theirs).float() + 0.5 * (ours[:, None] == theirs).float()).mean()
    return float(1 - found if turned else found)


def price(epsilon, seeds, run, sign=1, error="users", look="private", turned=False, use=None, part=1.0):
    seeds = seeds[:use]
    private, plain = [run(epsilon, s) for s in seeds], [run(math.inf, s) for s in seeds]
    gaps = torch.stack([sign * (p[0] - q[0]) for p, q in zip(plain, private, strict=True)])
    each = gaps.mean(0)
    a, b = (torch.stack([x[0] for x in kind]) for kind in (plain, private))
    error = {
        "users": each.std() / len(each) ** 0.5,
        "population": each.std(correction=0) / len(each) ** 0.5,
        "spread": each.std(),
        "seeds": ((gaps.mean(1) - gaps.mean()).square().sum() / (len(gaps) - 1) / len(gaps)) ** 0.5,
        "all": gaps.std() / gaps.numel() ** 0.5,
        "apart": ((a.mean(0).var() + b.mean(0).var()) / len(each)) ** 0.5,
        "variance": each.var() / len(each),
    }[error]
    seen = {"private": private, "plain": plain, "both": private + plain}[look]
    areas = [area_of(x[1], x[2], turned) for x in seen]
    if look == "both":
        areas = [p - q for p, q in zip(areas[len(seeds) :], areas[: len(seeds)], strict=True)]
    return each.mean() * part, error, sum(areas) / len(areas)


def pooled_area(epsilon, seeds, run):
    found = [run(epsilon, s) for s in seeds]
    ours, theirs = (torch.cat([x[n] for x in found]) for n in (1, 2))
    return *price(epsilon, seeds, run)[:2], area_of(ours, theirs)


def other_seed(epsilon, seeds, run):
    return price(epsilon, seeds, lambda e, s: run(e, s if math.isfinite(e) else seeds[0]))


def plain_is_zero(epsilon, seeds, run):
    return price(epsilon, seeds, lambda e, s: run(e if math.isfinite(e) else 0.0, s))


wrongs("price-of-privacy", price, {"sign": -1}, {"error": "seeds"}, {"look": "plain"}, {"turned": True},
       {"error": "population"}, {"error": "spread"}, {"error": "all"}, {"error": "apart"}, {"use": 1},
       {"look": "both"}, {"error": "variance"})  # fmt: skip
wrong("price-of-privacy")(pooled_area)
wrong("price-of-privacy")(other_seed)
wrong("price-of-privacy")(plain_is_zero)


SAID = {
    "clip-each-user": "passes each-part-by-itself without-the-items batch-clipped stretched mean "
    "value without-the-rest value value number-by-number value shape",
    "noise-where": "passes after-the-division clip-forgotten nobody-came no-noise "
    "for-each-user sum value value value value",
    "batches-by-coins": "passes actual-size nobody-came all-users sum value "
    "others-come fixed-size value value value shape",
    "caught-at-few-alarms": "passes threshold-of-members value at-the-threshold turned-round one-fewer "
    "value value rounded-up passes precision rounded-up value value value value",
    "average-of-clients": "passes one-client-one-vote only-those-who-touched change-alone changes-added "
    "value value value largest-alone value value value",
    "what-privacy-costs": "passes sentence-1-open sentence-2-no sentence-2-yes "
    "sentence-3-yes sentence-4-yes sentence-4-open shape type",
    "price-of-privacy": "passes turned-round nan area-of-the-plain-model loss-as-score "
    "divided-by-n spread-of-users all-runs-apart not-paired first-seed value value value value error",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
