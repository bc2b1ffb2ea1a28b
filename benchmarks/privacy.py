"""What a model gives away, what privacy costs, federated averaging, and forgetting, on small logs of `video`.

`python benchmarks/privacy.py --part NAME [--seed S]` adds the rows that are missing to
seqrec_lib/results/privacy.json. One thread. Fresh users, of another seed of the same world, are those for
whom a model ranks, and the non-members of the attacks. Parts:

- ``tuning``: step size and clip of private training at ε = 4, and step sizes of federated averaging, on the
  users of seed 0; the best by validation is chosen;
- ``private``: 2,000 users: trained to the end, regularised, and within several ε, on seeds 1, 2 and 3;
- ``users``: ε = 4, and next to no noise, on 500 and on 4,000 users, in as many steps;
- ``lira``: 400 users, of whom each of 14 models has half: three of them attacked by the other thirteen;
- ``federated``: 400 users at one client and at 40, split at random or by true type, in equal passes;
- ``shards``: 400 users in 1, 4 and 16 shards, and what it takes to forget one user.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from typing import Any

import torch
from privacy_runs import (
    FEDERATED_USERS,
    HOW_SHARED,
    PASSES,
    SIZES,
    attacked,
    federated,
    new_model,
    overfit,
    private,
    regularised,
    row_of,
    split_of,
    surprise_of,
)
from rows import RESULTS, read_rows, write_rows

from seqrec_lib.privacy import Shards, auc, calibrated, likelihood_ratio, true_positives_at, user_losses

FILE = RESULTS / "privacy.json"
REPORTED = (1, 2, 3)
USERS = 2000
TARGETS = (1.0, 2.0, 4.0, 8.0, float("inf"))
TRIED = ((0.01, 1.0), (0.02, 1.0), (0.01, 0.3))
AT = 4.0
STEP_SIZES = (0.004, 0.012, 0.036, 0.1)
ROUNDS = {"pooled": 16, "random": 16, "type": 16, "random, 4 rounds": 4}
POOL, SHADOWS, TARGET_MODELS = 400, 14, 3


def known(**wanted: object) -> dict[str, Any] | None:
    """The row of the file whose fields equal ``wanted``."""
    rows = read_rows(FILE)
    same = (row for row in rows if all({**row["settings"], **row}.get(k) == v for k, v in wanted.items()))
    return next(same, None)


def keep(row: dict[str, Any], started: float) -> None:
    """Add ``row`` to the file, with the processor's seconds that it took."""
    row["cpu_seconds"] = round(time.process_time() - started, 1)
    write_rows(FILE, [*read_rows(FILE), row])
    told = (row["part"], row["variant"], row["seed"], row["test"]["NDCG@10"], row["cpu_seconds"])
    print(*told, file=sys.stderr, flush=True)


def name_of(target: float) -> str:
    """What a run within ε = ``target`` is called."""
    return "clipped, no noise" if target == float("inf") else f"epsilon {target:g}"


def kind_of(variant: str) -> str:
    """How the rows of a federated variant are shared out."""
    return variant.partition(",")[0]


def tune() -> None:
    """Step sizes and clips, on the users of seed 0."""
    for lr, clip in TRIED:
        variant = name_of(AT)
        if known(part="tuning", variant=variant, lr=lr, clip=clip) is None:
            started = time.process_time()
            keep(row_of("tuning", variant, 0, USERS, *private(split_of(0, USERS), 0, AT, lr, clip)), started)
    for variant, rounds in ROUNDS.items():
        for lr in STEP_SIZES:
            if known(part="tuning", variant=variant, lr=lr) is None:
                started = time.process_time()
                made = federated(kind_of(variant), 0, lr, rounds)
                keep(row_of("tuning", variant, 0, FEDERATED_USERS, *made), started)


def chosen(variant: str) -> dict[str, Any]:
    """The settings with the best validation figure on the users of seed 0."""
    rows = [row for row in read_rows(FILE) if (row["part"], row["variant"]) == ("tuning", variant)]
    if not rows:
        raise SystemExit(f"{variant}: run --part tuning first")
    return max(rows, key=lambda row: row["validation"]["NDCG@10"])["settings"]


