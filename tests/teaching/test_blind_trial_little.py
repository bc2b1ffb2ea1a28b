"""Answers to the exercises of chapter 15, unusual and usually wrong ones, and what is said.

They were written from the text of the tasks alone, before the checkers were read.
"""

import math
import random
from functools import partial

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("two-views")
def views_view_by_view(first, second, temperature):
    """One view after the other in NumPy, with the highest similarity taken off."""
    views = np.concatenate([np.asarray(first), np.asarray(second)])
    half, losses = len(views) // 2, []
    for m, view in enumerate(views):
        near = {n: float(view @ other) / temperature for n, other in enumerate(views) if n != m}
        top = max(near.values())
        log = top + math.log(sum(math.exp(s - top) for s in near.values()))
        losses.append(log - near[(m + half) % (2 * half)])
    return sum(losses) / len(losses)


def two(first, second, temperature, me=False, cross=False, turn=False, cosine=False, mean=True, plus=False,
        one=False, times=False, bare=False, pair=True, near=False):  # fmt: skip
    z, b = torch.cat([first, second]), len(first)
    z = torch.nn.functional.normalize(z, dim=-1) if cosine else z
    s = z @ z.T * temperature if times else z @ z.T / temperature
    partner = torch.arange(2 * b).roll(b)
    if near:
        partner = torch.arange(2 * b) ^ 1
    if cross:
        return torch.nn.functional.cross_entropy(s[:b, b:], torch.arange(b))
    gone = torch.eye(2 * b, dtype=torch.bool)
    below = s if me else s.masked_fill(gone, 0.0 if plus else -math.inf)
    if not pair:
        below = below.masked_fill(gone.roll(b, 0), -math.inf)
    log = below.exp().sum(1).log() if bare else below.logsumexp(1)
    losses = log - s[torch.arange(2 * b), partner]
    losses = losses[:b] if one else losses
    return (-1 if turn else 1) * (losses.mean() if mean else losses.sum())


wrongs("two-views", two, {"me": True}, {"cross": True}, {"cosine": True}, {"mean": False}, {"times": True},
       {"one": True}, {"plus": True}, {"turn": True}, {"pair": False},
       {"near": True})  # fmt: skip


right("two-views")(partial(two, bare=True))  # exp before the sum: nothing here is too large for it


@right("piece-of-a-history")
def piece_by_listing(row, keep, chance):
    """Every piece of the right length is written down, and one is taken."""
    *before, _target = row
    length = max(1, math.floor(keep * len(before)))
    pieces = [before[i : i + length] for i in range(len(before)) if i + length <= len(before)]
    return np.array(pieces[math.floor(chance * len(pieces))]).tolist()


def piece(
    row,
    keep,
    chance,
    target=False,
    starts=1,
    least=1,
    count=int,
    whole=False,
    newest=False,
    by="chance",
):
    known = list(row) if target else list(row[:-1])
    n = max(least, count(keep * (len(row) if whole else len(known))))
    room = len(known) - n + starts
    start = {
        "chance": int(chance * room),
        "last": len(known) - n,
        "any": int(chance * len(known)),
    }[by]
    if newest:
        start = len(known) - n - start
    return known[start : start + n]


wrongs("piece-of-a-history", piece, {"target": True}, {"starts": 0}, {"least": 0}, {"count": math.ceil},
       {"newest": True}, {"by": "last"}, {"by": "any"}, {"count": round},
       {"whole": True})  # fmt: skip


@wrong("piece-of-a-history")
def piece_with_gaps(row, keep, chance):
    known = row[:-1]
    n = max(1, int(keep * len(known)))
    return [known[i] for i in sorted(random.Random(chance).sample(range(len(known)), n))]


dice = random.Random(7)


@wrong("piece-of-a-history")
def piece_by_own_dice(row, keep, chance):
    known = row[:-1]
    n = max(1, int(keep * len(known)))
    start = dice.randrange(len(known) - n + 1)
    return known[start : start + n]


@right("views-that-leave-it-alone")
def views_of_lists(row, hidden, order, token):
    """Plain lists, place by place."""
    items, hide, give = row.tolist(), set(hidden.tolist()), order.tolist()
    masked = [token if place in hide else item for place, item in enumerate(items)]
    moved = list(items)
    for place, source in zip(sorted(give), give, strict=True):
        moved[place] = items[source]
    return torch.tensor(masked), torch.tensor(moved), torch.tensor(items)


@right("views-that-leave-it-alone")
def views_out_of_place(row, hidden, order, token):
    places, _ = torch.sort(order)
    return row.index_fill(0, hidden, token), row.index_copy(0, places, row[order]), row


