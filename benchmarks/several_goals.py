"""Clicks and purchases: what tasks may share, which rows teach purchases, and how goals are weighed.

`python benchmarks/several_goals.py --part NAME [--seed S]` adds the rows that are missing to
seqrec_lib/results/several_goals.json. One thread. The worlds: `shop` as it is, where clicked items are
bought as often as all others would be, and `shop` with clickbait, where what attracts clicks deters
purchases. Parts:

- ``tuning``: each form in the second world with each step size, on the users of seed 7; validation chooses,
  for both worlds;
- ``tasks``: each form at its step size, on the users of seeds 1, 2 and 3, against the exact
  p(purchase | click) of all impressions;
- ``weights``: in the second world, the shared bottom with purchases weighted more or less, and with
  gradients combined by MGDA and by PCGrad; these two have a step size of their own (``tuning``);
- ``lists``: in the second world, which clicks and purchases lists by the oracle and by trained models
  reach, for fresh users (seed 77), and what lists by diversity, novelty and price cost.

All forms have, beside the items' numbers, about as many parameters, and as many steps.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import torch
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import train
from seqrec_lib.data import World, simulate
from seqrec_lib.data.click_splits import ClickSplit, split_clicks
from seqrec_lib.evaluation.click_scores import evaluate_clicks
from seqrec_lib.evaluation.purchase_scores import model_chances, true_shares
from seqrec_lib.experiments.measure_clicks import measure_purchases
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.goals import (
    Shelf,
    best_lists,
    hypervolume,
    list_worth,
    marginal_relevance,
    shelf_of,
    weighted,
)
from seqrec_lib.models.recommender import ForeseesPurchases

FILE = RESULTS / "several_goals.json"
USERS, TUNED, REPORTED, FRESH, FRESH_SEED = 4000, 7, (1, 2, 3), 400, 77
WORLDS = {"no selection": 0.0, "selection": 1.5}  # strength of clickbait
LADDER = (5e-3, 1e-2, 2e-2, 4e-2, 8e-2)
HOW: dict[str, Any] = {"epochs": 5, "batch_size": 64, "patience": 0}
SHARED = {"separate": "esmm", "shared bottom": "shared-bottom", "MMoE": "mmoe", "PLE": "ple"}
FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    f"{name}, {space}": (recipe, {"space": space})
    for space in ("clicked", "entire")
    for name, recipe in SHARED.items()
}
BUY_WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0)
WEIGHED: dict[str, dict[str, Any]] = {
    **{f"weight {weight:g}": {"buy_weight": weight} for weight in BUY_WEIGHTS},
    "MGDA": {"combine": "mgda"},
    "PCGrad": {"combine": "pcgrad"},
}
SHARES = tuple(n / 20 for n in range(21))


@cache
def world_of(kind: str, seed: int, users: int = USERS) -> World:
    return simulate("shop", users=users, seed=seed, clickbait=WORLDS[kind])


@cache
def split_of(kind: str, seed: int) -> ClickSplit:
    return split_clicks(world_of(kind, seed), max_len=50, purchases=True)


def selection(kind: str, seed: int) -> dict[str, float]:
    """How the true p(purchase | click) of the test slates lies, of all and of those that were clicked."""
    split = split_of(kind, seed)
    true, clicked = true_shares(world_of(kind, seed), split.test).bought, split.test.labels > 0
    return {
        "all": float(true.mean()),
        "clicked": float(true[clicked].mean()),
        "unclicked": float(true[~clicked].mean()),
        "spread": float(true.std()),
    }


def trained(recipe: str, kind: str, seed: int, lr: float, **changes: Any) -> Any:
    return train(
        recipe, split_of(kind, seed), seed=seed, device="cpu", progress=False, lr=lr, **{**HOW, **changes}
    )


def usage(model: Any, split: ClickSplit) -> dict[str, list[float]] | None:
    """How much each task takes from each expert, mean over the test's impressions; None without gates."""
    if model.settings.sharing not in ("gates", "own-and-shared"):
        return None
    with torch.no_grad():
        shares = model.eval().gates(split.test, split.test.candidates).mean((0, 1))  # (2, E)
    return {"click": shares[0].tolist(), "purchase": shares[1].tolist()}


