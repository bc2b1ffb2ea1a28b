"""The case of page 13c, from a log to a decision: `python benchmarks/ab_case.py --seed S`, for S in 0, 1, 2.

Adds the parts `case` and `case test` to seqrec_lib/results/ab_tests.json, on one thread in about three
minutes a seed; seed 0 makes case_choice.json too, in about two more. The service is `shop`. Models learn
from 2,000 users (seed 1), 8 epochs, with three training seeds. They are measured three ways: NDCG@10 on
those users' last events; clicks estimated from the log of 8,000 other users (seed 2), item by item and
self-normalised, with the places' propensities drawn; and the exact clicks and purchases of those users.
Nothing was chosen by the last one. Then each new list plays one A/B test of a fixed size against the
service's own, and 500 more to say how often such a test would have decided to ship it.

Two of the contestants are choices, and what chose them stands in case_choice.json, by validation items alone:

- the article's model *searched*: the best of 12 trials (TPE) over step size, width, dropout and weight
  decay;
- the article's model *with moves*: the same training on item vectors that are moved against the model, in
  the best of four strengths. Its epochs take about twice the time.
"""

from __future__ import annotations

import argparse
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ab_tests import OLD, made, ranked_by, shop
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import evaluate, train
from seqrec_lib.ab import compare_arms, per_place, users_per_arm
from seqrec_lib.data import leave_one_out
from seqrec_lib.data.splits import Split
from seqrec_lib.experiments.search import search
from seqrec_lib.experiments.search_space import Choice, Range
from seqrec_lib.losses import named_loss
from seqrec_lib.losses.adversarial import Adversarial
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.models import build, find_recipe, recipe_settings
from seqrec_lib.models.baselines import Markov, Popularity
from seqrec_lib.training import fit
from seqrec_lib.training.random_state import seeded

FILE, CHOICE = RESULTS / "ab_tests.json", RESULTS / "case_choice.json"

ARTICLES = "lstm-attention"
TRAINED = ("gru4rec", ARTICLES, "sasrec")
SEARCHED, MOVED = f"{ARTICLES}, searched", f"{ARTICLES}, with moves"
USERS, POOL, TESTS = 2_000, 8_000, 500
WORTH = 0.05  # the smallest relative gain in clicks that would be worth a change
RISK = -0.02  # purchases may not be shown to fall by more than this share
HOW: dict[str, Any] = {"epochs": 8, "dim": 32, "lr": 1e-2, "max_len": 50, "patience": 0, "evaluate_every": 8}
QUIET: dict[str, Any] = {"progress": False, "device": "cpu"}
STRENGTHS = (0.25, 0.5, 1.0, 2.0)  # of the moves, in units of an item vector's mean norm
SPACE = {
    "lr": Range(1e-3, 3e-2, log=True),
    "dim": Choice((16, 32, 64)),
    "dropout": Range(0.0, 0.5),
    "weight_decay": Range(1e-3, 1.0, log=True),
}
TRIALS = 12
COMMAND = "python benchmarks/ab_case.py --seed "


@cache
def split() -> Split:
    """The users that models learn from."""
    return leave_one_out(shop(USERS, 1), max_len=50)


def moved(strength: float, seed: int) -> Any:
    """The article's model, trained on moved item vectors; all else as in ``HOW``."""
    of_model = {key: HOW[key] for key in ("dim", "max_len")}
    of_training = {key: value for key, value in HOW.items() if key not in of_model}
    with seeded(seed, torch.device("cpu")):
        model = build(recipe_settings(ARTICLES, split().log.n_items, **of_model))
    objective = Adversarial(NextItemObjective(named_loss("ce")), strength)
    usual = find_recipe(ARTICLES).training
    fit(model, split(), objective=objective, seed=seed, **{**usual, **of_training}, **QUIET)
    return model


def validated(model: Any) -> float:
    """NDCG@10 on the validation items."""
    return float(evaluate(model, split().validation, (10,), with_coverage=False)["NDCG@10"])


def choices() -> list[dict]:
    """A row for each trial of the search and each strength of the moves, all with training seed 0."""
    rest = {key: value for key, value in HOW.items() if key not in SPACE}
    found = search(ARTICLES, split(), trials=TRIALS, space=SPACE, seed=0, device="cpu", say=print, **rest)
    rows = [
        {"variant": SEARCHED, "settings": row["settings"], "validation": {"NDCG@10": row["value"]}}
        for row in found.rows
        if row["state"] == "complete"
    ]
    for strength in STRENGTHS:
        value = {"NDCG@10": validated(moved(strength, 0))}
        rows.append({"variant": MOVED, "settings": {"strength": strength}, "validation": value})
    return rows


def chosen(variant: str) -> dict[str, Any]:
    """The settings that validation chose."""
    rows = [row for row in read_rows(CHOICE) if row["variant"] == variant]
    if not rows:
        raise SystemExit("run --seed 0 first: it makes the choices")
    return max(rows, key=lambda row: row["validation"]["NDCG@10"])["settings"]


def contestants(seed: int) -> list[tuple[str, Any, dict[str, float]]]:
    """``(name, model, offline figures)``; what is counted has no seed and is made with seed 0 alone."""
    found: list[tuple[str, Any]] = []
    if seed == 0:
        found = [("popularity", Popularity(split().train_log)), ("markov", Markov(split().train_log))]
    found += [(name, train(name, split(), seed=seed, **HOW, **QUIET).model) for name in TRAINED]
    best = {**HOW, **chosen(SEARCHED)}
    found.append((SEARCHED, train(ARTICLES, split(), seed=seed, **best, **QUIET).model))
    found.append((MOVED, moved(chosen(MOVED)["strength"], seed)))
    rows = []
    for name, model in found:
        offline = evaluate(model, split().test, (10,), with_coverage=False)
        told = {key: float(offline[key]) for key in ("NDCG@10", "HR@10")}
        rows.append((name, model, {**told, "validation NDCG@10": validated(model)}))
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


def case_rows(seed: int) -> tuple[list[dict], list[dict]]:
    world = shop(POOL, 2)
    rows, tests = [], []
    if seed == 0:
        own = from_the_log(world.slates.items)
        rows = [{"variant": OLD, "settings": {"users": POOL}, "test": own, "tests": POOL}]
    for name, model, offline in contestants(seed):
        items = ranked_by(model, world.click_batch, world.settings.slate)
        test = {**offline, **from_the_log(items)}
        rows.append({"variant": name, "settings": {"users": POOL}, "test": test, "tests": POOL})
        found = tested(name, items)
        users = {"users": found.pop("users"), "worth": WORTH, "risk": RISK}
        tests.append({"variant": name, "settings": users, "test": found, "tests": TESTS})
    return rows, tests


def put(part: str, found: list[dict], seed: int, file: Path = FILE) -> None:
    """The rows of one part and one training seed, in the place of older ones."""
    new = [{**row, "training_seed": seed, "command": f"{COMMAND}{seed}"} for row in made(part, found)]
    kept = [r for r in read_rows(file) if (r["part"], r.get("training_seed", 0)) != (part, seed)]
    write_rows(file, kept + new)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, choices=(0, 1, 2), required=True, help="of training")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.seed == 0:
        put("case choice", choices(), 0, CHOICE)
    for each, what in zip(("case", "case test"), case_rows(given.seed), strict=True):
        put(each, what, given.seed)
