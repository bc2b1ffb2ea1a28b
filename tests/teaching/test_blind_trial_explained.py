"""Answers to the exercises of chapter 14, written from the tasks alone: unusual right ones and wrong ones."""

from itertools import combinations

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("enough-points")
def points_by_loop(gradient, value, x, start, off):
    """The middles one after the other, in double precision, and a list at the end."""
    whole = float(value(x)) - float(value(start))
    n = 1
    while True:
        slopes = [gradient(start + (k - 0.5) / n * (x - start)) for k in range(1, n + 1)]
        shares = ((x - start) * sum(slopes) / n).sum(-1)
        if abs(float(shares.sum()) - whole) <= off or n >= 256:
            return n, [float(share) for share in shares]
        n += n


def points(
    gradient, value, x, start, off, at=0.5, grow=2, most=256, of=lambda a: a, sum_to="value", keep=True
):
    whole, n = value(x) - value(start), 1
    while True:
        slopes = sum(gradient(start + (k + at) / n * (x - start)) for k in range(n)) / n
        shares = (of(slopes) * ((x - start) if keep else x)).sum(1)
        told = float(shares.sum()) - float(whole if sum_to == "value" else value(x))
        if abs(told) <= off or n >= most:
            return n, shares
        n = n * grow if grow > 1 else n + 1


wrongs("enough-points", points, {"at": 0.0}, {"at": 1.0}, {"grow": 1}, {"most": 64}, {"of": torch.abs},
       {"sum_to": "end"}, {"keep": False})  # fmt: skip


@wrong("enough-points")
def points_signed(gradient, value, x, start, off):
    """Stops as soon as the sum is not larger than the difference by more than ``off``."""
    n = 1
    while True:
        slopes = sum(gradient(start + (k + 0.5) / n * (x - start)) for k in range(n)) / n
        shares = ((x - start) * slopes).sum(1)
        if float(shares.sum()) - float(value(x) - value(start)) <= off or n >= 256:
            return n, shares
        n *= 2


@right("order-shares")
def shares_by_sets(v, orders):
    """NumPy, and each value asked twice."""
    table = np.asarray(orders)
    rises = np.zeros(table.shape)
    for row, order in zip(rises, table, strict=True):
        for k, event in enumerate(order):
            row[event] = v([int(e) for e in order[: k + 1]]) - v([int(e) for e in order[:k]])
    return rises.mean(0)


def rises(v, orders, from_empty=True, by_event=True, divide=1, renew=True):
    total = torch.zeros(orders.shape[1])
    for order in orders:
        before = v([]) if from_empty else 0.0
        for k, event in enumerate(order.tolist()):
            joined = v(order[: k + 1].tolist())
            total[event if by_event else k] += joined - before
            before = joined if renew else before
    return total / len(orders) / (orders.shape[1] if divide != 1 else 1)


wrongs("order-shares", rises, {"from_empty": False}, {"by_event": False}, {"divide": 0}, {"renew": False},
       {"from_empty": False, "by_event": False})  # fmt: skip


@wrong("order-shares")
def shares_of_leaving(v, orders):
    """What the value loses when the event leaves the whole set."""
    events = list(range(orders.shape[1]))
    return torch.tensor([v(events) - v([e for e in events if e != n]) for n in events])


@right("rolled-out")
def rolled_backwards(weights, lengths):
    """From the last layer back to the events, one request at a time."""
    found = []
    for b, length in enumerate(lengths.tolist()):
        row = torch.zeros(weights.shape[-1])
        row[length - 1] = 1.0
        for layer in reversed(range(len(weights))):
            mean = weights[layer, b].mean(0)
            row = (row + row @ mean) / 2
        found.append(row.tolist())
    return found