def privately(part: str, seed: int, users: int, target: float) -> None:
    """A row of private training within ε = ``target``."""
    if known(part=part, variant=name_of(target), seed=seed, users=users) is None:
        started, best, split = time.process_time(), chosen(name_of(AT)), split_of(seed, users)
        made = private(split, seed, target, best["lr"], best["clip"])
        keep({**row_of(part, name_of(target), seed, users, *made), "attack": attacked(made[0], split, seed)},
             started)  # fmt: skip


def report(seed: int) -> None:
    """The curve of ε, beside the same model without any such care."""
    for way in (overfit, regularised):
        if known(part="private", variant=way.__name__, seed=seed) is None:
            started, split = time.process_time(), split_of(seed, USERS)
            made = way(split, seed)
            row = row_of("private", way.__name__, seed, USERS, *made)
            keep({**row, "attack": attacked(made[0], split, seed)}, started)
    for target in TARGETS:
        privately("private", seed, USERS, target)


def shadowed(way_name: str) -> None:
    """One way of training under LiRA: each of three models is attacked, with all the others as shadows."""
    split, best = split_of(0, POOL), chosen(name_of(AT))
    ways = {
        "overfit": overfit,
        "regularised": regularised,
        name_of(AT): lambda part, seed: private(part, seed, AT, best["lr"], best["clip"]),
    }
    if known(part="lira", variant=way_name) is not None:
        return
    started, models, losses, inside = time.process_time(), [], [], []
    for seed in range(SHADOWS):
        draw = torch.Generator().manual_seed(1000 + seed // 2)
        member = torch.zeros(POOL, dtype=torch.bool)
        member[torch.randperm(POOL, generator=draw)[: POOL // 2]] = True
        member = ~member if seed % 2 else member  # in pairs, so that each user is in half of all models
        part = replace(split, train=split.train.rows(member))
        model, settings = ways[way_name](part, seed)
        models.append((model, settings))
        losses.append(user_losses(model, split.train))
        inside.append(member)
    for target in range(TARGET_MODELS):
        others = [n for n in range(SHADOWS) if n != target]
        stacked, members = torch.stack(losses), torch.stack(inside)
        own, member = stacked[target], members[target]
        scores = {
            "raw": -own,
            "calibrated": calibrated(own, surprise_of(0, POOL)),
            "lira": likelihood_ratio(own, stacked[others], members[others]),
        }
        attack = {
            name: {"auc": auc(score, member), "tpr": true_positives_at(score, member)}
            for name, score in scores.items()
        }
        row = row_of("lira", way_name, target, POOL, *models[target])
        keep({**row, "attack": attack, "command": "python benchmarks/privacy.py --part lira"}, started)


def federate(seed: int) -> None:
    """Each way of sharing the rows out, at its chosen step size."""
    for variant, rounds in ROUNDS.items():
        if known(part="federated", variant=variant, seed=seed) is None:
            started = time.process_time()
            made = federated(kind_of(variant), seed, chosen(variant)["lr"], rounds)
            keep(row_of("federated", variant, seed, FEDERATED_USERS, *made), started)


def shard(seed: int) -> None:
    """Shards at the step size of pooled training, and the cost of forgetting one user."""
    how = {**HOW_SHARED, "lr": chosen("pooled")["lr"], "epochs": PASSES}
    for count in (1, 4, 16):
        if known(part="shards", variant=f"{count} shards", seed=seed) is None:
            started = time.process_time()
            made = Shards(split_of(seed, FEDERATED_USERS), lambda: new_model(seed), count, seed, how)
            model, settings = made.ensemble(), {**SIZES, **how, "shards": count}
            row = row_of("shards", f"{count} shards", seed, FEDERATED_USERS, model, settings)
            keep({**row, "rows_to_forget": made.forget(5)}, started)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = ("tuning", "private", "users", "lira", "federated", "shards")
    parser.add_argument("--part", choices=parts, required=True)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    torch.set_num_threads(1)
    seeds = REPORTED if given.seed is None else (given.seed,)
    if given.part == "tuning":
        tune()
    elif given.part == "lira":
        for way in ("overfit", "regularised", name_of(AT)):
            shadowed(way)
    else:
        for one in seeds:
            if given.part == "users":
                for number in (500, 4000):
                    for target in (AT, float("inf")):
                        privately("users", one, number, target)
            else:
                {"private": report, "federated": federate, "shards": shard}[given.part](one)
