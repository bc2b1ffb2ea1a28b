"""Answers to chapter 12's exercises, from the tasks alone: unusual right ones and usual wrong ones."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("seen-filter")
def stand_one_by_one(scores, history, target, newest):
    """A dictionary of films, from which the seen ones are popped."""
    left = dict(enumerate(scores.tolist()))
    wanted, seen = left[int(target)], history.tolist()
    out = set(seen) if newest is None else {seen[-1 - back] for back in range(min(newest, len(seen)))}
    del left[0]
    for item in out - {int(target)}:
        left.pop(item)
    return sum(s > wanted for s in left.values()), sum(s == wanted for s in left.values())


@right("seen-filter")
def stand_with_numpy(scores, history, target, newest):
    s, h = np.array(scores, dtype=float), np.asarray(history)
    h = h if newest is None else h[len(h) - min(newest, len(h)) :]
    wanted = s[target]
    s[h] = np.nan
    s[[0, target]] = np.nan, wanted
    return float((s > wanted).sum()), float((s == wanted).sum())


def stand(scores, history, target, newest, pad=False, cut=lambda h, n: h[len(h) - n :] if n < len(h) else h,
          keep=True, equal=0, zero=False, one_at_a_time=False):  # fmt: skip
    allowed = torch.ones(len(scores), dtype=torch.bool)
    if not pad:
        allowed[0] = False
    wanted = scores[target]
    seen = history if newest is None else cut(history, newest)
    if zero:
        scores = scores.clone()
        scores[seen] = 0.0
        return int((scores > wanted).sum()), int((scores == wanted).sum())
    allowed[seen] = False
    if keep:
        allowed[target] = True
    better = int((scores[allowed] > wanted).sum())
    if one_at_a_time:  # takes each seen film off once, also those that stand below
        better = int((scores[1:] > wanted).sum()) - len(seen)
    return better, int((scores[allowed] == wanted).sum()) + equal


wrongs("seen-filter", stand, {"pad": True}, {"cut": lambda h, n: h[-n:]}, {"cut": lambda h, n: h[:n]},
       {"keep": False}, {"equal": -1}, {"zero": True}, {"one_at_a_time": True},
       {"cut": lambda h, n: h})  # fmt: skip
wrong("seen-filter")(lambda s, h, t, n: (stand(s, h, t, n)[0] + 1, stand(s, h, t, n)[1]))
wrong("seen-filter")(lambda s, h, t, n: stand(s, h, t, n)[::-1])
wrong("seen-filter")(lambda s, h, t, n: (stand(s, h, t, n)[0], sum(stand(s, h, t, n))))


@right("share-trained-on")
def share_counted_out(lengths, max_len):
    """Every training target is written down, and the loader's are counted."""
    kept = every = 0
    for n in lengths.tolist():
        training = list(range(n - 2))
        every += len(training[1:])
        kept += len(training[-(max_len + 1) :][1:])
    return Fraction(kept, every)


@right("share-trained-on")
def share_by_what_is_lost(lengths, max_len):
    n = np.asarray(lengths) - 3
    return 1 - np.clip(n - max_len, 0, None).sum() / n.sum()


def share(lengths, max_len, held=3, plus=0, mean=False, whole=False):
    n = lengths - held
    kept = np.minimum(n, max_len + plus)
    if mean:
        return float((kept / n).mean())
    return float(kept.sum() / (lengths if whole else n).sum())


wrongs("share-trained-on", share, {"held": 2}, {"held": 1}, {"held": 0}, {"plus": 1}, {"plus": -1},
       {"mean": True}, {"whole": True})  # fmt: skip
wrong("share-trained-on")(lambda n, L: np.minimum(n - 2, L + 1).sum() / (n - 2).sum())
wrong("share-trained-on")(lambda n, L: 1 - share(n, L))
wrong("share-trained-on")(lambda n, L: 100 * share(n, L))
wrong("share-trained-on")(lambda n, L: float(np.mean(n - 3 <= L)))