def row(
    part: str, variant: str, kind: str, seed: int, lr: float, recipe: str, changes: dict[str, Any]
) -> dict:
    run, split = trained(recipe, kind, seed, lr, **changes), split_of(kind, seed)
    model = run.model
    more: dict[str, Any] = {}
    best = run.history.epochs[run.history.best_epoch - 1]["validation"]
    if part != "tuning":
        more = {
            "purchases": measure_purchases(model, split, world_of(kind, seed)),
            "clicks": evaluate_clicks(model, split.test).metrics,
            "selection": selection(kind, seed),
            "experts": usage(model, split),
        }
    tables = ("embedding", "item", "item_bought", "place")
    return {
        "part": part,
        "variant": variant,
        "world": kind,
        "seed": seed,
        "lr": lr,
        "model": recipe,
        "protocol": split.protocol,
        "users": USERS,
        "settings": {**run.settings, **run.history.settings},
        "parameters": sum(
            p.numel() for name, p in model.named_parameters() if name.split(".")[0] not in tables
        ),
        **more,
        "validation": best,
        "device": "cpu",
        "versions": versions(),
        "command": f"python benchmarks/several_goals.py --part {part} --seed {seed}",
        "commit": commit(),
    }


def chosen(variant: str) -> float:
    """The step size with the best joint log-loss on validation of the users of the tuning seed."""
    rows = [r for r in read_rows(FILE) if (r["part"], r["variant"]) == ("tuning", variant)]
    if len(rows) < len(LADDER):
        raise SystemExit(f"{variant}: run --part tuning first")
    return float(min(rows, key=lambda r: r["validation"]["joint log-loss"])["lr"])


def wanted(part: str, seed: int) -> Iterator[tuple[str, str, float, str, dict[str, Any]]]:
    """``(variant, world, step size, recipe, changes)`` of each row."""
    if part == "tuning":
        for variant, (recipe, changes) in FORMS.items():
            yield from ((variant, "selection", lr, recipe, changes) for lr in LADDER)
        for variant in ("MGDA", "PCGrad"):
            yield from ((variant, "selection", lr, "shared-bottom", WEIGHED[variant]) for lr in LADDER)
    elif part == "tasks":
        for kind in WORLDS:
            for variant, (recipe, changes) in FORMS.items():
                yield variant, kind, chosen(variant), recipe, changes
    else:
        for variant, changes in WEIGHED.items():
            own = variant if variant in ("MGDA", "PCGrad") else "shared bottom, clicked"
            yield variant, "selection", chosen(own), "shared-bottom", changes


def front_of(truth: Shelf, seen: Shelf, goal: str = "purchase") -> list[dict[str, float]]:
    """What lists by each weight are worth in ``truth``, where items are chosen by ``seen``.

    Goals are divided by what they are worth at their own best list, as ``seen`` has it, so that weights
    mean the same everywhere.
    """
    places = len(truth.look)
    first, second = seen.click, getattr(seen, goal)
    size = [float((truth.look * each.topk(places, 1).values).sum(1).mean()) for each in (first, second)]
    points = []
    for weight in SHARES:
        lists = best_lists(weighted(first / size[0], second / size[1], weight), places)
        points.append({"weight": weight, **list_worth(truth, lists).means()})
    return points


def area(points: list[dict[str, float]], least: dict[str, float], goal: str = "purchases") -> float:
    cloud = torch.tensor([[p["clicks"], p[goal]] for p in points], dtype=torch.float64)
    return hypervolume(cloud, torch.tensor([least["clicks"], least[goal]], dtype=torch.float64))


