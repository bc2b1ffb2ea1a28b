"""Heads of chapter 7 on clicks whose true probabilities are known, over three seeds.

`python benchmarks/clicks.py --part NAME [--seed S]` adds the rows that are missing to
seqrec_lib/results/clicks.json. Parts, in the order in which they are made:

- ``lr``: the step size of each head, chosen by validation on the users of seed 2 of the world `ads`, on a
  ladder that is climbed until the best is not at its end;
- ``heads``: every head on `ads` and on `shop`;
- ``crossings``: heads on `ads` with taste alone, and with succession and triggers alone;
- ``din``: DIN with and without softmax, with Dice, and with nobody weighing the history;
- ``dien``: the gate of the paper and of the published code, each with and without the auxiliary loss, on
  `ads` and on `shop`;
- ``negatives``: all clicks and a share of the rest, before and after the repair.

4,000 users, three requests each along their history; the logging policy fills the slates, true types
answer. 3,200 users are trained on, 400 choose, 400 are the test. All heads have the same slates, the same
number of steps and vectors of 16 numbers, of which the factorisation machine has three an item and logistic
regression none; model, floors and oracle are told the places.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import torch
from rows import RESULTS, read_rows, write_rows
from step_sizes import best_step_size

from seqrec_lib import fit
from seqrec_lib.data import simulate
from seqrec_lib.data.click_splits import ClickSplit, split_slates, thin_out
from seqrec_lib.data.worlds import World
from seqrec_lib.evaluation.calibration import calibration_error, undo_downsampling
from seqrec_lib.evaluation.click_scores import (
    METRICS,
    ClickScores,
    click_difference,
    evaluate_clicks,
    scores_of,
)
from seqrec_lib.experiments.measure_clicks import click_floors
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import build, find_recipe

FILE = RESULTS / "clicks.json"
USERS, EACH, MAX_LEN = 4000, 3, 50
REPORTED, TRIED = 1, 2  # seeds of the worlds
HEADS = ("logistic", "fm", "mlp-clicks", "din", "dien")
TRAINING = {"epochs": 2, "batch_size": 32, "weight_decay": 1e-2, "schedule": "cosine", "patience": 0,
            "evaluate_every": 2, "precision": "fp32"}  # fmt: skip
STEP_SIZES, LADDER = (2e-3, 6e-3, 2e-2), (2e-3, 6e-3, 2e-2, 6e-2, 2e-1)
SIZES = {"dim": 16, "dropout": 0.1, "places": True}
KEPT = (1.0, 0.3, 0.1)
# `ads` with one kind of cause alone; intensities add up to about what they were.
WORLDS = {
    "ads": ("ads", {}),
    "shop": ("shop", {}),
    "taste alone": ("ads", {"succession": 0.0, "trigger": 0.0, "taste": 1.2, "sharpness": 2.0}),
    "calls alone": ("ads", {"taste": 0.01, "popularity": 0.4, "trigger": 4.0}),
}
# Each part: its variants (name, recipe, settings), the first of which the others are held against.
VARIANTS = {
    "heads": [(name, name, {}) for name in ("mlp-clicks", "logistic", "fm", "din", "dien")],
    "crossings": [(name, name, {}) for name in ("mlp-clicks", "logistic", "fm", "din")],
    "din": [
        ("softmax", "din", {}),
        ("no softmax", "din", {"normalise": False}),
        ("softmax, Dice", "din", {"activation": "dice"}),
        ("no softmax, Dice", "din", {"normalise": False, "activation": "dice"}),
        ("mean", "din", {"reader": "mean"}),
    ],
    "dien": [
        ("paper's gate, auxiliary loss", "dien", {}),
        ("paper's gate", "dien", {"auxiliary": 0.0}),
        ("code's gate, auxiliary loss", "dien", {"gate": "code"}),
        ("code's gate", "dien", {"gate": "code", "auxiliary": 0.0}),
    ],
    "negatives": [(f"kept {kept:g}", "mlp-clicks", {"kept": kept}) for kept in KEPT],
}
PLACES = {"heads": ("ads", "shop"), "dien": ("ads", "shop"), "crossings": ("taste alone", "calls alone")}


@cache
def served(name: str, seed: int) -> tuple[World, ClickSplit, ClickScores]:
    """``(world, slates in three parts, the oracle on the test)``."""
    base, changes = WORLDS[name]
    world = simulate(base, users=USERS, seed=seed, **changes)
    chance = [torch.Generator().manual_seed(1000 * seed + n) for n in range(3)]
    requests = world.requests(EACH, chance[0])
    slates = world.show(requests, chance[1])
    clicks = world.respond(requests, slates, chance[2]).click
    batch = replace(requests, candidates=slates, labels=clicks.double())
    split = split_slates(batch, world.log, MAX_LEN)
    b = split.test
    return (
        world,
        split,
        scores_of(b, world.click_oracle(b.items, b.times, b.lengths, b.query_time, b.candidates)),
    )


@cache
def limits(name: str, seed: int) -> dict:
    """Floors, ceiling and sizes on the test slates."""
    _, split, oracle = served(name, seed)
    return {
        "floors": {each: scores.metrics for each, scores in click_floors(split).items()},
        "ceiling": oracle.metrics,
        "data": {
            **split.log.describe(),
            "slates": {part: len(getattr(split, part)) for part in ("train", "validation", "test")},
            "clicks": int(split.train.labels.sum()),
        },
    }


def trained(recipe: str, changes: dict, name: str, world_seed: int, seed: int, lr: float):
    """``(model, settings for the row)``: a head after the steps that all heads have."""
    changes = {**changes}
    kept = changes.pop("kept", 1.0)
    _, split, _ = served(name, world_seed)
    if kept < 1:
        split = replace(split, train=thin_out(split.train, kept, seed))
    family = find_recipe(recipe)
    usual, _ = family.defaults(clicks=True)
    sizes = {**SIZES, **({"width": 24} if recipe == "din" else {})}
    made = {**usual, **sizes, **changes, "max_len": MAX_LEN}
    if not made.get("crossed", True):
        made.pop("dim")
    if made.get("reader") == "mean":
        made = {key: value for key, value in made.items() if key not in ("normalise", "distance", "width")}
        settings = family.family(model=recipe, n_items=split.log.n_items, **made)
    else:
        settings = family.with_settings(recipe, split.log.n_items, **made)
    torch.manual_seed(seed)
    model = build(settings)
    history = fit(model, split, lr=lr, seed=seed, progress=False, device="cpu", loss="bce", **TRAINING)
    told = {**settings.as_dict(), **TRAINING, "lr": lr, "kept": kept}
    return model, told, history.best


def tried(recipe: str) -> dict[float, float]:
    """``{step size: validation log-loss}`` of the rows of the part ``lr``."""
    rows = [row for row in read_rows(FILE) if row["part"] == "lr" and row["model"] == recipe]
    return {row["settings"]["lr"]: row["validation"]["log-loss"] for row in rows}


def chosen_lr(recipe: str) -> float:
    """The step size with the lowest validation log-loss, which must not be at an end of those tried."""
    found = tried(recipe)
    best = min(found, key=lambda lr: found[lr], default=0.0)
    if best in (0.0, min(found), max(found)):
        raise SystemExit(f"make the part lr first: {recipe} was tried at {sorted(found)}")
    return best


def tune(recipe: str) -> None:
    """Make the rows of the part ``lr``: one seed each, on users that no other row reports on."""

    def value(lr: float) -> float:
        if lr not in tried(recipe):
            model, settings, best = trained(recipe, {}, "ads", TRIED, 0, lr)
            scores = evaluate_clicks(model, served("ads", TRIED)[1].test)
            row = row_of("lr", f"{lr:g}", recipe, "ads", 0, settings, best, scores, TRIED)
            print(recipe, lr, row["validation"], file=sys.stderr, flush=True)
            keep([row], "lr")
        return -tried(recipe)[lr]

    best_step_size(value, STEP_SIZES, LADDER)


def seed_rows(part: str, name: str, seed: int) -> list[dict]:
    """All variants of a part on one world with one seed, each held against the first."""
    _, split, oracle = served(name, REPORTED)
    found, first = [], None
    for variant, recipe, changes in VARIANTS[part]:
        model, settings, best = trained(recipe, changes, name, REPORTED, seed, chosen_lr(recipe))
        scores = evaluate_clicks(model, split.test)
        first = scores if first is None else first
        row = row_of(part, variant, recipe, name, seed, settings, best, scores, REPORTED)
        row["calibration"] = calibration(scores, oracle)
        row["minus_first"] = {metric: difference(scores, first, metric) for metric in METRICS}
        row["first"] = VARIANTS[part][0][0]
        if part == "negatives":
            kept = settings["kept"]
            mended = replace(scores, probabilities=undo_downsampling(scores.probabilities, kept))
            row["repaired"] = {**mended.metrics, "calibration": calibration(mended, oracle)}
        found.append(row)
        print(part, name, variant, seed, row["test"], file=sys.stderr, flush=True)
    return found


def difference(a: ClickScores, b: ClickScores, metric: str) -> list[float]:
    """Mean, low, high of ``a - b``, paired over users."""
    apart = click_difference(a, b, metric)
    return [apart.mean, apart.low, apart.high]


def calibration(scores: ClickScores, oracle: ClickScores) -> dict[str, float]:
    """Expected calibration error against what happened and against what was true."""
    return {
        "against labels": calibration_error(scores.probabilities, scores.labels),
        "against truth": calibration_error(scores.probabilities, oracle.probabilities),
        "mean probability": float(np.mean(scores.probabilities)),
    }


def row_of(part, variant, recipe, name, seed, settings, validation, scores, world_seed) -> dict:
    """The fields that every row has."""
    return {
        "part": part,
        "variant": variant,
        "way": f"{variant}, {name}",
        "world": name,
        "world_seed": world_seed,
        "model": recipe,
        "seed": seed,
        "protocol": "clicks-new-users",
        "settings": settings,
        "validation": validation,
        "test": scores.metrics,
        "test_intervals": scores.intervals(),
        **limits(name, world_seed),
    }


def find_row(**wanted: object) -> bool:
    return any(all(row.get(key) == value for key, value in wanted.items()) for row in read_rows(FILE))


def keep(rows: list[dict], part: str) -> None:
    """Add rows to the file, which is read again: another part may have written meanwhile."""
    made = {"device": "cpu", "versions": versions(), "commit": commit()}
    made["command"] = f"python benchmarks/clicks.py --part {part}"
    write_rows(FILE, [*read_rows(FILE), *({**row, **made} for row in rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("lr", *VARIANTS), required=True)
    parser.add_argument("--seed", type=int, choices=(0, 1, 2))
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.part == "lr":
        for recipe in HEADS:
            tune(recipe)
        return
    for seed in range(3) if given.seed is None else (given.seed,):
        for name in PLACES.get(given.part, ("ads",)):
            if not find_row(part=given.part, world=name, seed=seed):
                keep(seed_rows(given.part, name, seed), given.part)


if __name__ == "__main__":
    main()
