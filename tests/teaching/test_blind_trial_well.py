"""Answers to the exercises of pages 13 and 13b by somebody who had not written them, and what is said.

The answers to 13b were written from the tasks alone; those to 13 by somebody who had seen its solutions.
"""

import math

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("move-the-items")
def row_by_row(table, gradient, epsilon):
    t, g = np.array(table.tolist()), np.array(gradient.tolist())
    unit = sum(math.hypot(*row) for row in t[1:]) / (len(t) - 1)
    for i in range(1, len(t)):
        if size := math.hypot(*g[i]):
            t[i] = [a + epsilon * unit * b / size for a, b in zip(t[i], g[i], strict=True)]
    return t


def moved(table, gradient, epsilon, first=1, pad=0.0, sign=1.0, each=False, unit=True):
    length = epsilon * (table[first:].norm(dim=1).mean() if unit else 1.0)
    norms = gradient.norm(dim=-1, keepdim=True) if not each else gradient.norm()
    move = sign * length * gradient / norms.clamp(min=1e-30)
    move[0] *= pad
    return table + move


wrongs("move-the-items", moved, {"first": 0}, {"pad": 1.0}, {"sign": -1.0}, {"each": True}, {"unit": False})


@wrong("move-the-items")
def without_a_length(table, gradient, epsilon):
    moves = epsilon * gradient
    moves[0] = 0
    return table + moves


@right("when-to-stop")
def with_running_best(values, patience):
    best = [max(values[: n + 1]) for n in range(len(values))]
    first = [values.index(b) + 1 for b in best]  # the epoch of the best so far
    for n, kept in enumerate(first, 1):
        if n - kept == patience:
            return torch.tensor([kept, n])
    return torch.tensor([first[-1], len(values)])


def stopped(values, patience, equal=False, from_0=0, more=0, keep="best", reset=True):
    best, kept, bad, n = -math.inf, 0, 0, 0
    for n, value in enumerate(values, 1):
        if value > best or (equal and value == best):
            best, kept, bad = value, n, bad * (not reset)
        else:
            bad += 1
        if bad >= patience + more:
            break
    return (kept if keep == "best" else n) - from_0, n - from_0


wrongs(
    "when-to-stop", stopped, {"equal": True}, {"from_0": 1}, {"more": 1}, {"keep": "last"}, {"reset": False}
)


@right("smoothed-loss")
def step_by_step(scores, targets, smoothing):
    total = 0.0
    for row, y in zip(scores.double().numpy(), targets.tolist(), strict=True):
        logs = row[1:] - np.logaddexp.reduce(row[1:])
        total -= (1 - smoothing) * logs[y - 1] + smoothing * logs.mean()
    return total / len(scores)


def smoothed(scores, targets, smoothing, pad=1, own=0, safe=True, mean=True, swap=False, others=False):
    some = scores[:, pad:]
    logs = some.log_softmax(1) if safe else (some.exp() / some.exp().sum(1, keepdim=True)).log()
    picked = logs.gather(1, targets[:, None] - pad + own)[:, 0]
    spread = logs.mean(1) if not others else (logs.sum(1) - picked) / (logs.shape[1] - 1)
    s = 1 - smoothing if swap else smoothing
    loss = -(1 - s) * picked - s * spread
    return loss.mean() if mean else loss.sum()


wrongs(
    "smoothed-loss", smoothed, {"pad": 0}, {"safe": False}, {"mean": False}, {"swap": True}, {"others": True}
)


@right("first-step")
def as_adam_counts(weights, gradient, lr, strength):
    found = []
    for coupled in (True, False):
        g = (gradient + strength * weights * coupled).double().numpy()
        first, second = 0.1 * g / (1 - 0.9), 0.001 * g**2 / (1 - 0.999)
        step = lr * first / np.sqrt(second)
        found.append(weights.double().numpy() * (1 - lr * strength * (not coupled)) - step)
    return found


def stepped(weights, gradient, lr, strength, turn=False, plain=False, same=False, bare=False, up=1):
    def size(g):
        return g if plain else g.sign()

    both = weights - up * lr * size(gradient + strength * weights)
    pull = strength * weights * (1 if bare else lr)
    beside = both if same else weights - up * lr * size(gradient) - pull
    return (beside, both) if turn else (both, beside)


wrongs("first-step", stepped, {"turn": True}, {"plain": True}, {"same": True}, {"bare": True}, {"up": -1})


@right("best-of-trials")
def by_sorting(own, fresh):
    means = [sum(row) / len(row) for row in own.tolist()]
    winner = sorted(range(len(means)), key=means.__getitem__)[-1]
    worth = sum(fresh[winner].tolist()) / fresh.shape[1]
    return np.array([winner, worth, means[winner] - worth])


def winner_of(own, fresh, by="own", worth="fresh", sign=1, least=False, count=0):
    table = (own if by == "own" else fresh).mean(1)
    best = int(table.argmin() if least else table.argmax())
    value = {"fresh": fresh[best].mean(), "own": own[best].mean(), "best": fresh.mean(1).max()}[worth]
    return best + count, value, sign * (own[best].mean() - value)


