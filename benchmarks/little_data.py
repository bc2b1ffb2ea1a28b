"""Contrastive tasks beside SASRec on few users of `video`, each at its own tuned weight. Fresh users judge.

`python benchmarks/little_data.py --part NAME [--users N] [--seed S]` adds the rows that are missing to
seqrec_lib/results/little_data.json. One thread. Parts:

- ``tuning``: on the 300 users of seed 0, the plain model in four dropouts, then each task in four weights at
  the dropout that was best; validation chooses;
- ``gain``: each task at its weight on users of another seed, with as many optimiser steps as the plain model;
- ``meaning``: what each change of a history does to p(next item | history), by the oracle; no training;
- ``attributes-tuning``, ``attributes``: attribute tasks on `shop` (``little_data_attributes.py``);
- ``clicks-tuning``, ``clicks``: pseudo-labels and consistency on `ads` (``little_data_clicks.py``);
- ``questions``: questions to new users of `shop`, chosen by several rules (``little_data_questions.py``).

``fresh`` are 3,000 users of another seed of the same world: nobody trained on them or chose by them.
``against`` is the paired difference to ``none`` of the same seed and size over the fresh users.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import cache
from typing import Any

import numpy as np
import torch
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import evaluate, fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.splits import Split
from seqrec_lib.experiments.measure import measure_ceiling
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.baselines import BASELINES

FILE = RESULTS / "little_data.json"
KS = (10,)
FRESH_SEED, FRESH = 77, 3000
EPOCHS = {300: 40, 1000: 12, 4000: 3}  # 400, 384 and 375 steps
HOW: dict[str, Any] = {"batch_size": 32, "lr": 4e-3, "weight_decay": 0.0, "patience": 0}
SIZES: dict[str, Any] = {"dim": 32, "max_len": 50, "layers": 1}
DROPOUTS, WEIGHTS = (0.0, 0.2, 0.4, 0.6), (0.01, 0.03, 0.1, 0.3)
REPORTED = (1, 2, 3)
# The name of a variant, and its settings.
TASKS: dict[str, dict[str, Any]] = {
    "dropout": {"views": "dropout"},
    "crop-end": {"views": "crop-end"},
    "crop": {"views": "crop"},
    "mask": {"views": "mask"},
    "reorder": {"views": "reorder"},
    "substitute": {"views": "substitute"},
    "cl4srec": {"views": "cl4srec"},
    "same-target": {"views": "same-target"},
    "same-target, removed": {"views": "same-target", "false_negatives": "remove"},
}


@cache
def split_of(seed: int, users: int) -> Split:
    """Leave-one-out of the users of one seed."""
    return leave_one_out(simulate("video", users=users, seed=seed), max_len=50)


def trained(variant: str, strength: float, dropout: float, seed: int, users: int) -> tuple[Any, Any, float]:
    """``(model, history, seconds)``; ``strength`` is the weight of the task."""
    split = split_of(seed, users)
    changes = {**SIZES, "dropout": dropout}
    if variant != "none":
        changes |= {**TASKS[variant], "weight": strength}
    torch.manual_seed(seed)
    model = build(recipe_settings("sasrec" if variant == "none" else "cl4srec", split.log.n_items, **changes))
    epochs = EPOCHS[users]
    started = time.process_time()
    every = max(1, epochs // 8)
    history = fit(
        model, split, epochs=epochs, evaluate_every=every, seed=seed, device="cpu", progress=False, **HOW
    )
    return model.eval(), history, time.process_time() - started


def row_of(part: str, variant: str, strength: float, dropout: float, seed: int, users: int) -> dict[str, Any]:
    """A trained row, its fresh users' figures one by one under ``users_fresh``."""
    model, history, seconds = trained(variant, strength, dropout, seed, users)
    split = split_of(seed, users)
    size = f" --users {users} --seed {seed}" if part == "gain" else ""
    row = {
        "part": part,
        "variant": variant,
        "strength": dropout if variant == "none" else strength,
        "model": "sasrec" if variant == "none" else model.settings.model,
        "seed": seed,
        "world": "video",
        "users": users,
        "protocol": split.protocol,
        "settings": {**model.settings.as_dict(), **HOW, "epochs": EPOCHS[users]},
        "steps": history.epochs[-1]["steps"],
        "seconds": round(seconds, 2),
        "best_epoch": history.best_epoch,
        "validation": evaluate(model, split.validation, KS, with_coverage=False).metrics,
        "test": evaluate(model, split.test, KS, with_coverage=False).metrics,
        "device": "cpu",
        "versions": versions(),
        "command": f"python benchmarks/little_data.py --part {part}{size}",
        "commit": commit(),
    }
    if part == "gain":
        row["fresh"] = evaluate(model, split_of(FRESH_SEED, FRESH).test, KS, with_coverage=False)
    return row


def keep(row: dict[str, Any]) -> None:
    """Add ``row`` to the file, which is read again: another part may have written."""
    write_rows(FILE, [*read_rows(FILE), row])
    told = (row["part"], row["variant"], row.get("strength"), row.get("users"), row["seed"])
    print(*told, row.get("validation", {}).get("NDCG@10"), row.get("fresh"), file=sys.stderr, flush=True)


def known(**wanted: object) -> list[dict[str, Any]]:
    """The rows of the file whose fields equal ``wanted``."""
    return [row for row in read_rows(FILE) if all(row.get(key) == value for key, value in wanted.items())]