@right("windows-of-history")
def windows_step_by_step(n, length):
    """Every step goes into the window that its distance from the end names; the item after it goes along."""
    found = {}
    for step in range(n - 1):
        found.setdefault((n - 2 - step) // length, []).append(step)
    return [(found[k][0], found[k][-1] + 2) for k in sorted(found)]


@right("windows-of-history")
def windows_by_recursion(n, length):
    if n <= 1:
        return ()
    return ([max(n - 1 - length, 0), n], *windows_by_recursion(n - length, length))


@wrong("windows-of-history")
def windows_of_steps(n, length):
    """How the first reader understood an older wording: the steps alone, without the last one's target."""
    return [(start, stop - 1) for start, stop in windows_step_by_step(n, length)]


def cut(n, length, items=1, shared=1, only=False, turned=False, oldest=False, short=True, floor=0):
    stop, found = n, []
    while stop > 1:
        found.append((max(stop - length - items, floor), stop))
        stop = stop - length - items + shared
    if oldest:
        found = [(at, min(at + length + items, n)) for at in range(0, n - 1, length)][::-1]
    if not short:
        found = [window for window in found if window[1] - window[0] == length + items] or found[:1]
    found = found[:1] if only else found
    return found[::-1] if turned else found


wrongs("windows-of-history", cut, {"items": 0, "shared": 0}, {"shared": 0}, {"only": True}, {"turned": True},
       {"oldest": True}, {"short": False}, {"floor": -(10**6)})  # fmt: skip
wrong("windows-of-history")(lambda n, length: [(a, b - 1) for a, b in cut(n, length)])
wrong("windows-of-history")(lambda n, length: [(a + 1, b) for a, b in cut(n, length)])
wrong("windows-of-history")(lambda n, length: [(s, s + length + 1) for s in range(max(n - length, 1))][::-1])


@right("needed-correlation")
def correlation_by_halving(values, published):
    """Halves the range of correlations until the interval just touches 0."""
    v = [float(x) for x in values]
    mean = math.fsum(v) / len(v)
    spread = math.fsum((x - mean) ** 2 for x in v) / (len(v) - 1)

    def leaves_out(c):
        return 1.96 * math.sqrt(2 * spread * (1 - c) / len(v)) < abs(mean - published)

    low, high = 0.0, 1.0
    if leaves_out(low):
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if leaves_out(middle) else (middle, high)
    return np.float64(high)


def correlation(values, published, both=2.0, users=True, sided=1.96, clip=True, ddof=1, root=False,
                signed=False, turned=False):  # fmt: skip
    v = np.asarray(values, dtype=float)
    d = v.mean() - published
    error = d / sided
    share = error**2 * (len(v) if users else 1) / (both * v.var(ddof=ddof))
    share = math.sqrt(share) if root else share
    if signed and d < 0:
        return 1.0
    c = share if turned else 1 - share
    return min(max(c, 0.0), 1.0) if clip else c


wrongs("needed-correlation", correlation, {"both": 1.0}, {"users": False}, {"sided": 1.0}, {"clip": False},
       {"ddof": 0}, {"root": True}, {"signed": True}, {"turned": True}, {"sided": 1.645},
       {"sided": 2.0}, {"both": 4.0})  # fmt: skip
wrong("needed-correlation")(
    lambda v, p: 1 - abs(float(v.mean()) - p) / (1.96 * float(v.std()) / len(v) ** 0.5)
)


@right("log-that-tells")
def log_with_a_late_stranger():
    """Two kept films tie, the greater one first; a film that nobody else has comes last."""
    return [12, 4, 77], [978300760, 978300760, 978302268], [4, 12, 4]


@right("log-that-tells")
def log_out_of_order():
    """Three tie, not in the order of the file; the user has one of them twice."""
    return torch.tensor([50, 30, 10, 20, 30]), np.array([9, 5, 5, 5, 1]), (10, 20)


wrong("log-that-tells")(lambda: ([1, 2, 3], [1, 2, 3], [1, 2, 3]))
wrong("log-that-tells")(lambda: ([3, 8, 77], [10, 10, 20], [3, 8]))
wrong("log-that-tells")(lambda: ([8, 3], [10, 10], [3, 8]))
wrong("log-that-tells")(lambda: ([8, 3, 77], [10, 11, 20], [3, 8]))
right("log-that-tells")(lambda: ([5, 9, 3, 7, 99], [10, 10, 10, 10, 20], [5, 9, 3]))
wrong("log-that-tells")(lambda: ([8, 3, 77], [10, 10], [3, 8]))
wrong("log-that-tells")(lambda: ([8, 3, 77], [10, 10, 20], []))


right("what-the-table-says")(["Yes", "open", "NO", "open", "open"])
right("what-the-table-says")(lambda: ("yes", "open", "no", "open", "open"))
wrong("what-the-table-says")(["yes", "no", "no", "open", "open"])
wrong("what-the-table-says")(["yes", "open", "open", "open", "open"])
wrong("what-the-table-says")(["yes", "open", "no", "no", "open"])
wrong("what-the-table-says")(["yes", "open", "no", "open", "yes"])
wrong("what-the-table-says")(["open", "open", "no", "open", "open"])
wrong("what-the-table-says")(["yes", "yes", "yes", "yes", "yes"])
wrong("what-the-table-says")(["yes", "open", "no"])


@right("windows-gain")
def gain_user_by_user(epochs, seeds, run):
    longer = int(epochs * run.targets(True) / run.targets(False) + 0.5)
    sums = None
    for seed in seeds:
        both = zip(run(True, epochs, seed).tolist(), run(False, longer, seed).tolist(), strict=True)
        here = [a - b for a, b in both]
        sums = here if sums is None else [x + y for x, y in zip(sums, here, strict=True)]
    d = [x / len(seeds) for x in sums]
    mean = sum(d) / len(d)
    error = math.sqrt(sum((x - mean) ** 2 for x in d) / (len(d) - 1) / len(d))
    return np.array([mean, 1.96 * error])


def gain(epochs, seeds, run, longer=lambda e, a, b: round(e * a / b), paired=True, pooled=False, one=False,
         times=1.96, turned=False, runs=False, ddof=1, shared=False):  # fmt: skip
    more = longer(epochs, run.targets(True), run.targets(False))
    seeds = seeds[:1] if one else seeds
    a = np.stack([np.asarray(run(True, epochs, s)) for s in seeds])
    b = np.stack([np.asarray(run(False, more, seeds[0] if shared else s)) for s in seeds])
    d = b - a if turned else a - b
    users = d.ravel() if pooled else d.mean(1) if runs else d.mean(0)
    if not paired:
        spread = (a.mean(0).var(ddof=1) + b.mean(0).var(ddof=1)) ** 0.5
        return d.mean(), 1.96 * spread / a.shape[1] ** 0.5
    return d.mean(), times * users.std(ddof=ddof) / len(users) ** 0.5


wrongs("windows-gain", gain, {"longer": lambda e, a, b: e}, {"longer": lambda e, a, b: round(e * b / a)},
       {"longer": lambda e, a, b: int(e * a / b)}, {"longer": lambda e, a, b: math.ceil(e * a / b)},
       {"paired": False}, {"pooled": True}, {"one": True}, {"times": 1.0}, {"turned": True},
       {"runs": True}, {"times": 2 * 1.96}, {"shared": True})  # fmt: skip


SAID = {
    "seen-filter": "passes passes padding-ranked zero-takes-all oldest-leave target-leaves "
    "itself-not-counted value value window-forgotten rank-not-count turned-round value",
    "share-trained-on": "passes passes first-item-counted held-out-counted nothing-left-out one-more-kept "
    "one-less-kept mean-of-shares value value share-left-out value value",
    "windows-of-history": "passes passes steps-alone blocks-of-items border-target-lost newest-only "
    "oldest-first cut-from-the-oldest shape value steps-alone value value",
    "needed-correlation": "passes one-variance users-forgotten without-interval below-zero divided-by-all "
    "value one-side turned-round value value value value",
    "log-that-tells": "passes passes ties_by_item ties_by_item filter_after_split ties_by_item passes "
    "invalid invalid",
    "what-the-table-says": "passes passes sentence-2-no sentence-3-open sentence-4-no sentence-5-yes "
    "sentence-1-open sentence-2-yes shape",
    "windows-gain": "passes as-many-epochs fewer-epochs rounded-otherwise rounded-otherwise not-paired "
    "all-runs-apart first-seed one-error turned-round nan value value",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_the_blind_trial_of_chapter_12(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