def rollout(weights, lengths, residual=True, order=1, last="real", heads="mean", half=True):
    mean = getattr(weights, heads)(2)
    mean = mean[0] if isinstance(mean, tuple) else mean
    mean = mean if isinstance(mean, torch.Tensor) else mean.values
    t = mean.shape[-1]
    whole = torch.eye(t).expand(mean.shape[1], t, t)
    for layer in mean if order > 0 else mean.flip(0):
        step = (layer + torch.eye(t)) / (2 if half else 1) if residual else layer
        whole = step @ whole
    at = {"real": lengths - 1, "end": torch.full_like(lengths, t - 1), "next": lengths.clamp(max=t - 1)}[last]
    return whole[torch.arange(len(lengths)), at]


wrongs("rolled-out", rollout, {"residual": False}, {"order": -1}, {"last": "end"}, {"last": "next"},
       {"heads": "amax"}, {"half": False})  # fmt: skip


@wrong("rolled-out")
def rolled_columns(weights, lengths):
    whole = torch.eye(weights.shape[-1]).expand(weights.shape[1], -1, -1)
    for layer in weights.mean(2):
        whole = (layer + torch.eye(layer.shape[-1])) / 2 @ whole
    return whole[torch.arange(len(lengths)), :, lengths - 1]


@right("fewest-events")
def fewest_by_masks(lead, n, most):
    """Numbers whose bits are the events that go, sorted by how many there are."""
    masks = sorted(range(1, 2**n), key=lambda mask: mask.bit_count())
    best, size = None, None
    for mask in masks:
        gone = mask.bit_count()
        if gone > min(most, n - 1) or (size is not None and gone > size):
            break
        left = lead([e for e in range(n) if not mask >> e & 1])
        if left < 0 and (best is None or left < best[0]):
            best, size = (left, mask), gone
    return np.array([0 if best is None else best[1] >> e & 1 for e in range(n)])


def fewest(lead, n, most, tie="best", enough=lambda x: x < 0, empty=0, kept=False):
    for size in range(1, min(most, n - 1) + 1):
        sets = [set(gone) for gone in combinations(range(n), size)]
        good = [(lead([e for e in range(n) if e not in gone]), sorted(gone)) for gone in sets]
        good = [one for one in good if enough(one[0])]
        if good:
            gone = good[0][1] if tie == "first" else (max(good) if tie == "worst" else min(good))[1]
            return torch.tensor([int((e in gone) != kept) for e in range(n)])
    return torch.full((n,), empty)


wrongs("fewest-events", fewest, {"tie": "first"}, {"tie": "worst"}, {"empty": 1}, {"kept": True},
       {"enough": lambda x: x < 0.5})  # fmt: skip


@wrong("fewest-events")
def greedy(lead, n, most):
    gone = []
    for _ in range(min(most, n - 1)):
        left = [e for e in range(n) if e not in gone]
        gone.append(min(left, key=lambda e: lead([k for k in left if k != e])))
        if lead([e for e in range(n) if e not in gone]) < 0:
            return torch.tensor([int(e in gone) for e in range(n)])
    return torch.zeros(n, dtype=torch.long)


@wrong("fewest-events")
def whatever_is_lowest(lead, n, most):
    """The set that puts the item furthest behind, however large it is."""
    sets = [gone for size in range(1, min(most, n - 1) + 1) for gone in combinations(range(n), size)]
    best = min(sets, key=lambda gone: lead([e for e in range(n) if e not in gone]), default=())
    good = best and lead([e for e in range(n) if e not in best]) < 0
    return torch.tensor([int(bool(good) and e in best) for e in range(n)])


@right("mean-curve")
def curve_by_lists(v, shares, lengths, most):
    table = np.asarray(shares, dtype=float).tolist()
    curves = []
    for row, (line, length) in enumerate(zip(table, lengths, strict=True)):
        kept = list(range(int(length)))
        curve = [v(row, list(kept))]
        for _ in range(most):
            kept.remove(max(kept, key=lambda e: line[e]))
            curve.append(v(row, list(kept)))
        curves.append(curve)
    return [sum(one) / len(one) for one in zip(*curves, strict=True)]