def chosen(variant: str) -> float:
    """The strength with the best validation figure on the users of seed 0."""
    rows = known(part="tuning", variant=variant)
    if len(rows) < len(DROPOUTS if variant == "none" else WEIGHTS):
        raise SystemExit(f"{variant}: run --part tuning first")
    return max(rows, key=lambda row: row["validation"]["NDCG@10"])["strength"]


def tune() -> None:
    """The plain model's dropout first, then the weight of each task."""
    for dropout in DROPOUTS:
        if not known(part="tuning", variant="none", strength=dropout):
            keep(row_of("tuning", "none", 0.0, dropout, 0, 300))
    dropout = chosen("none")
    for variant in TASKS:
        for weight in WEIGHTS:
            if not known(part="tuning", variant=variant, strength=weight):
                keep(row_of("tuning", variant, weight, dropout, 0, 300))


@cache
def ceiling() -> dict[str, float]:
    """The oracle's figures on the fresh users."""
    world = simulate("video", users=FRESH, seed=FRESH_SEED)
    return measure_ceiling(world, split_of(FRESH_SEED, FRESH), KS)[0]


def limits(split: Split) -> dict[str, Any]:
    """Floors and ceiling on the fresh users; floors count the users of ``split``, as models do."""
    fresh = split_of(FRESH_SEED, FRESH)
    kinds = BASELINES.values()
    floors = {
        kind.name: evaluate(kind(split.train_log), fresh.test, KS, with_coverage=False).metrics
        for kind in kinds
    }
    return {"floors": floors, "ceiling": ceiling()}


def gain(users: int, seed: int) -> None:
    """Each task at its weight, beside ``none`` of the same users."""
    if len(known(part="gain", users=users, seed=seed)) == len(TASKS) + 1:
        return
    plain: np.ndarray | None = None
    for variant in ("none", *TASKS):
        there = known(part="gain", variant=variant, users=users, seed=seed)
        if there and variant != "none":
            continue
        row = row_of("gain", variant, chosen(variant), chosen("none"), seed, users)
        found = row["fresh"]
        each = np.asarray(found.per_user["NDCG@10"])
        plain = each if plain is None else plain
        gap = each - plain
        row |= {
            "fresh": found.metrics["NDCG@10"],
            "against": {
                "difference": float(gap.mean()),
                "standard_error": float(gap.std(ddof=1) / len(gap) ** 0.5),
            },
        }
        if variant == "none":
            row |= limits(split_of(seed, users))
        if not there:
            keep(row)


def meaning(seed: int) -> None:
    """The oracle's divergence between each history and its changed copies."""
    from little_data_meaning import meaning_rows

    if not known(part="meaning", seed=seed):
        for row in meaning_rows(seed):
            keep(row)


def tune_clicks() -> None:
    """The weight of each way that has one."""
    from little_data_clicks import WAYS, WEIGHTS, clicks_row

    for way in (name for name, given in WAYS.items() if given is not None):
        for weight in WEIGHTS:
            if not known(part="clicks-tuning", variant=way, strength=weight):
                keep(clicks_row("clicks-tuning", way, weight, 0))


def clicks(seed: int) -> None:
    """Each way at the weight whose log-loss on validation was least."""
    from little_data_clicks import WAYS, clicks_row

    for way, given in WAYS.items():
        rows = known(part="clicks-tuning", variant=way)
        if given is not None and not rows:
            raise SystemExit(f"{way}: run --part clicks-tuning first")
        best = (
            min(rows, key=lambda row: row["validation"]["log-loss"])["strength"] if given is not None else 0.0
        )
        if not known(part="clicks", variant=way, seed=seed):
            keep(clicks_row("clicks", way, best, seed))


def ask(seed: int) -> None:
    """Questions to new users, chosen by each rule."""
    from little_data_questions import question_rows

    if not known(part="questions", seed=seed):
        for row in question_rows(seed):
            keep(row)


def tune_attributes() -> None:
    """The weight of the attribute tasks, with real and with shuffled attributes, on 300 users."""
    from little_data_attributes import WEIGHTS, attributes_row

    for way in ("attributes", "shuffled"):
        for weight in WEIGHTS:
            if not known(part="attributes-tuning", variant=way, strength=weight):
                keep(attributes_row("attributes-tuning", way, weight, 0, 300))


def attributes(users: int, seed: int) -> None:
    """The attribute tasks at their weights, beside ``none`` of the same users."""
    from little_data_attributes import attributes_row

    for way in ("none", "attributes", "shuffled"):
        rows = known(part="attributes-tuning", variant=way)
        best = max(rows, key=lambda row: row["validation"]["NDCG@10"])["strength"] if rows else 0.0
        if not known(part="attributes", variant=way, users=users, seed=seed):
            keep(attributes_row("attributes", way, best, seed, users))


PARTS = (
    "attributes-tuning",
    "attributes",
    "tuning",
    "gain",
    "meaning",
    "clicks-tuning",
    "clicks",
    "questions",
)
if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--users", type=int, choices=sorted(EPOCHS))
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    torch.set_num_threads(1)
    seeds = REPORTED if given.seed is None else (given.seed,)
    if given.part == "tuning":
        tune()
    elif given.part == "attributes-tuning":
        tune_attributes()
    elif given.part == "attributes":
        for one in seeds:
            attributes(300, one)
    elif given.part == "clicks-tuning":
        tune_clicks()
    elif given.part == "gain":
        for size in sorted(EPOCHS) if given.users is None else (given.users,):
            for one in seeds:
                gain(size, one)
    else:
        for one in seeds:
            {"meaning": meaning, "clicks": clicks, "questions": ask}[given.part](one)
