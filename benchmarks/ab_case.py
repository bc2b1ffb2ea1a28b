"""The case of page 13c, from a log to a decision: `python benchmarks/ab_case.py`.

Adds the parts `case` and `case test` to seqrec_lib/results/ab_tests.json, on one thread in about two minutes.
The service is `shop`. Models learn from 2,000 users (seed 1), 32 wide, 8 epochs, in one run each. They are
measured three ways: NDCG@10 on those users' last events; clicks estimated from the log of 8,000 other users
(seed 2), item by item and self-normalised, with the places' propensities drawn; and the exact clicks and
purchases of those users. Nothing was chosen by the last one. Then each new list plays one A/B test of a fixed
size against the service's own, and 500 more to say how often such a test would have decided to ship it.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import numpy as np
import torch
from ab_tests import OLD, made, ranked_by, shop
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import evaluate, train
from seqrec_lib.ab import compare_arms, per_place, users_per_arm
from seqrec_lib.data import leave_one_out
from seqrec_lib.models.baselines import Markov, Popularity

TRAINED, USERS, POOL, TESTS = ("gru4rec", "lstm-attention"), 2_000, 8_000, 500
WORTH = 0.05  # the smallest relative gain in clicks that would be worth a change
RISK = -0.02  # purchases may not be shown to fall by more than this share


def contestants() -> list[tuple[str, Any, dict[str, float]]]:
    """``(name, model, offline figures)``."""
    split = leave_one_out(shop(USERS, 1), max_len=50)
    found: list[tuple[str, Any]] = [
        ("popularity", Popularity(split.train_log)),
        ("markov", Markov(split.train_log)),
    ]
    how: dict[str, Any] = {"epochs": 8, "dim": 32, "lr": 1e-2, "max_len": 50, "patience": 0}
    how |= {"progress": False, "device": "cpu", "evaluate_every": 8}
    found += [(name, train(name, split, **how).model) for name in TRAINED]
    rows = []
    for name, model in found:
        offline = evaluate(model, split.test, (10,), with_coverage=False)
        rows.append((name, model, {key: float(offline[key]) for key in ("NDCG@10", "HR@10")}))
        print(rows[-1][0], rows[-1][2], file=sys.stderr, flush=True)
    return rows


@cache
def propensities() -> torch.Tensor:
    """``(U, K)``: how likely the service shows each item of its log at its place."""
    world = shop(POOL, 2)
    return world.propensity(torch.arange(POOL), world.slates.items, draws=32).value.clamp(min=1e-9)


def drawn(p: torch.Tensor, seed: int) -> np.ndarray:
    """``(20, U)``: how many of independent events of chance ``p`` ``(U, K)`` happen, twenty times."""
    chance = torch.Generator().manual_seed(seed)
    draws = [(torch.rand(p.shape, generator=chance, dtype=p.dtype) < p).sum(1) for _ in range(20)]
    return torch.stack(draws).numpy()


def from_the_log(items: torch.Tensor) -> dict[str, float]:
    """What the log of the pool says of lists that it hardly ever showed, and the exact answer."""
    world = shop(POOL, 2)
    shown, clicks = world.slates.items, world.slates.click
    logged = propensities()
    # The service's own policy is a chance for each list; every other one here shows a single list.
    wanted = logged if items is shown else (shown == items).double()
    told = per_place(clicks, wanted, logged, normalise=True)
    click, buy = world.true_chances(torch.arange(POOL), items)
    return {
        "estimate": told.value,
        "error": told.error,
        "weight": told.weight,
        "effective": told.effective,
        "clicks": float(click.sum(1).mean()),
        "purchases": float((click * buy).sum(1).mean()),
        "coverage": len(items.unique()) / world.n_items,
    }


def tested(name: str, items: torch.Tensor) -> dict[str, Any]:
    """One test of a fixed size, what it decides, and how often 2,000 such tests would decide to ship."""
    world, rng = shop(POOL, 2), np.random.default_rng(20)
    own, everyone = world.slates.items, torch.arange(POOL)
    chance = {key: world.true_chances(everyone, lists) for key, lists in ((OLD, own), (name, items))}
    spread = float(chance[OLD][0].sum(1).var() + (lambda p: p * (1 - p))(chance[OLD][0]).sum(1).mean()) ** 0.5
    base = float(chance[OLD][0].sum(1).mean())
    users = users_per_arm(spread, WORTH * base)
    clicks = {key: drawn(pair[0], 1) for key, pair in chance.items()}
    buys = {key: drawn(pair[0] * pair[1], 2) for key, pair in chance.items()}
    shipped = []
    for number in range(TESTS):
        arms = [(rng.integers(20, size=users), rng.integers(POOL, size=users)) for _ in range(2)]
        click = compare_arms(clicks[OLD][arms[0]], clicks[name][arms[1]])
        buy = compare_arms(buys[OLD][arms[0]], buys[name][arms[1]])
        shipped.append(click.low > 0 and buy.low > RISK * buy.base)
        if number == 0:
            first = {
                "clicks": [click.difference, click.low, click.high],
                "purchases": [buy.difference, buy.low, buy.high],
                "ship": bool(shipped[0]),
            }
    exact = [float(chance[key][0].sum(1).mean()) for key in (OLD, name)]
    return {**first, "shipped": float(np.mean(shipped)), "users": users, "exact": exact[1] - exact[0]}


def case_rows() -> tuple[list[dict], list[dict]]:
    world = shop(POOL, 2)
    own = from_the_log(world.slates.items)
    rows = [{"variant": OLD, "settings": {"users": POOL}, "test": own, "tests": POOL}]
    tests = []
    for name, model, offline in contestants():
        items = ranked_by(model, world.click_batch, world.settings.slate)
        test = {**offline, **from_the_log(items)}
        rows.append({"variant": name, "settings": {"users": POOL}, "test": test, "tests": POOL})
        found = tested(name, items)
        users = {"users": found.pop("users"), "worth": WORTH, "risk": RISK}
        tests.append({"variant": name, "settings": users, "test": found, "tests": TESTS})
    return rows, tests


if __name__ == "__main__":
    file = RESULTS / "ab_tests.json"
    case, test = case_rows()
    for part, found in (("case", case), ("case test", test)):
        new = [{**row, "command": "python benchmarks/ab_case.py"} for row in made(part, found)]
        write_rows(file, [row for row in read_rows(file) if row["part"] != part] + new)
