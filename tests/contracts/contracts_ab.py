"""Contracts of page 13b: two arms, looks, CUPED, one shared list, and slates that are weighed.

The transcriptions are loops over Python numbers; they share small functions with the other contracts and
none with the library.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from contracts_model import array, close
from equation_contracts import contract

from seqrec_lib.ab import (
    Looks,
    adjust,
    always_valid,
    compare_arms,
    credit,
    doubly_robust,
    fit_cuped,
    per_place,
    place_chances,
    slate_chance,
    users_per_arm,
    whole_slate,
)

RNG = np.random.default_rng(13)
OLD, NEW = RNG.normal(1.0, 0.8, 23), RNG.normal(1.4, 1.7, 11)


def variance(values) -> float:
    centre = sum(values) / len(values)
    return sum((v - centre) ** 2 for v in values) / (len(values) - 1)


def _arms(change):
    def run(old, new):
        found = compare_arms(old, new)
        return change(found.difference, found.error, old, new)

    return run


@contract(
    "eq-arm-gain",
    kind="code",
    library=_arms(lambda d, e, a, b: (d, e)),
    perturb={
        "old minus new": _arms(lambda d, e, a, b: (-d, e)),
        "one variance for both": _arms(
            lambda d, e, a, b: (d, math.sqrt(np.concatenate([a, b]).var(ddof=1) * (1 / len(a) + 1 / len(b))))
        ),
        "variances divided by all users": _arms(
            lambda d, e, a, b: (d, math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / (len(a) + len(b))))
        ),
        "deviations added": _arms(
            lambda d, e, a, b: (d, a.std(ddof=1) / len(a) ** 0.5 + b.std(ddof=1) / len(b) ** 0.5)
        ),
    },
)
def arm_gain(library) -> None:
    """G = mean of the new arm - mean of the old; se = root of both variances over their numbers of users."""
    gain = sum(NEW) / len(NEW) - sum(OLD) / len(OLD)
    close(library(OLD, NEW), (gain, math.sqrt(variance(NEW) / len(NEW) + variance(OLD) / len(OLD))))


@contract(
    "eq-arm-users",
    kind="montecarlo",
    library=users_per_arm,
    perturb={
        "both arms": lambda *case: 2 * users_per_arm(*case),
        "one mean": lambda *case: users_per_arm(*case) // 2,
        "one-sided": lambda s, g, power: users_per_arm(s, g, power, 0.9),
        "no power": lambda s, g, power: users_per_arm(s, g, 0.5),
    },
)
def arm_users(library) -> None:
    """With 2 (z + z')^2 s^2 / G^2 users an arm, a test finds G as often as it was to."""
    spread, gain, power, tests = 0.7, 0.3, 0.8, 40_000
    users = library(spread, gain, power)
    means = np.random.default_rng(5).normal((0.0, gain), spread / users**0.5, (tests, 2))
    found = np.abs(means[:, 1] - means[:, 0]) > 1.959964 * spread * (2 / users) ** 0.5
    assert abs(found.mean() - power) < 4 * (power * (1 - power) / tests) ** 0.5 + 0.01


def _valid(change=lambda looks: looks, scale=lambda s: s, after=lambda p: p):
    return lambda looks, s: after(always_valid(change(looks), scale(s)))


@contract(
    "eq-always-valid",
    kind="code",
    library=_valid(),
    perturb={
        "the variance of one arm": _valid(lambda x: Looks(x.users, x.difference, x.variance / 2)),
        "the scale not squared": _valid(scale=lambda s: s**0.5),
        "users of both arms": _valid(lambda x: Looks(2 * x.users, x.difference, x.variance)),
        "what was seen forgotten": lambda x, s: np.concatenate(
            [
                always_valid(Looks(x.users[[k]], x.difference[:, [k]], x.variance[:, [k]]), s)
                for k in range(len(x.users))
            ],
            axis=1,
        ),
        "not at most 1": _valid(after=lambda p: np.where(p == 1, 1.5, p)),
    },
)
def always_valid_p(library) -> None:
    """Lambda by the formula, and the p-value by the largest so far; 2 sigma^2 is the variance given."""
    users = np.array([5, 20, 60, 100])
    difference = np.array([[0.9, 0.4, 0.1, 0.02], [0.01, -0.3, -0.5, -0.2]])
    double, scale = np.array([[1.1, 0.9, 1.0, 1.2], [2.0, 2.1, 1.9, 2.0]]), 0.25
    found = library(Looks(users, difference, double), scale)
    for test in range(2):
        best = 0.0
        for look, n in enumerate(users):
            v, d = double[test, look], difference[test, look]  # v is 2 sigma^2
            root = math.sqrt(v / (v + n * scale**2))
            ratio = root * math.exp(n**2 * scale**2 * d**2 / (2 * v * (v + n * scale**2)))
            best = max(best, ratio)
            close(found[test, look], min(1.0, 1 / best))


BEFORE = 3 + 1.5 * RNG.normal(size=40)
AFTER = 0.8 * BEFORE + RNG.normal(size=40)


def _cuped(slope=lambda f, y, x: f.slope, centre=lambda f, y, x: f.centre):
    def run(y, x):
        fitted = fit_cuped(y, x)
        changed = type(fitted)(slope(fitted, y, x), centre(fitted, y, x), fitted.share)
        return adjust(y, x, changed)

    return run


@contract(
    "eq-cuped",
    kind="code",
    library=_cuped(),
    perturb={
        "divided by the variance of the outcome": _cuped(lambda f, y, x: f.slope * x.var() / y.var()),
        "added": _cuped(lambda f, y, x: -f.slope),
        "not centred": _cuped(centre=lambda f, y, x: 0.0),
        "the correlation": _cuped(lambda f, y, x: f.slope * x.std() / y.std()),
    },
)
def cuped(library) -> None:
    """Y' = Y - slope (X - mean X), the slope is the covariance over the variance of X."""
    x, y = BEFORE.tolist(), AFTER.tolist()
    mx, my = sum(x) / 40, sum(y) / 40
    slope = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)
    close(library(AFTER, BEFORE), [b - slope * (a - mx) for a, b in zip(x, y, strict=True)])


