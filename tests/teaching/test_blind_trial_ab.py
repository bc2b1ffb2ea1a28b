"""Answers to the exercises of pages 13b and 13c, unusual and usually wrong ones, and what is said.

They were written by the author of the exercises; those in ``test_blind_trial_well.py`` by somebody else.
"""

import math
from itertools import accumulate
from statistics import NormalDist

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("size-of-a-test")
def size_by_search(spread, base, lift, power, level):
    """The first number of users whose power is enough, found by halving."""
    z, gain = NormalDist().inv_cdf(0.5 + level / 2), abs(base * lift)

    def found(users):
        return NormalDist().cdf(gain / (spread * math.sqrt(2 / users)) - z)

    low, high = 1, 10**9
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) >= power else (middle + 1, high)
    return low


def size(spread, base, lift, power, level, factor=2.0, tail=2, up=math.ceil, by="lift"):
    z = NormalDist().inv_cdf
    gain = {"lift": base * lift, "bare": lift, "old": base}[by]
    return up(factor * (z(1 - (1 - level) / tail) + z(power)) ** 2 * spread**2 / gain**2)


wrongs("size-of-a-test", size, {"tail": 1}, {"factor": 4.0}, {"factor": 1.0}, {"by": "bare"}, {"by": "old"},
       {"up": math.floor}, {"up": lambda n: math.ceil(n) + 1})  # fmt: skip


@right("p-at-every-user")
def p_user_by_user(old, new, variance, scale):
    total, best, found = 0.0, 0.0, []
    for n, (a, b) in enumerate(zip(np.asarray(old), np.asarray(new), strict=True), 1):
        total += b - a
        w = 2 * variance + n * scale**2
        log = 0.5 * math.log(2 * variance / w) + scale**2 * total**2 / (4 * variance * w)
        best = max(best, math.exp(log))
        found.append(min(1.0, 1 / best))
    return found


def p_of(old, new, variance, scale, both=2.0, keep=True, least=min, by=lambda d, n: d / n, power=2):
    d, found = list(accumulate((new - old).tolist())), []
    for n, total in enumerate(d, 1):
        v = both * variance
        w = v + n * scale**2
        ratio = math.sqrt(v / w) * math.exp(n**2 * scale**2 * by(total, n) ** 2 / (power * v * w))
        found.append(1 / ratio)
    found = list(accumulate(found, min)) if keep else found
    return torch.tensor([least(1.0, p) for p in found])


wrongs("p-at-every-user", p_of, {"both": 1.0}, {"keep": False}, {"by": lambda d, n: d}, {"power": 1},
       {"least": lambda one, p: p})  # fmt: skip


@right("with-what-was-known")
def known_by_least_squares(old, new, before_old, before_new):
    """One slope from a regression on a constant and what was known."""
    y, x = (np.concatenate([np.asarray(a), np.asarray(b)]) for a, b in ((old, new), (before_old, before_new)))
    slope = np.linalg.lstsq(np.stack([np.ones_like(x), x], 1), y, rcond=None)[0][1]
    a, b = np.asarray(old) - slope * np.asarray(before_old), np.asarray(new) - slope * np.asarray(before_new)
    return b.mean() - a.mean(), np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))


def known(old, new, before_old, before_new, arms=False, mean=False, raw=False, of="all", turned=False):
    y, x = torch.cat([old, new]), torch.cat([before_old, before_new])

    def slope(a, b):
        return ((a - a.mean()) * (b - b.mean())).sum() / ((b - b.mean()) ** 2).sum()

    s = slope(y, x) if of == "all" else slope(old, before_old)
    a, b = old - s * before_old, new - s * before_new
    if arms:
        a, b = old - slope(old, before_old) * before_old, new - slope(new, before_new) * before_new
    if mean:
        a, b = a + s * before_old.mean(), b + s * before_new.mean()
    c, d = (old, new) if raw else (a, b)
    error = (c.var() / len(c) + d.var() / len(d)) ** 0.5
    return (a.mean() - b.mean() if turned else b.mean() - a.mean()), error


wrongs("with-what-was-known", known, {"arms": True}, {"mean": True}, {"raw": True}, {"of": "old"},
       {"turned": True})  # fmt: skip


@right("one-shared-list")
def list_with_queues(old, new, coins):
    queues = {0: list(old.numpy()), 1: list(new.numpy())}
    items, team = [], []
    for coin in coins:
        for turn in (1, 0) if coin else (0, 1):
            item = queues[turn][0]
            queues = {side: [i for i in queue if i != item] for side, queue in queues.items()}
            items.append(int(item))
            team.append(turn)
    return np.array(items), np.array(team)


def drafted(old, new, coins, first=lambda c: int(c), shared=False, swapped=False):
    items, team = [], []
    for coin in coins.tolist():
        for turn in (first(coin), 1 - first(coin)):
            own = (old, new)[turn].tolist()
            item = next(i for i in own if shared or i not in items)
            items.append(item)
            team.append(1 - turn if swapped else turn)
    return items, team