wrongs("best-of-trials", winner_of, {"by": "fresh"}, {"worth": "own"}, {"worth": "best"}, {"sign": -1},
       {"least": True}, {"count": 1})  # fmt: skip


@right("what-remedies-say")
def shouted():
    return ("OPEN", "NO", "YES", "OPEN")


for verdicts in (["yes", "no", "yes", "open"], ["open", "yes", "yes", "open"], ["open", "no", "no", "open"],
                 ["open", "no", "yes", "yes"]):  # fmt: skip
    wrong("what-remedies-say")(lambda said=verdicts: said)


@right("gain-of-moves")
def with_numpy(epsilons, seeds, run):
    own, fresh = {}, {}
    for e in [0.0, *epsilons]:
        pairs = [run(e, seed) for seed in seeds]
        own[e], fresh[e] = (np.stack([np.asarray(p[k]) for p in pairs]) for k in (0, 1))
    best = sorted(epsilons, key=lambda e: own[e].mean())[-1]
    gains = (fresh[best] - fresh[0.0]).mean(axis=0)
    return float(best), float(gains.mean()), float(gains.std(ddof=1) / math.sqrt(gains.size))


def gained(epsilons, seeds, run, by=0, judge=1, over="users", ddof=1, with_none=False, turn=1):
    asked = [0.0, *epsilons]
    made = {e: [run(e, s) for s in seeds] for e in asked}
    mean = {e: float(torch.stack([p[by] for p in made[e]]).mean()) for e in asked}
    best = max(asked if with_none else epsilons, key=mean.get)
    gains = torch.stack([a[judge] - b[judge] for a, b in zip(made[best], made[0.0], strict=True)]) * turn
    units = {"users": gains.mean(0), "both": gains.flatten()}[over]
    return best, float(gains.mean()), float(units.std(correction=ddof)) / len(units) ** 0.5


wrongs("gain-of-moves", gained, {"by": 1}, {"judge": 0}, {"over": "both"}, {"turn": -1})