@contract(
    "eq-cuped-left",
    kind="identity",
    library=lambda y, x: fit_cuped(y, x).share,
    perturb={
        "the correlation not squared": lambda y, x: 1 - np.corrcoef(x, y)[0, 1],
        "what was taken out": lambda y, x: 1 - fit_cuped(y, x).share,
        "the slope squared": lambda y, x: 1 - fit_cuped(y, x).slope ** 2,
    },
)
def cuped_left(library) -> None:
    """What is left of the variance after the adjustment is 1 - corr^2."""
    left = variance(adjust(AFTER, BEFORE, fit_cuped(AFTER, BEFORE))) / variance(AFTER)
    close(library(AFTER, BEFORE), left)
    close(left, 1 - np.corrcoef(BEFORE, AFTER)[0, 1] ** 2)


@contract(
    "eq-team-credit",
    kind="code",
    library=credit,
    perturb={
        "the sign turned round": lambda clicks, team: -credit(clicks, team),
        "the new team alone": lambda clicks, team: (clicks * team).sum(1),
        "who won": lambda clicks, team: credit(clicks, team).sign(),
    },
)
def team_credit(library) -> None:
    """Clicks on items of the new team minus clicks on those of the old."""
    clicks = torch.tensor([[1, 0, 1, 1], [1, 1, 0, 1]])
    team = torch.tensor([[1, 1, 1, 1], [0, 1, 1, 0]])
    wanted = [
        sum((1 if t else -1) * y for y, t in zip(ys, ts, strict=True))
        for ys, ts in zip(clicks.tolist(), team.tolist(), strict=True)
    ]
    close(array(library(clicks, team)), wanted)


W0 = torch.tensor([[0.0, 4.0, 2.0, 1.0, 3.0], [0.0, 1.0, 1.0, 5.0, 0.5]]).double()
W1 = torch.tensor([[0.0, 1.0, 3.0, 3.0, 0.2], [0.0, 2.0, 0.1, 1.0, 4.0]]).double()
SHOWN = torch.tensor([[2, 4, 1], [3, 1, 4]])
CLICKS = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]).double()


def by_enumeration(weights) -> dict[tuple[int, ...], float]:
    """Each ordered list of three items to its chance."""
    found = {}
    for items in itertools.permutations(range(1, 5), 3):
        left, chance = sum(weights), 1.0
        for item in items:
            chance *= weights[item] / left
            left -= weights[item]
        found[items] = chance
    return found


def at_place(weights, item: int, place: int) -> float:
    return sum(p for items, p in by_enumeration(weights).items() if items[place] == item)


