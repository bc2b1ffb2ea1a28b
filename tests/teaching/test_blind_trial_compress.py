"""Answers to the exercises of chapter 18, unusual and usually wrong ones, and what is said of each.

They were written from the tasks of the notebook, before the checkers were read.
"""

import math

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("whole-rows")
def rows_number_by_number(weight, bits):
    """Each number by itself, in floats of NumPy."""
    table = weight.numpy()
    q, scales = np.zeros(table.shape, dtype=np.float32), []
    for i, row in enumerate(table):
        far = max(abs(x) for x in row)
        step = far / np.float32(2 ** (bits - 1) - 1) if far else np.float32(1)
        scales.append([step])
        q[i] = [np.round(x / step) for x in row]
    return torch.from_numpy(q), torch.tensor(np.array(scales))


@right("whole-rows")
def rows_as_int8(weight, bits):
    top = weight.abs().max(1, keepdim=True)[0]
    step = top / (2 ** (bits - 1) - 1)
    step[top == 0] = 1
    return (weight / step).round().to(torch.int8), step


def rows(weight, bits, largest=lambda b: 2 ** (b - 1) - 1, top=None, whole=torch.round, zero=1.0, flip=False):
    top = (lambda w: w.abs().amax(1, keepdim=True)) if top is None else top
    far = top(weight)
    step = far / largest(bits)
    if zero is not None:
        step = torch.where(far == 0, torch.tensor(zero), step)
    q = whole(weight * step) if flip else whole(weight / step)
    return q, step


wrongs("whole-rows", rows, {"largest": lambda b: 2 ** (b - 1)}, {"largest": lambda b: 2**b - 1},
       {"top": lambda w: w.abs().max().expand(len(w), 1)}, {"top": lambda w: w.amax(1, keepdim=True)},
       {"whole": torch.trunc}, {"whole": torch.floor}, {"whole": lambda x: x}, {"zero": None},
       {"zero": 1e-8}, {"flip": True}, {"top": lambda w: w.abs().mean(1, keepdim=True)},
       {"top": lambda w: w.abs().amax(0, keepdim=True)}, {"largest": lambda b: b - 1})  # fmt: skip
wrong("whole-rows")(
    lambda weight, bits: (rows(weight, bits)[0] * rows(weight, bits)[1], rows(weight, bits)[1])
)
wrong("whole-rows")(lambda weight, bits: (rows(weight, bits)[0], 1 / rows(weight, bits)[1]))
wrong("whole-rows")(lambda weight, bits: rows(weight, 8))


@right("two-small-tables")
def tables_cell_by_cell(items, remainders, quotients):
    found = np.zeros((*items.shape, remainders.shape[1]), dtype=np.float32)
    for (b, t), item in np.ndenumerate(items.numpy()):
        if item:
            high, low = divmod(int(item), len(remainders))
            found[b, t] = remainders[low].numpy() * quotients[high].numpy()
    return torch.from_numpy(found)


def tables(items, remainders, quotients, rows=len, pad=True, join=torch.mul, swap=False, shift=0, mark=None):
    n = rows(remainders)
    moved = items - shift
    low, high = moved % n, moved.div(n, rounding_mode="floor")
    a, b = (remainders, quotients) if not swap else (quotients, remainders)
    found = join(a[low % len(a)], b[high % len(b)])
    padding = (items == 0) if mark is None else mark(low, high)
    return found.masked_fill(padding[..., None], 0) if pad else found


wrongs("two-small-tables", tables, {"pad": False}, {"join": torch.add}, {"swap": True}, {"shift": 1},
       {"mark": lambda low, high: low == 0}, {"mark": lambda low, high: high == 0},
       {"join": lambda a, b: a}, {"join": lambda a, b: (a + b) / 2},
       {"join": lambda a, b: a * b[..., :1]})  # fmt: skip