@right("size-of-a-test")
def by_the_error_function(spread, base, lift, power, level):
    def z(q):
        return math.sqrt(2) * float(torch.erfinv(torch.tensor(2 * q - 1, dtype=torch.float64)))

    each = (z((1 + level) / 2) + z(power)) * spread / (base * lift)
    return -int(-2 * each * each // 1)


def size(spread, base, lift, power, level, tail=2, means=2, gain="lift"):
    z = torch.distributions.Normal(0.0, 1.0).icdf
    both = z(torch.tensor(1 - (1 - level) / tail)) + z(torch.tensor(power))
    worth = {"lift": base * lift, "bare": lift, "new": base * (1 + lift)}[gain]
    return math.ceil(means * float(both) ** 2 * (spread / worth) ** 2)


wrongs("size-of-a-test", size, {"tail": 1}, {"means": 1}, {"gain": "bare"}, {"gain": "new"})


@right("p-at-every-user")
def with_numpy_logs(old, new, variance, scale):
    gap = np.cumsum(np.asarray(new, dtype=float) - np.asarray(old, dtype=float))
    n, two = np.arange(1, len(gap) + 1), 2 * variance
    logs = 0.5 * np.log(two / (two + n * scale**2)) + scale**2 * gap**2 / (2 * two * (two + n * scale**2))
    return np.exp(-np.maximum(np.maximum.accumulate(logs), 0))


def p_seen(old, new, variance, scale, two=2.0, best=True, by_n=True, cut=True, root=True):
    n = torch.arange(1, len(old) + 1)
    d = (new - old).cumsum(0) / n
    v = two * variance
    wide = v + n * scale**2
    grown = (n**2 if by_n else n) * scale**2 * d**2 / (2 * v * wide)
    ratio = (v / wide) ** (0.5 if root else 1.0) * grown.exp()
    ratio = ratio.cummax(0).values if best else ratio
    return (1 / ratio).clamp(max=1) if cut else 1 / ratio


wrongs(
    "p-at-every-user", p_seen, {"two": 1.0}, {"best": False}, {"by_n": False}, {"cut": False}, {"root": False}
)


@right("with-what-was-known")
def by_a_fitted_line(old, new, before_old, before_new):
    y, x = (np.concatenate([np.asarray(a), np.asarray(b)]) for a, b in ((old, new), (before_old, before_new)))
    rest = y - np.polynomial.Polynomial.fit(x, y, 1)(x)
    a, b = rest[: len(old)], rest[len(old) :]
    return b.mean() - a.mean(), np.hypot(a.std(ddof=1) / len(a) ** 0.5, b.std(ddof=1) / len(b) ** 0.5)


def known(old, new, before_old, before_new, slope="both", raw=False, ratio=False, turn=1):
    x, y = torch.cat([before_old, before_new]), torch.cat([old, new])
    if slope == "old":
        x, y = before_old, old
    line = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    line = 1.0 if slope == "one" else line * 0 if slope == "none" else line
    a, b = old - line * (before_old - x.mean()), new - line * (before_new - x.mean())
    c, d = (old, new) if raw else (a, b)
    return turn * (b.mean() - a.mean()), (c.var() / len(c) + d.var() / len(d)) ** 0.5


wrongs("with-what-was-known", known, {"slope": "old"}, {"slope": "one"}, {"slope": "none"}, {"raw": True},
       {"turn": -1})  # fmt: skip


@right("one-shared-list")
def with_two_queues(old, new, coins):
    queues, items, team = {0: old.tolist(), 1: new.tolist()}, [], []
    for coin in coins.tolist():
        for side in (int(coin), 1 - int(coin)):
            items.append(next(i for i in queues[side] if i not in items))
            team.append(side)
    return np.array(items), np.array(team, dtype=bool)


@wrong("one-shared-list")
def coins_for_single_places(old, new, coins):
    items, team = [], []
    for coin in coins.repeat_interleave(2).tolist():
        items.append(next(i for i in (new if coin else old).tolist() if i not in items))
        team.append(int(coin))
    return items, team


def drafted(old, new, coins, turned=False, twice=False, swapped=False):
    items, team = [], []
    for coin in coins.tolist():
        for side in (not coin, coin) if turned else (coin, not coin):
            ranking = (new if side else old).tolist()
            free = [i for i in ranking if i not in items]
            items.append(ranking[len(items) // 2] if twice else free[0])
            team.append(int(side) ^ swapped)
    return items, team


wrongs("one-shared-list", drafted, {"turned": True}, {"twice": True}, {"swapped": True})


@right("weigh-each-place")
def place_by_place(clicks, wanted, logged):
    total = 0.0
    for k in range(clicks.shape[1]):
        w = [float(a) / float(b) for a, b in zip(wanted[:, k], logged[:, k], strict=True)]
        total += sum(a * float(y) for a, y in zip(w, clicks[:, k], strict=True)) / sum(w)
    return total


@wrong("weigh-each-place")
def weights_of_clicked_items(clicks, wanted, logged):
    w = wanted / logged
    return ((w * clicks).sum(0) / (w * clicks).sum(0)).sum()


@wrong("weigh-each-place")
def not_normalised(clicks, wanted, logged):
    return (wanted / logged * clicks).sum(1).mean()


@wrong("weigh-each-place")
def upside_down(clicks, wanted, logged):
    w = logged / wanted
    return ((w * clicks).sum(0) / w.sum(0)).sum()


@wrong("weigh-each-place")
def mean_over_places(clicks, wanted, logged):
    w = wanted / logged
    return ((w * clicks).sum(0) / w.sum(0)).mean()


@right("log-that-misleads")
def one_rare_click():
    return [1] + 7 * [0], [1.0] + 7 * [0.15], [0.1] + 7 * [0.5]


@wrong("log-that-misleads")
def nothing_is_weighed():
    return [1.0, 0.0], [0.5, 0.5], [0.5, 0.5]


@wrong("log-that-misleads")
def mild_weights():
    return [1.0, 0.0, 0.0, 0.0], [0.9, 0.1, 0.1, 0.1], [0.45, 0.4, 0.4, 0.4]


@wrong("log-that-misleads")
def twelve_decisions():
    return [1] + 11 * [0], [1.0] + 11 * [0.15], [0.1] + 11 * [0.5]


@right("what-the-tests-said")
def as_a_string():
    return ["Yes", "Yes", "No", "No", "Open"]


for verdicts in (["no", "yes", "no", "no", "open"], ["yes", "no", "no", "no", "open"],
                 ["yes", "yes", "yes", "no", "open"], ["yes", "yes", "no", "no", "no"]):  # fmt: skip
    wrong("what-the-tests-said")(lambda said=verdicts: said)

SAID = {
    "move-the-items": "passes padding-in-the-mean padding-moved downhill one-length-for-all no-unit value",
    "when-to-stop": "passes ties-count value one-late last-weights never-reset",
    "smoothed-loss": "passes padding-shares exponentials summed turned others-alone",
    "first-step": "passes swapped as-without-adam value decay-without-lr value",
    "best-of-trials": "passes chosen-by-fresh value best-of-the-fresh turned-round worst from-one",
    "what-remedies-say": "passes sentence-1-yes sentence-2-yes sentence-3-no sentence-4-yes",
    "gain-of-moves": "passes chosen-by-fresh gain-on-validation all-runs-apart turned-round",
    "size-of-a-test": "passes one-sided one-mean absolute value",
    "p-at-every-user": "passes one-arm now-alone value above-one no-root",
    "with-what-was-known": "passes value slope-one value raw-error old-minus-new",
    "one-shared-list": "passes coin-for-both turned-round shown-twice teams-swapped",
    "weigh-each-place": "passes clicked-alone over-requests upside-down mean-of-places",
    "log-that-misleads": "passes mean_of_the_log clipped invalid",
    "what-the-tests-said": "passes sentence-1-no sentence-2-no sentence-3-yes sentence-5-no",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