def curve(v, shares, lengths, most, largest=True, masked=True, size=False, start=0, one=False):
    rows = []
    for row, length in enumerate(lengths.tolist()):
        t = length if masked else shares.shape[1]
        line = shares[row, :t].abs() if size else shares[row, :t]
        order = line.argsort(descending=largest).tolist()
        gone = [order[k : k + 1] if one else order[:k] for k in range(start, most + 1)]
        rows.append([v(row, [e for e in range(t) if e not in g]) for g in gone])
    return torch.tensor(rows).mean(0)


wrongs("mean-curve", curve, {"largest": False}, {"masked": False}, {"size": True}, {"start": 1},
       {"one": True})  # fmt: skip


@wrong("mean-curve")
def curve_that_keeps(v, shares, lengths, most):
    """Events come in, the largest first, instead of leaving."""
    rows = []
    for row, length in enumerate(lengths.tolist()):
        order = shares[row, :length].argsort(descending=True).tolist()
        rows.append([v(row, sorted(order[:k])) for k in range(most + 1)])
    return torch.tensor(rows, dtype=torch.float64).mean(0)


@right("shares-disagree")
def two_that_need_each_other():
    """Event 0 adds most to event 1; alone event 2 has more, and the whole misses event 1 most."""
    return [1.0, 0.0, 1.2], [2.0, 0.5, 1.0, 3.0]


wrong("shares-disagree")(lambda: (torch.tensor([1.0, 0, 0]), torch.tensor([1.0, 1, 0, 1])))
wrong("shares-disagree")(lambda: (torch.zeros(3), torch.tensor([1.0, 1, 1, 1])))
wrong("shares-disagree")(lambda: (torch.tensor([0.0, 1, 0]), torch.tensor([3.0, 3, 1, 3])))


right("what-explanations-showed")(lambda: ("Yes", "no", "no", "open"))
wrong("what-explanations-showed")(lambda: ["yes", "no", "no", "no"])
wrong("what-explanations-showed")(lambda: ["yes", "yes", "no", "open"])
wrong("what-explanations-showed")(lambda: ["open", "no", "no", "open"])
wrong("what-explanations-showed")(lambda: ["yes", "no", "yes", "open"])


@right("chosen-method")
def chosen_by_table(methods, choose, report, run):
    """All runs first, then the largest; means of a run before means over runs."""
    seen = [np.mean([float(np.mean(np.asarray(run(m, s), dtype=float))) for s in choose]) for m in methods]
    place = int(np.argmax(seen))
    rate = np.mean([float(np.mean(np.asarray(run(methods[place], s), dtype=float))) for s in report])
    return place, rate, seen[place] - rate


def chosen(methods, choose, report, run, best=max, told="report", sign=1, last=False, by="choose"):
    def mean(method, seeds):
        return sum(float(run(method, s).float().mean()) for s in seeds) / len(seeds)

    seen = [mean(m, choose if by == "choose" else report) for m in methods]
    at = [n for n, value in enumerate(seen) if value == best(seen)]
    place = at[-1] if last else at[0]
    rate = mean(methods[place], report if told == "report" else choose)
    return place, rate, sign * (mean(methods[place], choose) - mean(methods[place], report))


wrongs(
    "chosen-method", chosen, {"best": min}, {"told": "choose"}, {"sign": -1}, {"last": True}, {"by": "report"}
)

SAID = {
    "enough-points": "passes left-ends right-ends one-by-one value value no-start-value times-x one-side",
    "order-shares": "passes empty-forgotten by-place divided-twice value value value",
    "rolled-out": "passes no-residual reversed padding-asks value strongest-head not-normalised last-column",
    "fewest-events": "passes first-found first-found value kept value greedy most-effect",
    "mean-curve": "passes smallest-first value by-size shape value error",
    "shares-disagree": "passes by_occlusion invalid by_occlusion",
    "what-explanations-showed": "passes sentence-4-no sentence-2-yes sentence-1-open sentence-3-yes",
    "chosen-method": "passes worst-chosen value turned-round last-of-equal chosen-on-report",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