def views(
    row, hidden, order, token, masks="clone", moves="clone", of="row", to="sorted", back="row", swap=False
):
    masked = row[:] if masks == "view" else row.clone()
    masked[hidden] = token
    moved = {"clone": row.clone(), "view": row[:], "masked": masked.clone()}[moves]
    source = masked if of == "masked" else row.clone()
    if to == "sorted":
        moved[order.sort().values] = source[order]
    elif to == "order":
        moved[order] = source[order.sort().values]
    elif to == "indices":
        moved[order.sort().indices] = source[order]
    else:
        moved = source[order]
    kept = masked if back == "masked" else row
    return (moved, masked, kept) if swap else (masked, moved, kept)


wrongs("views-that-leave-it-alone", views, {"masks": "view"}, {"moves": "view"},
       {"masks": "view", "moves": "view"}, {"moves": "masked", "of": "masked"}, {"to": "order"},
       {"to": "indices"}, {"to": "cut"}, {"back": "masked"}, {"swap": True})  # fmt: skip


@wrong("views-that-leave-it-alone")
def views_mended_at_the_end(row, hidden, order, token):
    kept = row.clone()
    masked = row[:]
    masked[hidden] = token
    moved = row[:]
    moved[order.sort().values] = row[order]
    return masked, moved, kept


@right("labels-of-ones-own")
def labels_by_softplus(scores, threshold, weight):
    """The nearer label costs log(1 + exp(-|s|)), whichever it is."""
    total = 0.0
    for s in scores.tolist():
        e = math.exp(-abs(s))
        if 1 / (1 + e) >= threshold:
            total += math.log1p(e)
    return np.float64(weight * total / len(scores))


def labels(
    scores, threshold, weight, sure="both", mean="all", cut=0.5, w=True, kind="hard", naive=False, by="p"
):
    p = scores.sigmoid()
    kept = {
        "both": torch.maximum(p, 1 - p) >= threshold,
        "yes": p >= threshold,
        "score": scores.abs() >= threshold,
        "none": torch.ones_like(p, dtype=torch.bool),
        "not": torch.maximum(p, 1 - p) < threshold,
    }[sure]
    y = {"hard": (p > cut).to(p.dtype), "soft": p.detach(), "threshold": (p >= threshold).to(p.dtype)}[kind]
    if naive:
        each = -(y * p.log() + (1 - y) * (1 - p).log())
    else:
        each = torch.nn.functional.binary_cross_entropy_with_logits(
            p if by == "twice" else scores, y, reduction="none"
        )
    total = (each * kept).sum() / {"all": len(p), "kept": kept.sum(), "one": 1}[mean]
    return weight * total if w else total


wrongs("labels-of-ones-own", labels, {"sure": "yes"}, {"mean": "kept"}, {"kind": "soft"}, {"naive": True},
       {"w": False}, {"sure": "none"}, {"mean": "one"}, {"sure": "score"},
       {"by": "twice"}, {"sure": "not"})  # fmt: skip
right("labels-of-ones-own")(partial(labels, kind="threshold"))  # the same wherever an item is kept


@wrong("labels-of-ones-own")
def labels_that_flow(scores, threshold, weight):
    p = scores.sigmoid().clamp(1e-7, 1 - 1e-7)
    y = (p > 0.5).to(p.dtype)
    each = torch.nn.functional.binary_cross_entropy(p, y, reduction="none")
    return weight * (each * (p > threshold)).mean()


@right("next-question")
def gain_of_the_answer(belief, yes):
    """The entropy of the answer less the mean entropy of the answer of one who knows the type."""

    def coin(p):
        return -sum(x * math.log(x) for x in (p, 1 - p) if x > 0)

    b, found = belief.tolist(), []
    for rates in yes.tolist():
        p = min(1.0, sum(a * r for a, r in zip(b, rates, strict=True)))
        found.append(coin(p) - sum(a * coin(r) for a, r in zip(b, rates, strict=True)))
    return np.array(found)


def gain(belief, yes, of="both", base=1.0, add=0.0, bare=False, means="p", less=True, gate=1):
    def entropy(p):
        if bare:
            return -(p * p.log()).sum(-1)
        return -torch.xlogy(p, p + add).sum(-1)

    total = torch.zeros(len(yes), dtype=belief.dtype)
    for rate in (yes, 1 - yes)[: 1 if of == "yes" else 2]:
        joint = belief * rate
        p = joint.sum(-1, keepdim=True)
        after = joint / p if gate == 0 else joint / torch.where(p > 0, p, 1.0)
        if means == "joint":
            after = joint
        total += entropy(after) * (p[:, 0] if means != "half" else 0.5)
    return ((entropy(belief) if less else 0) - total) / base