wrongs("one-shared-list", drafted, {"first": lambda c: 0}, {"first": lambda c: 1 - int(c)}, {"shared": True},
       {"swapped": True})  # fmt: skip


@right("weigh-each-place")
def place_by_place(clicks, wanted, logged):
    found = 0.0
    for y, a, b in zip(clicks.T.tolist(), wanted.T.tolist(), logged.T.tolist(), strict=True):
        w = [p / q for p, q in zip(a, b, strict=True)]
        found += sum(v * c for v, c in zip(w, y, strict=True)) / sum(w)
    return found


def placed(clicks, wanted, logged, way="sum"):
    w = wanted / logged
    return {
        "requests": (w * clicks).sum() / len(clicks),
        "one sum": (w * clicks).sum() / w.sum(),
        "mean": ((w * clicks).sum(0) / w.sum(0)).mean(),
        "slates": (w.prod(1) * clicks.sum(1)).sum() / w.prod(1).sum(),
        "rows": ((w * clicks).sum(1) / w.sum(1)).sum(),
    }[way]


wrongs("weigh-each-place", placed, {"way": "requests"}, {"way": "one sum"}, {"way": "mean"},
       {"way": "slates"}, {"way": "rows"})  # fmt: skip


@right("log-that-misleads")
def two_decisions():
    return [1, 0], [0.9, 0.5], [0.1, 0.25]


@wrong("log-that-misleads")
def never_clicked():
    return [0, 0, 0], [0.9, 0.1, 0.1], [0.1, 0.5, 0.5]


@wrong("log-that-misleads")
def small_weights():
    return [1, 0], [0.5, 0.25], [0.25, 0.5]


@wrong("log-that-misleads")
def impossible():
    return [1, 0], [0.5, 0.5], [0.0, 0.5]


@right("what-the-tests-said")
def in_capitals():
    return ("YES", True, "No", False, "open")


@wrong("what-the-tests-said")
def interleaving_believed():
    return ["yes", "yes", "yes", "no", "yes"]


@wrong("what-the-tests-said")
def clipping_believed():
    return ["yes", "yes", "no", "yes", "open"]


@wrong("what-the-tests-said")
def extrapolated():
    return ["yes", "yes", "no", "no", "yes"]


@right("ships")
def ships_by_rail(clicks, purchases, bought, risk):
    _, sure, _ = clicks
    return int(sure > 0) * int(purchases[1] / bought > -risk) == 1


@wrong("ships")
def ships_by_two_means(clicks, purchases, bought, risk):
    return clicks[0] > 0 and purchases[0] > -risk * bought


@wrong("ships")
def ships_without_rail(clicks, purchases, bought, risk):
    return clicks[1] > 0


@wrong("ships")
def ships_by_share(clicks, purchases, bought, risk):
    return clicks[1] > 0 and purchases[1] > -risk


@right("guardrail-users")
def rail_by_search(spread, bought, lift, risk, power, level):
    z, room = NormalDist().inv_cdf(0.5 + level / 2), bought * lift + bought * risk

    def holds(users):
        return NormalDist().cdf(room / (spread * math.sqrt(2 / users)) - z)

    low, high = 1, 10**9
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) >= power else (middle + 1, high)
    return low


def rail(spread, bought, lift, risk, power, level, tail=2, room="both", factor=2.0):
    z = NormalDist().inv_cdf
    gap = bought * {"both": lift + risk, "risk": risk, "less": risk - lift}[room]
    return math.ceil(factor * (z(1 - (1 - level) / tail) + z(power)) ** 2 * spread**2 / gap**2)


wrongs("guardrail-users", rail, {"tail": 1}, {"room": "risk"}, {"room": "less"}, {"factor": 4.0})


@right("what-the-case-says")
def case_in_capitals():
    return ("No", "Yes", "No", "No", "Open")


@wrong("what-the-case-says")
def the_log_is_trusted():
    return ["yes", "yes", "no", "no", "open"]


@wrong("what-the-case-says")
def the_rail_did_it():
    return ["no", "yes", "yes", "no", "open"]


@wrong("what-the-case-says")
def more_ndcg_more_clicks():
    return ["no", "yes", "no", "yes", "open"]


SAID = {
    "size-of-a-test": "passes one-sided both-arms one-mean absolute value cut-off value",
    "p-at-every-user": "passes one-arm now-alone error value above-one",
    "with-what-was-known": "passes two-slopes own-centre raw-error value old-minus-new",
    "one-shared-list": "passes old-first turned-round shown-twice teams-swapped",
    "weigh-each-place": "passes over-requests one-sum mean-of-places whole-slates over-places",
    "log-that-misleads": "passes mean_of_the_log clipped invalid",
    "what-the-tests-said": "passes sentence-3-yes sentence-4-yes sentence-5-yes",
    "ships": "passes value value absolute-risk",
    "guardrail-users": "passes one-sided lift-forgotten wrong-side both-arms",
    "what-the-case-says": "passes sentence-1-yes sentence-3-yes sentence-4-yes",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
