"""Experiments on simulated users, and values from a log: `python benchmarks/ab_tests.py [PART ...]`.

Makes seqrec_lib/results/ab_tests.json on one thread, in about a quarter of an hour. The service is the world
`shop`. Its policy shows twelve items; "one more popular item" changes the last of them into the most popular
item that the list lacks and the user has not had. Models are counted or trained on the users of seed 1 and
asked for those of seed 2, of whom each test draws its own, with replacement. So a test has new users, and the
exact difference of two policies is a mean over the pool.

Parts: `peeking`, `power`, `cuped`, `unit`, `interleaving` (here), `logs`, `metrics` (`ab_tests_logs.py`).
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import numpy as np
import torch
from ab_tests_logs import click_rates, log_rows, metric_rows
from rows import RESULTS, read_rows, write_rows
from torch import Tensor

from seqrec_lib import train
from seqrec_lib.ab import (
    Looks,
    adjust,
    always_valid,
    compare_arms,
    credit,
    fit_cuped,
    fixed_p,
    look_at,
    power,
    team_draft,
    users_per_arm,
)
from seqrec_lib.data import Batch, leave_one_out, simulate
from seqrec_lib.data.worlds import World
from seqrec_lib.evaluation.decisions import users_needed
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models.baselines import Markov, Popularity

POOL, TESTS, ARM, DRAWS = 20_000, 4_000, 5_000, 60
LATE = 100  # users of an arm before the first look of a careful reader
LOOKS = (1, 2, 5, 20, 100, 1_000)
OLD, MORE = "as it is", "one more popular item"


@cache
def shop(users: int, seed: int, **changes: float) -> World:
    return simulate("shop", users=users, seed=seed, **changes)


@cache
def models() -> dict[str, object]:
    """What ranks, from 4,000 users who are asked nothing."""
    split = leave_one_out(shop(4_000, 1), max_len=50)
    gru = train(
        "gru4rec", split, dim=32, epochs=8, lr=1e-2, max_len=50, patience=0, progress=False, device="cpu"
    )
    log = split.train_log
    return {"popularity": Popularity(log), "markov": Markov(log), "gru4rec": gru.model}


def ranked_by(model: Any, batch: Batch, places: int) -> Tensor:
    """``(M, places)`` items that the user has not had, best first."""
    with torch.no_grad():
        scores = model.score(batch).double()
    scores[:, 0] = -torch.inf
    return scores.scatter(1, batch.items, -torch.inf).topk(places, 1).indices


def one_more(shown: Tensor, best: Tensor) -> Tensor:
    """``shown`` ``(M, K)`` with the first item of ``best`` ``(M, R)`` that it lacks in the last place."""
    absent = (best[:, :, None] != shown[:, None, :]).all(2)  # (M, R)
    new = best.gather(1, absent.long().argmax(1, keepdim=True))
    return torch.cat([shown[:, :-1], new], 1)


@cache
def slates() -> dict[str, Tensor]:
    """Policy to its slates ``(U, K)`` for the pool."""
    world = shop(POOL, 2)
    batch, places = world.click_batch, world.settings.slate
    found = {name: ranked_by(model, batch, places + 1) for name, model in models().items()}
    shown = {name: items[:, :places] for name, items in found.items()}
    return {OLD: batch.candidates, MORE: one_more(batch.candidates, found["popularity"]), **shown}


@cache
def chances(policy: str) -> Tensor:
    """``(U, K)``: how likely each item of its slates is clicked."""
    return shop(POOL, 2).true_chances(torch.arange(POOL), slates()[policy])[0]


def drawn(p: Tensor, seed: int, draws: int = DRAWS) -> np.ndarray:
    """``(draws, U)`` clicks of a slate, drawn again and again as :meth:`World.respond` draws them."""
    chance = torch.Generator().manual_seed(seed)
    return np.stack(
        [(torch.rand(p.shape, generator=chance, dtype=p.dtype) < p).sum(1).numpy() for _ in range(draws)]
    )


def arms(old: np.ndarray, new: np.ndarray, tests: int, users: int, rng: np.random.Generator) -> list:
    """``[(tests, users)] * 2``: users at random, each with one of its draws."""
    return [
        bank[rng.integers(len(bank), size=(tests, users)), rng.integers(POOL, size=(tests, users))]
        for bank in (old, new)
    ]


def truth(old: str, new: str) -> dict[str, float]:
    """The exact means, the difference, and the standard deviation of a user's clicks under the old policy."""
    a, b = chances(old), chances(new)
    spread = float(a.sum(1).var() + (a * (1 - a)).sum(1).mean()) ** 0.5
    base, value = float(a.sum(1).mean()), float(b.sum(1).mean())
    return {"old": base, "new": value, "difference": value - base, "spread": spread}