wrongs("next-question", gain, {"of": "yes"}, {"base": math.log(2)}, {"bare": True}, {"means": "half"},
       {"less": False}, {"gate": 0}, {"means": "joint"})  # fmt: skip


@wrong("next-question")
def answer_least_certain(belief, yes):
    p = yes @ belief
    return -(torch.xlogy(p, p) + torch.xlogy(1 - p, 1 - p))


@wrong("next-question")
def entropy_after_a_yes(belief, yes):
    joint = belief * yes
    after = joint / joint.sum(-1, keepdim=True).clamp_min(1e-12)
    return -torch.xlogy(belief, belief).sum() + torch.xlogy(after, after).sum(-1)


@wrong("next-question")
def types_alike(belief, yes):
    p = yes.mean(-1)
    told = -(torch.xlogy(yes, yes) + torch.xlogy(1 - yes, 1 - yes)).mean(-1)
    return -(torch.xlogy(p, p) + torch.xlogy(1 - p, 1 - p)) - told


@right("what-little-data-says")
def said_in_capitals():
    return ("Yes", "NO", "Open", "open", True)


@wrong("what-little-data-says")
def contrast_always_helps():
    return ["yes", "yes", "open", "open", "yes"]


@wrong("what-little-data-says")
def attributes_by_their_means():
    return ["yes", "no", "no", "open", "yes"]


@wrong("what-little-data-says")
def labels_by_their_means():
    return ["yes", "no", "open", "yes", "yes"]


@wrong("what-little-data-says")
def three_runs_decide_nothing():
    return ["open", "no", "open", "open", "open"]


@wrong("what-little-data-says")
def attributes_believed():
    return ["yes", "no", "yes", "open", "yes"]


@right("gain-by-users")
def gain_user_by_user(sizes, seeds, run):
    """A table of gains of each user, one seed after the other."""
    gains, errors = [], []
    for size in sizes:
        users = None
        for seed in seeds:
            plain, task = (x.numpy().astype(float) for x in run(size, seed))
            users = task - plain if users is None else users + (task - plain)
        users = users / len(seeds)
        gains.append(users.mean())
        errors.append(users.std(ddof=1) / math.sqrt(len(users)))
    return gains + errors


def by_users(sizes, seeds, run, way="users", turned=False, mixed=False, ddof=1, root=True, one=False):
    gains, errors = [], []
    for size in sizes:
        pairs = [run(size, seed) for seed in (seeds[:1] if one else seeds)]
        each = torch.stack([b - a for a, b in pairs])
        each = -each if turned else each
        if way == "users":
            values = each.mean(0)
        elif way == "all":
            values = each.flatten()
        elif way == "seeds":
            values = each.mean(1)
        if way == "apart":
            a, b = (torch.stack(x).mean(0) for x in zip(*pairs, strict=True))
            values = b - a
            error = ((a.var() + b.var()) / len(a)) ** 0.5
        else:
            error = values.std(correction=ddof) / (len(values) ** 0.5 if root else 1)
        gains.append(values.mean())
        errors.append(error)
    if mixed:
        return torch.stack([torch.stack(pair) for pair in zip(gains, errors, strict=True)]).flatten()
    return torch.stack(gains + errors)


wrongs("gain-by-users", by_users, {"way": "all"}, {"way": "seeds"}, {"way": "apart"}, {"turned": True},
       {"mixed": True}, {"ddof": 0}, {"root": False}, {"one": True})  # fmt: skip

SAID = {
    "two-views": (
        "passes itself value cosine summed multiplied one-way set-to-zero turned-round "
        "without-positive value passes"
    ),
    "piece-of-a-history": (
        "passes target-inside never-the-last none-left rounded-up from-the-newest the-end "
        "value shape share-of-the-row value value"
    ),
    "views-that-leave-it-alone": (
        "passes passes half-copied half-copied as-published moved-masked other-way "
        "order-of-the-sort shape masked-kept views-swapped row-kept-apart"
    ),
    "labels-of-ones-own": (
        "passes yes-alone mean-of-the-kept soft-labels nan full-weight all-kept summed "
        "threshold-on-scores value value passes yes-alone"
    ),
    "next-question": "passes value in-bits nan even-answers value nan value answer-only if-yes flat-belief",
    "what-little-data-says": (
        "passes sentence-2-yes sentence-3-no sentence-4-yes sentence-1-open sentence-3-yes"
    ),
    "gain-by-users": (
        "passes all-runs-apart over-seeds not-paired turned-round size-by-size divided-by-n "
        "spread-of-users first-seed"
    ),
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