@contract(
    "eq-place-chance",
    kind="identity",
    library=lambda w: place_chances(w, 3),
    perturb={
        "put back": lambda w: (w / w.sum(1, keepdim=True))[:, None].expand(-1, 3, -1),
        "not normalised": lambda w: place_chances(w, 3) * 0.9,
        "places turned round": lambda w: place_chances(w, 3).flip(1),
    },
)
def place_chance(library) -> None:
    """The sum over what may stand above is what counting all lists gives; place 3 sums over pairs."""
    found = array(library(W0))
    for row in range(2):
        q = (W0[row] / W0[row].sum()).tolist()
        for item in range(1, 5):
            above = sum(q[j] / (1 - q[j]) for j in range(1, 5) if j != item)
            close(found[row, 1, item], q[item] * above)
            for place in range(3):
                close(found[row, place, item], at_place(W0[row].tolist(), item, place))


@contract(
    "eq-whole-slate",
    kind="code",
    library=lambda y, new, old, shown: (
        whole_slate(y, slate_chance(new, shown), slate_chance(old, shown)).value
    ),
    perturb={
        "upside down": lambda y, new, old, s: (
            whole_slate(y, slate_chance(old, s), slate_chance(new, s)).value
        ),
        "a mean over places": lambda y, new, old, s: (
            whole_slate(y / 3, slate_chance(new, s), slate_chance(old, s)).value
        ),
        "items put back": lambda y, new, old, s: (
            whole_slate(
                y,
                (new / new.sum(1, keepdim=True)).gather(1, s).prod(1),
                (old / old.sum(1, keepdim=True)).gather(1, s).prod(1),
            ).value
        ),
    },
)
def whole_slates(library) -> None:
    """The mean over requests of p1(slate) / p0(slate) times the slate's clicks."""
    total = 0.0
    for row in range(2):
        items = tuple(SHOWN[row].tolist())
        weight = by_enumeration(W1[row].tolist())[items] / by_enumeration(W0[row].tolist())[items]
        total += weight * float(CLICKS[row].sum())
    close(library(CLICKS, W1, W0, SHOWN), total / 2)


def chances_of(weights, shown=SHOWN):
    return place_chances(weights, 3).gather(2, shown[:, :, None])[..., 0]


def _items(y=lambda y: y, wanted=chances_of, logged=chances_of):
    return lambda clicks, new, old: per_place(y(clicks), wanted(new), logged(old)).value


@contract(
    "eq-place-weight",
    kind="code",
    library=_items(),
    perturb={
        "place 1 for all places": _items(logged=lambda w: (w / w.sum(1, keepdim=True)).gather(1, SHOWN)),
        "whole slates": lambda y, new, old: (
            whole_slate(y, slate_chance(new, SHOWN), slate_chance(old, SHOWN)).value
        ),
        "a mean over places": _items(lambda y: y / 3),
        "upside down": lambda y, new, old: per_place(y, chances_of(old), chances_of(new)).value,
    },
)
def place_weight(library) -> None:
    """The mean over requests of the sum over places of p1(item at place) / p0(item at place) times click."""
    total = 0.0
    for row in range(2):
        for place, item in enumerate(SHOWN[row].tolist()):
            weight = at_place(W1[row].tolist(), item, place) / at_place(W0[row].tolist(), item, place)
            total += weight * float(CLICKS[row, place])
    close(library(CLICKS, W1, W0), total / 2)


GUESS, HOPED = torch.tensor([[0.4, 0.3, 0.1], [0.2, 0.2, 0.6]]).double(), torch.tensor([0.9, 1.3]).double()


def _robust(predicted=GUESS, expected=HOPED):
    return lambda y, new, old: doubly_robust(y, chances_of(new), chances_of(old), predicted, expected).value


@contract(
    "eq-doubly-robust",
    kind="code",
    library=_robust(),
    perturb={
        "the model alone": lambda y, new, old: float(HOPED.mean()),
        "no errors taken off": _robust(predicted=torch.zeros_like(GUESS)),
        "the weights alone": _robust(torch.zeros_like(GUESS), torch.zeros_like(HOPED)),
        "errors without weights": lambda y, new, old: float((HOPED + (y - GUESS).sum(1)).mean()),
    },
)
def robust(library) -> None:
    """The model's guess plus the weighted errors of the model on the log."""
    total = 0.0
    for row in range(2):
        total += float(HOPED[row])
        for place, item in enumerate(SHOWN[row].tolist()):
            weight = at_place(W1[row].tolist(), item, place) / at_place(W0[row].tolist(), item, place)
            total += weight * float(CLICKS[row, place] - GUESS[row, place])
    close(library(CLICKS, W1, W0), total / 2)