def peeking() -> list[dict]:
    """How often a test is called, by looks and by rule: with no difference, and with one of a twentieth."""
    rng, rows = np.random.default_rng(13), []
    banks = {name: drawn(chances(name), seed) for seed, name in enumerate((OLD, MORE))}
    spread = truth(OLD, OLD)["spread"]
    scale = 0.05 * truth(OLD, OLD)["old"]
    for new in (OLD, MORE):
        first: dict[tuple[str, int], list] = {}
        for _ in range(TESTS // 200):
            pair = arms(banks[OLD], banks[new], 200, ARM, rng)
            for count in LOOKS:
                looks = look_at(*pair, np.linspace(0, ARM, count + 1)[1:].astype(int))
                p = fixed_p(looks)
                valid, late = always_valid(looks, scale), looks.users >= LATE
                rules = {"p < .05": p, "Bonferroni": p * count, "mSPRT": valid}
                if late.any():
                    kept = Looks(looks.users, np.where(late, looks.difference, 0.0), looks.variance)
                    rules["mSPRT, late"] = always_valid(kept, scale)
                for rule, values in rules.items():
                    called = values < 0.05
                    at = np.where(called.any(1), looks.users[called.argmax(1)], 0)
                    first.setdefault((rule, count), []).append(at)
        for (rule, count), parts in first.items():
            at = np.concatenate(parts)
            called = at > 0
            rows.append(
                {
                    "variant": rule,
                    "settings": {"looks": count, "users": ARM, "new": new, "scale": scale, "spread": spread},
                    "test": {
                        "called": float(called.mean()),
                        "users": float(np.where(called, at, ARM).mean()),
                        "difference": truth(OLD, new)["difference"],
                    },
                    "tests": TESTS,
                }
            )
    return rows


def power_rows() -> list[dict]:
    """How often a test that is looked at once finds what is there, beside the formula."""
    rng, exact, rows = np.random.default_rng(14), truth(OLD, MORE), []
    banks = [drawn(chances(name), seed) for seed, name in enumerate((OLD, MORE))]
    for users in (500, 1_000, 2_000, 4_000, 8_000):
        lifts = [
            compare_arms(*pair)
            for _ in range(10)
            for pair in zip(*arms(*banks, TESTS // 10, users, rng), strict=True)
        ]
        found = np.array([lift.p_value < 0.05 for lift in lifts])
        size = np.array([lift.difference for lift in lifts])
        rows.append(
            {
                "variant": MORE,
                "settings": {"users": users, "needed": users_per_arm(exact["spread"], exact["difference"])},
                "test": {
                    **exact,
                    "found": float(found.mean()),
                    "formula": power(exact["spread"], exact["difference"], users),
                    "told": float(size[found].mean()),
                    "wrong sign": float((size[found] < 0).mean()),
                    "held": float(np.mean([x.low <= exact["difference"] <= x.high for x in lifts])),
                },
                "tests": TESTS,
            }
        )
    return rows


@cache
def before(each: int) -> np.ndarray:
    """``(U,)`` clicks at ``each`` earlier requests, under the old policy."""
    world, chance = shop(POOL, 2), torch.Generator().manual_seed(15)
    requests = world.requests(each, chance)
    clicks = world.respond(requests, world.show(requests, chance), chance).click
    return clicks.view(POOL, -1).sum(1).double().numpy()


def expected(batch: Batch, items: Tensor) -> dict[str, np.ndarray]:
    """``(U,)``: what is expected of the old policy's own list before anybody has seen a list."""
    world = shop(POOL, 2)
    looked = torch.arange(1, items.shape[1] + 1).double() ** -world.settings.examination
    told = (batch.items, batch.times, batch.lengths, batch.query_time, items)
    return {
        "click rates of the old list": (looked * click_rates(shop(4_000, 1))[items]).sum(1).numpy(),
        "oracle of the old list": world.click_oracle(*told).sum(1).numpy(),
    }


def visited(bank: np.ndarray, who: np.ndarray, visits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Clicks of users ``who`` ``(n,)`` over their ``visits`` ``(n,)``, each visit with a draw of its own."""
    total = np.zeros(len(who))
    for visit in range(int(visits.max())):
        total += bank[rng.integers(len(bank), size=len(who)), who] * (visits > visit)
    return total


def cuped_rows() -> list[dict]:
    """What is left of the variance, and what the test then finds; 2,000 users an arm."""
    rng, users, rows = np.random.default_rng(16), 2_000, []
    world = shop(POOL, 2)
    p = {name: chances(name) for name in (OLD, MORE)}
    banks = {name: drawn(chances(name), seed) for seed, name in enumerate((OLD, MORE))}
    buys = world.true_chances(torch.arange(POOL), slates()[MORE])[1]
    known: dict[str, np.ndarray | None] = {"nothing": None}
    known |= {"1 earlier request": before(1), "5 earlier requests": before(5)}
    known |= expected(world.click_batch, slates()[OLD])
    often = rng.gamma(1.5, 2.0, POOL)  # visits in a week, of each user: mean 3, standard deviation 2.4
    trap, weeks = "purchases in the test", ("a week, nothing", "a week, the week before")
    for name in (*known, trap, *weeks):
        shares, called, false, sizes = [], [], [], []
        for _ in range(TESTS // 2):
            who = rng.integers(POOL, size=(3, users))
            y, x = [], []
            for arm, policy in enumerate((OLD, MORE, OLD)):
                if name in weeks:
                    past, now = rng.poisson(often[who[arm]], size=(2, users))
                    x.append(visited(banks[OLD], who[arm], past, rng))
                    y.append(visited(banks[policy], who[arm], now, rng))
                    continue
                click = rng.random((users, p[policy].shape[1])) < p[policy][who[arm]].numpy()
                y.append(click.sum(1))
                bought = (click & (rng.random(click.shape) < buys[who[arm]].numpy())).sum(1)
                held = known.get(name)
                x.append(bought if held is None else held[who[arm]])
            for pair, into in (((0, 1), called), ((0, 2), false)):
                a, b = (y[i] for i in pair)
                if "nothing" not in name:
                    line = fit_cuped(np.concatenate([a, b]), np.concatenate([x[i] for i in pair]))
                    a, b = (adjust(y[i], x[i], line) for i in pair)
                    shares.append(line.share)
                lift = compare_arms(a, b)
                into.append(lift.p_value < 0.05)
                if into is called:
                    sizes.append(lift.difference)
        gain = (p[MORE] - p[OLD]).sum(1).numpy()  # of each user, at a visit
        scale = float(often.mean()) if name in weeks else 1.0
        rows.append(
            {
                "variant": name,
                "settings": {"users": users, "visits": scale},
                "test": {
                    "variance left": float(np.mean(shares)) if shares else 1.0,
                    "found": float(np.mean(called)),
                    "false alarms": float(np.mean(false)),
                    "told": float(np.mean(sizes)),
                    "error": float(np.std(sizes)),
                    "difference": float((often * gain).mean() if name in weeks else gain.mean()),
                },
                "tests": TESTS // 2,
            }
        )
    return rows


def unit_rows() -> list[dict]:
    """No difference at all: what if requests are counted as if each had a user of its own?"""
    rng, users, each, rows = np.random.default_rng(17), 1_000, 10, []
    world, chance = shop(2_000, 3), torch.Generator().manual_seed(17)
    requests = world.requests(each, chance)
    p = (
        world.true_chances(requests, world.show(requests, chance))[0].sum(1).view(-1, each)
    )  # a request's mean
    one = world.true_chances(requests, world.show(requests, chance))[0].view(2_000, each, -1).numpy()
    called: dict[str, list] = {"request": [], "user": []}
    for _ in range(TESTS // 2):
        pair = []
        for _ in range(2):
            who = rng.integers(2_000, size=users)
            pair.append((rng.random((users, *one.shape[1:])) < one[who]).sum(2))  # (users, each)
        called["request"].append(compare_arms(*(arm.ravel() for arm in pair)).p_value < 0.05)
        called["user"].append(compare_arms(*(arm.mean(1) for arm in pair)).p_value < 0.05)
    for name, found in called.items():
        rows.append(
            {
                "variant": name,
                "settings": {"users": users, "requests": each},
                "test": {
                    "false alarms": float(np.mean(found)),
                    "variance of user means": float(p.mean(1).var()),
                    "variance of requests": float((p + 0).var() + (one * (1 - one)).sum(2).mean()),
                },
                "tests": TESTS // 2,
            }
        )
    return rows


def interleaving_rows() -> list[dict]:
    """Users that each way needs for power .8, and how often each finds the better policy with 500 users."""
    world, rows, few = shop(POOL, 2), [], 500
    rng = np.random.default_rng(18)
    for old, new in ((OLD, MORE), ("markov", "gru4rec"), ("gru4rec", "popularity"), ("markov", "popularity")):
        exact, chance = truth(old, new), torch.Generator().manual_seed(19)
        values, alone = [], []
        for _ in range(20):
            items, team = team_draft(slates()[old], slates()[new], world.settings.slate, chance)
            clicks = world.respond(torch.arange(POOL), items, chance).click
            own = (items[:, :, None] == slates()[new][:, None]).any(2) != (
                items[:, :, None] == slates()[old][:, None]
            ).any(2)
            values.append(credit(clicks, team).numpy())
            alone.append(credit(clicks & own, team).numpy())
        bank, unshared = np.stack(values), np.stack(alone)
        mean, spread = float(bank.mean()), float(bank.std())
        banks = [drawn(chances(name), seed, 20) for seed, name in enumerate((old, new))]
        a, b = arms(banks[0], banks[1], TESTS, few // 2, rng)
        c = bank[rng.integers(20, size=(TESTS, few)), rng.integers(POOL, size=(TESTS, few))]
        z = c.mean(1) / (c.std(1, ddof=1) / few**0.5)
        ab = [compare_arms(x, y) for x, y in zip(a, b, strict=True)]
        rows.append(
            {
                "variant": f"{old}, {new}",
                "settings": {"old": old, "new": new, "users": few},
                "test": {
                    **exact,
                    "credit": mean,
                    "credit spread": spread,
                    "unshared credit": float(unshared.mean()),
                    "users, unshared": users_needed(float(unshared.std()), float(unshared.mean())),
                    "shared": float(
                        (slates()[old][:, :, None] == slates()[new][:, None]).any(2).double().mean()
                    ),
                    "users, A/B": 2 * users_per_arm(exact["spread"], exact["difference"]),
                    "users, interleaved": users_needed(spread, mean),
                    "found, A/B": float(np.mean([one.p_value < 0.05 for one in ab])),
                    "found, interleaved": float((np.abs(z) > 1.959964).mean()),
                },
                "tests": TESTS,
            }
        )
    return rows


def made(part: str, found: list[dict]) -> list[dict]:
    origin = {"versions": versions(), "command": f"python benchmarks/ab_tests.py {part}", "commit": commit()}
    return [{"part": part, "seed": 2, **row, **origin} for row in found]


if __name__ == "__main__":
    parts = {
        "peeking": peeking,
        "power": power_rows,
        "cuped": cuped_rows,
        "unit": unit_rows,
        "interleaving": interleaving_rows,
        "logs": log_rows,
        "metrics": metric_rows,
    }
    file = RESULTS / "ab_tests.json"
    for part in sys.argv[1:] or parts:
        print(part, file=sys.stderr, flush=True)
        new = made(part, parts[part]())
        write_rows(file, [row for row in read_rows(file) if row["part"] != part] + new)