def list_rows(seed: int) -> Iterator[dict[str, Any]]:
    """The oracle's front and those of models trained on the users of ``seed``, for the same fresh users."""
    world = world_of("selection", FRESH_SEED, FRESH)
    requests = world.click_batch
    requests.candidates = requests.labels = None
    truth = shelf_of(world, requests)
    places = len(truth.look)
    popular = truth.share.expand(FRESH, -1) * (truth.click > 0)
    least = list_worth(truth, best_lists(popular, places)).means()
    shared = {
        "part": "lists", "world": "selection", "seed": seed, "protocol": "lists-new-users", "users": FRESH,
        "device": "cpu", "versions": versions(), "commit": commit(),
        "command": f"python benchmarks/several_goals.py --part lists --seed {seed}",
        "floors": {"popularity": least}, "settings": {"fresh seed": FRESH_SEED, "places": places},
    }  # fmt: skip
    exact = front_of(truth, truth)
    for variant in ("shared bottom, clicked", "separate, entire"):
        recipe, changes = FORMS[variant]
        model = trained(recipe, "selection", seed, chosen(variant), **changes).model
        assert isinstance(model, ForeseesPurchases)
        seen = truth.believed(model_chances(model, requests))
        open_to = truth.click > 0  # what was seen cannot come again, and every list knows that
        seen = Shelf(seen.click * open_to, seen.purchase * open_to, *list(vars(seen).values())[2:])
        points = front_of(truth, seen)
        share = area(points, least) / area(exact, least)
        yield {**shared, "variant": variant, "model": recipe, "front": points, "hypervolume": share}
    if seed != REPORTED[0]:
        return  # the rest is not trained: it is the same for every seed
    yield {**shared, "variant": "oracle", "model": "oracle", "front": exact, "hypervolume": 1.0}
    yield {
        **shared, "variant": "oracle, revenue", "model": "oracle", "front": front_of(truth, truth, "revenue"),
    }  # fmt: skip
    alike = (truth.category[:, None] == truth.category[None]).double()
    scaled = truth.click / truth.click.amax(1, keepdim=True)
    rarity = -truth.share.clamp(min=0.5 * float(truth.share[1:].min())).log2()
    rarity = (rarity / rarity[1:].max()).expand(FRESH, -1) * (truth.click > 0)
    dear = (truth.price / truth.price.max()).expand(FRESH, -1) * (truth.click > 0)
    ways = {
        "diversity": lambda share: marginal_relevance(scaled, alike, places, 1 - share),
        "novelty": lambda share: best_lists(weighted(scaled, rarity, share), places),
        "price": lambda share: best_lists(weighted(scaled, dear, share), places),
    }
    for variant, way in ways.items():
        shares = [n / 10 for n in range(11)]
        points = [{"weight": share, **list_worth(truth, way(share)).means()} for share in shares]
        yield {**shared, "variant": f"oracle, {variant}", "model": "oracle", "front": points}


def keep(new: dict[str, Any]) -> None:
    write_rows(FILE, [*read_rows(FILE), new])
    print(new["part"], new["variant"], new["world"], new["seed"], new.get("lr"), file=sys.stderr, flush=True)


def known(part: str, variant: str, kind: str, seed: int, lr: float | None) -> bool:
    labels = (part, variant, kind, seed, lr)
    return any(
        (r["part"], r["variant"], r["world"], r["seed"], r.get("lr")) == labels for r in read_rows(FILE)
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("tuning", "tasks", "weights", "lists"), required=True)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    torch.set_num_threads(1)
    seeds = (TUNED,) if given.part == "tuning" else REPORTED if given.seed is None else (given.seed,)
    for one in seeds:
        if given.part == "lists":
            for new in list_rows(one):
                if not known("lists", new["variant"], "selection", one, None):
                    keep(new)
            continue
        for variant, kind, lr, recipe, changes in wanted(given.part, one):
            if not known(given.part, variant, kind, one, lr):
                keep(row(given.part, variant, kind, one, lr, recipe, changes))