wrong("two-small-tables")(lambda items, r, q: tables(items, r, q, rows=lambda _: len(q)))
wrong("two-small-tables")(lambda items, r, q: (r[items % len(r)] * q[items // len(r)]).sum(-1))


@right("scores-of-codes")
def scores_by_three_loops(states, books, codes):
    m, _, width = books.shape
    found = np.zeros((len(states), len(codes)))
    for b in range(len(states)):
        for i, own in enumerate(codes.tolist()):
            vector = [float(x) for k in range(m) for x in books[k, own[k]]]
            found[b, i] = sum(x * float(states[b, d]) for d, x in enumerate(vector))
    assert width * m == states.shape[1]
    return found


def scores(states, books, codes, cut=None, pick=None, join=None):
    m, k, width = books.shape
    parts = states.view(len(states), m, width) if cut is None else cut(states, m, width)
    sub = torch.einsum("bmd,mkd->bmk", parts, books)
    own = sub[:, torch.arange(m), codes] if pick is None else pick(sub, codes)
    return own.sum(2) if join is None else join(own)


wrongs(
    "scores-of-codes",
    scores,
    {"cut": lambda s, m, w: s.view(len(s), w, m).transpose(1, 2)},
    {"join": lambda own: own.mean(2)},
    {"join": lambda own: own.max(2).values},
    {"join": lambda own: own[..., 0]},
    {"join": lambda own: own.prod(2)},
    {"pick": lambda sub, codes: sub[:, 0][:, codes]},
    {"pick": lambda sub, codes: sub.sum(1)[:, codes]},
    {"pick": lambda sub, codes: sub[:, torch.arange(len(sub[0])), codes.flip(1)]},
)


@wrong("scores-of-codes")
def scores_as_given(states, books, codes):
    m, k, width = books.shape
    parts = states.view(len(states), m, width)
    best = torch.einsum("bmd,mkd->bmk", parts, books).max(2).values
    return best.sum(1, keepdim=True).expand(-1, len(codes))


wrong("scores-of-codes")(lambda s, books, c: scores(s, books, c).softmax(1))


@right("soft-lesson")
def lesson_step_by_step(student, teacher, target, temperature):
    """In NumPy, one step after another."""
    total = 0.0
    for own, other, true in zip(student.detach().numpy(), teacher.numpy(), target.tolist(), strict=True):
        hard = -own[true] + np.log(np.exp(own - own.max()).sum()) + own.max()
        p, s = (np.exp((y - y.max()) / temperature) for y in (other, own))
        p, s = p / p.sum(), s / s.sum()
        total += hard + temperature**2 * (p * (np.log(p) - np.log(s))).sum()
    return float(total) / len(target)


def lesson(student, teacher, target, temperature, power=2, heat=None, hard=1.0, soft=1.0, mean=None,
           turned=False, entropy=False, hot=False):  # fmt: skip
    t = temperature if heat is None else heat(temperature)
    p, s = (teacher / t).log_softmax(1), (student / t).log_softmax(1)
    if turned:
        p, s = s, p
    apart = (p.exp() * ((0 if entropy else p) - s)).sum(1)
    apart = apart.mean() if mean is None else mean(apart, student)
    own = student / temperature if hot else student
    cross = torch.nn.functional.cross_entropy(own, target)
    return hard * cross + soft * temperature**power * apart


wrongs("soft-lesson", lesson, {"power": 0}, {"power": 1}, {"turned": True}, {"entropy": True}, {"hot": True},
       {"hard": 0.0}, {"soft": 0.0}, {"hard": 0.5, "soft": 0.5}, {"mean": lambda a, s: a.sum()},
       {"mean": lambda a, s: a.sum() / s.numel()}, {"heat": lambda t: 1.0}, {"heat": lambda t: 1 / t},
       {"power": -2})  # fmt: skip
wrong("soft-lesson")(lambda s, t, y, heat: lesson(s, t, t.argmax(1), heat))
wrong("soft-lesson")(lambda s, t, y, heat: lesson(t, s, y, heat))


@wrong("soft-lesson")
def lesson_with_two_logarithms(student, teacher, target, temperature):
    """The divergence of PyTorch with logarithms on both sides, and without ``log_target``."""
    s, t = ((y / temperature).log_softmax(1) for y in (student, teacher))
    apart = torch.nn.functional.kl_div(s, t, reduction="batchmean")
    return torch.nn.functional.cross_entropy(student, target) + temperature**2 * apart


@right("slow-requests")
def the_first_that_is_enough(times, warm, share):
    """Count for each time how many were not slower."""
    rest = [float(x) for x in times][warm:]
    enough = [x for x in rest if sum(y <= x for y in rest) >= share * len(rest)]
    return min(enough)


def slow(times, warm, share, first=None, place=None, sort=sorted):
    counted = [float(x) for x in times]
    counted = counted[warm:] if first is None else first(counted, warm)
    ordered = sort(counted)
    n = len(ordered)
    r = math.ceil(share * n) - 1 if place is None else place(share, n)
    return ordered[max(0, min(n - 1, r))]


wrongs("slow-requests", slow, {"first": lambda x, w: x}, {"first": lambda x, w: sorted(x)[w:]},
       {"first": lambda x, w: x[:-w] if w else x}, {"first": lambda x, w: x[w + 1 :]},
       {"first": lambda x, w: x[:w]}, {"first": lambda x, w: sorted(x)[: len(x) - w]},
       {"place": lambda a, n: math.ceil(a * n)}, {"place": lambda a, n: math.floor(a * n) - 1},
       {"place": lambda a, n: round(a * n) - 1}, {"place": lambda a, n: math.floor(a * n)},
       {"sort": lambda x: sorted(x, reverse=True)}, {"sort": list})  # fmt: skip
wrong("slow-requests")(lambda times, warm, share: float(np.quantile(np.asarray(times[warm:], float), share)))
wrong("slow-requests")(lambda times, warm, share: float(np.mean(np.asarray(times[warm:], float))))
wrong("slow-requests")(lambda times, warm, share: float(np.median(np.asarray(times[warm:], float))))
wrong("slow-requests")(lambda times, warm, share: float(max(times[warm:])) * share)


def telling(best=3, second=(20, 0, 0, 0), low=3.5, factor=1.0, state=(1, 1, 1, 1), large=100):
    table = np.zeros((6, 4))
    table[0], table[1], table[2] = low, second, (30, -30, -30, 0)
    table[best], table[4], table[5] = 7, (50, -50, 50, -50), (large, -large, large, -large)
    return (table * factor).astype(np.float32), np.array(state, dtype=np.float32)


right("table-that-tells")(lambda: tuple(map(torch.from_numpy, telling())))
right("table-that-tells")(lambda: tuple(x.tolist() for x in telling()))
wrong("table-that-tells")(lambda: tuple(map(torch.from_numpy, telling(second=(27.99, 0, 0, 0), low=0))))
wrong("table-that-tells")(lambda: tuple(map(torch.from_numpy, telling(factor=2.0))))
wrong("table-that-tells")(lambda: tuple(map(torch.from_numpy, telling(large=20))))
wrong("table-that-tells")(lambda: tuple(map(torch.from_numpy, telling(best=0))))
wrong("table-that-tells")(lambda: (torch.ones(6, 4), torch.ones(4)))
wrong("table-that-tells")(lambda: (torch.zeros(6, 4), torch.zeros(4)))
wrong("table-that-tells")(lambda: (torch.eye(6)[:, :4], torch.tensor([4.0, 3, 2, 1])))
wrong("table-that-tells")(lambda: (torch.arange(24.0).view(6, 4), torch.ones(4)))
wrong("table-that-tells")(lambda: (torch.arange(24.0).flip(0).view(6, 4), torch.ones(4)))
wrong("table-that-tells")(lambda: (torch.from_numpy(telling()[0].T.copy()), torch.ones(4)))
wrong("table-that-tells")(lambda: (torch.from_numpy(telling()[0]), torch.ones(6)))
wrong("table-that-tells")(
    lambda: (torch.tensor([[9.0, 9, 9, 9], [100, -80, 0, 0], *[[0.0] * 4] * 4]), torch.ones(4))
)


@right("smallest-that-holds")
def holds_with_dicts(names, seeds, lost, run):
    """Every model by its name, the smallest first."""
    sizes, valid, tests = {}, {}, {}
    for name in ["full", *names]:
        for seed in seeds:
            size, a, b = run(name, seed)
            sizes[name] = int(size)
            valid.setdefault(name, []).append(np.mean(np.asarray(a, dtype=float)))
            tests.setdefault(name, []).append(np.mean(np.asarray(b, dtype=float)))
    for name in sorted(sizes, key=sizes.get):
        if sum(valid[name]) >= (1 - lost) * sum(valid["full"]):
            break
    number = (["full", *names]).index(name)
    return number, sizes["full"] / sizes[name], (sum(tests["full"]) - sum(tests[name])) / sum(tests["full"])


def smallest(names, seeds, lost, run, by=1, told=2, seed=slice(None), hold="share", choose="bytes",
             whole=True, number=0, times="smaller", loss="share"):  # fmt: skip
    everything = ["full", *names]
    found = [[run(name, s) for s in seeds[seed]] for name in everything]
    size = [each[0][0] for each in found]
    mean = [[float(torch.stack([r[n] for r in each]).mean()) for each in found] for n in (1, 2)]
    held, tests = mean[by - 1], mean[told - 1]
    floor = {"share": (1 - lost) * held[0], "points": held[0] - lost, "lost": lost * held[0], "none": -1}[
        hold
    ]
    ok = [n for n in range(len(size)) if held[n] >= floor and (whole or n)] or [0]
    key = {"bytes": lambda n: size[n], "best": lambda n: -held[n], "first": lambda n: n or 99,
           "most": lambda n: -size[n]}[choose]  # fmt: skip
    best = min(ok, key=key)
    ratio = {
        "smaller": size[0] / size[best],
        "share": size[best] / size[0],
        "saved": 1 - size[best] / size[0],
    }
    cost = {"share": 1 - tests[best] / tests[0], "gain": tests[best] / tests[0] - 1,
            "points": tests[0] - tests[best], "kept": tests[best] / tests[0],
            "floor": max(0.0, 1 - tests[best] / tests[0]), "over": tests[0] / tests[best] - 1}  # fmt: skip
    return best + number, ratio[times], cost[loss]


wrongs("smallest-that-holds", smallest, {"by": 2}, {"told": 1}, {"seed": slice(1)}, {"hold": "points"},
       {"hold": "lost"}, {"hold": "none"}, {"choose": "best"}, {"choose": "first"}, {"choose": "most"},
       {"whole": False}, {"number": -1}, {"times": "share"}, {"times": "saved"}, {"loss": "gain"},
       {"loss": "points"}, {"loss": "kept"}, {"loss": "floor"}, {"loss": "over"})  # fmt: skip


@wrong("smallest-that-holds")
def holds_at_each_seed(names, seeds, lost, run):
    """A model must hold with every seed."""
    ok = [
        n for n in names if all(run(n, s)[1].mean() >= (1 - lost) * run("full", s)[1].mean() for s in seeds)
    ]
    name = min(["full", *ok], key=lambda n: run(n, seeds[0])[0])
    test = {n: np.mean([run(n, s)[2].numpy().mean() for s in seeds]) for n in ("full", name)}
    number = ["full", *names].index(name)
    return number, run("full", seeds[0])[0] / run(name, seeds[0])[0], 1 - test[name] / test["full"]


@wrong("smallest-that-holds")
def mean_of_shares(names, seeds, lost, run):
    """The lost share of each seed, averaged."""
    number, times, _ = smallest(names, seeds, lost, run)
    name = ["full", *names][number]
    return (
        number,
        times,
        float(np.mean([1 - run(name, s)[2].mean() / run("full", s)[2].mean() for s in seeds])),
    )


SAID = {
    "whole-rows": (
        "passes passes one-too-many value one-scale value cut-off value value rows-of-zeros value value "
        "value scale-a-column value value turned-round value"
    ),
    "two-small-tables": "passes padding-kept added value from-one value value hashed value value value shape",
    "scores-of-codes": (
        "passes other-cut mean value first-piece multiplied value value codes-backwards best-word value"
    ),
    "soft-lesson": (
        "passes no-square once reversed cross-entropy cooled-target no-target value value value "
        "mean-of-all value multiplied value value value nan"
    ),
    "slow-requests": (
        "passes warm-up-counted value value value value slowest-left-out value value value one-too-far "
        "from-above not-sorted between mean value share-of-largest"
    ),
    "table-that-tells": (
        "passes passes invalid invalid one_scale three_rows invalid invalid one_scale one_scale "
        "one_scale invalid invalid one_scale"
    ),
    "smallest-that-holds": (
        "passes chosen-on-test told-of-validation one-seed points-not-shares value value best first "
        "largest full-left-out without-full share-left value turned-round difference value value value "
        "every-seed value"
    ),
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
