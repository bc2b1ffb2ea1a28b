"""Hidden items or the next one, both ways or back, CE or BCE; and convolutions beside them, on `video`.

`python benchmarks/masked.py --seed S` adds the rows of one seed to seqrec_lib/results/masked.json. `--tune`
makes the rows by which step sizes are chosen, on the users of another seed of the world (0). `--longer` adds
a row of one variant that goes on to 256 epochs, with nothing it is paired with. One thread.

All variants have the same users, the same width and the same number of optimiser steps; the step size of each
is the best of three after 24 epochs, on validation items of those other users. It stays constant, so that one
run can be looked at after 4, 8, 16, 32 and 64 epochs: `by_epochs` has the test figures then, `validation` and
`test` those of the end. No epoch is chosen. A row of training holds as many targets for the loss of the next
item as it has items; for that of hidden items it holds a fifth of them.

`against` is the paired difference, over the same test users, to the SASRec of the same seed that was trained
with full cross-entropy: at each of those lengths, and between the two at their own best length on validation.
`by_cause` slices the test users by what called for the target.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import torch
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import evaluate
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World
from seqrec_lib.experiments.measure import measure_ceiling, measure_floors
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.losses.objectives import usual_objective
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.training import TrainingSettings
from seqrec_lib.training.loop import Clock, train_epoch
from seqrec_lib.training.optimiser import make_optimiser
from seqrec_lib.training.progress import make_progress
from seqrec_lib.training.random_state import seeded
from seqrec_lib.training.settings import find_loss

FILE = RESULTS / "masked.json"
KS = (1, 5, 10, 20)
TUNING, REPORT = 0, 1  # the world's seeds
USERS = {TUNING: 1000, REPORT: 1500}
LOOKS = (4, 8, 16, 32, 64)
LONGER, GOES_ON = (64, 128, 256), "masked, both ways, CE"
TUNED_FOR = 24
RATES = (0.001, 0.003, 0.009)
SURE = 0.9  # the least share of a single past event that counts as its being the cause
SIZES = {"max_len": 50, "dim": 32, "dropout": 0.2}
BLOCKS = {"layers": 2, "heads": 2, "ff_width": 64}
LIKE_SASREC = {**BLOCKS, "frame": "sasrec", "norm": "pre"}


@dataclass(frozen=True)
class Variant:
    """One contestant: ``looks`` and ``targets`` say what a row of the table says."""

    name: str
    recipe: str
    loss: str
    looks: str
    targets: str
    changes: Mapping[str, object] = field(default_factory=dict)
    epochs: int = LOOKS[-1]


VARIANTS = (
    Variant("SASRec, CE", "sasrec", "ce", "back", "next", BLOCKS),
    Variant("SASRec, BCE", "sasrec", "bce", "back", "next", BLOCKS),
    Variant("masked, both ways, CE", "bert4rec", "ce", "both", "hidden", LIKE_SASREC),
    Variant("masked, both ways, BCE", "bert4rec", "bce", "both", "hidden", LIKE_SASREC),
    Variant("masked, back, CE", "bert4rec", "ce", "back", "hidden", {**LIKE_SASREC, "looks": "back"}),
    Variant("BERT4Rec", "bert4rec", "ce", "both", "hidden", {**BLOCKS, "ff_width": 128}),
    Variant("GRU4Rec", "gru4rec", "ce", "back", "next", epochs=32),
    Variant("Caser", "caser", "ce", "back", "next", epochs=32),
    Variant("NextItNet", "nextitnet", "ce", "back", "next", epochs=32),
)


@cache
def world_of(users: int) -> World:
    """The users of one seed."""
    return simulate("video", users=USERS[users], seed=users)


@cache
def split_of(users: int) -> Split:
    """Leave-one-out of their log."""
    return leave_one_out(world_of(users), max_len=SIZES["max_len"])


@cache
def limits() -> dict:
    """Floors and ceiling on the test users."""
    split = split_of(REPORT)
    ceiling = measure_ceiling(world_of(REPORT), split, KS)[0]
    return {"floors": measure_floors(split, KS), "ceiling": ceiling, "data": split.log.describe()}


@cache
def causes() -> dict[str, np.ndarray]:
    """Which test users' targets were called for by the last item, by an earlier one, by no single one."""
    cases = split_of(REPORT).test
    share, place = world_of(REPORT).cause_posterior(cases.batch, cases.target)[:, :-1].max(1)
    clear, last = share >= SURE, place == cases.batch.lengths - 1
    found = {"the last item": clear & last, "an earlier item": clear & ~last, "no single item": ~clear}
    return {name: here.numpy() for name, here in found.items()}


def trained(variant: Variant, users: int, seed: int, lr: float, epochs: int, looks: tuple[int, ...]) -> dict:
    """What was found after each number of epochs in ``looks``: ``{epochs: (validation, test)}``, and more."""
    split = split_of(users)
    settings = TrainingSettings(
        loss=variant.loss, epochs=epochs, batch_size=32, lr=lr, weight_decay=0.01, patience=0, seed=seed
    )
    found, started, targets = {}, time.process_time(), 0
    with seeded(seed, torch.device("cpu")) as generators:
        changes = {**SIZES, **variant.changes}
        model = build(recipe_settings(variant.recipe, split.log.n_items, **changes))
        function = find_loss(variant.loss)[1]
        objective = usual_objective(model, variant.loss, function, settings.negatives, False)
        objective.prepare(model, split)
        optimiser, step = make_optimiser(model, settings), 0
        for epoch in range(1, epochs + 1):
            told = train_epoch(
                model,
                split.train,
                objective,
                optimiser,
                settings,
                generators,
                step,
                make_progress(False),
                Clock(),
            )
            step, targets = told["steps"], told["targets"]
            if epoch in looks:
                parts = (split.validation, split.test)
                found[epoch] = [evaluate(model, part, KS, with_coverage=False) for part in parts]
    how = {"epochs": epochs, "batch_size": 32, "weight_decay": 0.01, "schedule": "constant"}
    return {
        "found": found,
        "settings": {**model.settings.as_dict(), **how, "loss": variant.loss, "lr": lr},
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "steps": step,
        "targets_an_epoch": targets,
        "training_loss": told["loss"],
        "cpu_seconds": round(time.process_time() - started, 1),
    }


def row_of(variant: Variant, users: int, seed: int, lr: float, made: dict, part: str = "") -> dict:
    """The row of one run, without what compares it with others."""
    part = part or ("tuning" if users == TUNING else "report")
    flag = {"tuning": "--tune", "report": f"--seed {seed}", "longer": f"--longer --seed {seed}"}[part]
    validation, test = made["found"][max(made["found"])]
    rest = {key: value for key, value in made.items() if key != "found"}
    return {
        "part": part,
        "variant": variant.name,
        "model": variant.recipe,
        "loss": variant.loss,
        "looks": variant.looks,
        "targets": variant.targets,
        "seed": seed,
        "lr": lr,
        "protocol": split_of(users).protocol,
        **rest,
        "validation": validation.metrics,
        "test": test.metrics,
        "device": "cpu",
        "versions": versions(),
        "command": f"python benchmarks/masked.py {flag}",
        "commit": commit(),
    }


def difference(one, other) -> dict[str, float]:
    """Paired: ``one`` minus ``other`` in NDCG@10 over the same users, with the standard error."""
    a, b = (np.asarray(each.per_user["NDCG@10"]) for each in (one, other))
    gap = a - b
    return {"difference": float(gap.mean()), "standard_error": float(gap.std(ddof=1) / len(gap) ** 0.5)}


def best_length(found: dict) -> int:
    """The number of epochs with the best NDCG@10 on validation."""
    return max(found, key=lambda epochs: found[epochs][0].metrics["NDCG@10"])


def course(found: dict) -> dict:
    """Figures by length, and by cause at the best length."""
    own = best_length(found)
    ranked = np.asarray(found[own][1].per_user["NDCG@10"])
    return {
        "by_epochs": {str(n): {"validation": v.metrics, "test": t.metrics} for n, (v, t) in found.items()},
        "best_epochs": own,
        "by_cause": {
            name: {"users": int(here.sum()), "NDCG@10": float(ranked[here].mean())}
            for name, here in causes().items()
        },
    }


def paired(found: dict, against: dict) -> dict:
    """The differences to ``against``, found in the same way."""
    best = difference(found[best_length(found)][1], against[best_length(against)][1])
    by_length = {str(n): difference(t, against[n][1]) for n, (_, t) in found.items()}
    return {"against": {"by_epochs": by_length, "each at its best": best}}


def keep(row: dict) -> None:
    """Add ``row`` to the file, which is read again: another seed may have written."""
    write_rows(FILE, [*read_rows(FILE), row])
    print(
        row["part"],
        row["variant"],
        row["seed"],
        row["lr"],
        row["test"]["NDCG@10"],
        file=sys.stderr,
        flush=True,
    )


def known(**wanted: object) -> dict | None:
    """The row of the file whose fields equal ``wanted``."""
    same = (row for row in read_rows(FILE) if all(row.get(key) == value for key, value in wanted.items()))
    return next(same, None)


def tune(variant: Variant) -> None:
    """A row for each step size, on the other users."""
    for lr in RATES:
        if known(part="tuning", variant=variant.name, lr=lr) is None:
            made = trained(variant, TUNING, 0, lr, TUNED_FOR, (TUNED_FOR,))
            keep(row_of(variant, TUNING, 0, lr, made))


def chosen_rate(variant: Variant) -> float:
    """The step size with the best validation figure on the other users."""
    rows = [known(part="tuning", variant=variant.name, lr=lr) for lr in RATES]
    if None in rows:
        raise SystemExit(f"{variant.name}: run --tune first")
    return max(rows, key=lambda row: row["validation"]["NDCG@10"])["lr"]


def report(seed: int) -> None:
    """All rows of one seed; the first variant is the one that the others are compared with."""
    whole = known(part="report", seed=seed, variant=VARIANTS[-1].name)
    if whole is not None:
        return
    against = None
    for variant in VARIANTS:
        lr, looks = chosen_rate(variant), tuple(n for n in LOOKS if n <= variant.epochs)
        made = trained(variant, REPORT, seed, lr, variant.epochs, looks)
        against = made["found"] if against is None else against
        if known(part="report", seed=seed, variant=variant.name) is None:
            row = {**row_of(variant, REPORT, seed, lr, made), **course(made["found"])}
            keep({**row, **paired(made["found"], against), **limits()})


def go_on(seed: int) -> None:
    """One variant for more epochs: does it catch up?"""
    if known(part="longer", seed=seed) is None:
        variant = next(each for each in VARIANTS if each.name == GOES_ON)
        lr = chosen_rate(variant)
        made = trained(variant, REPORT, seed, lr, LONGER[-1], LONGER)
        keep({**row_of(variant, REPORT, seed, lr, made, "longer"), **course(made["found"]), **limits()})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, choices=(0, 1, 2))
    parser.add_argument("--tune", action="store_true", help="the rows by which step sizes are chosen")
    parser.add_argument("--longer", action="store_true", help=f"{GOES_ON}, {LONGER[-1]} epochs")
    parser.add_argument("--only", default="", help="with --tune: variants whose name holds this text")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.tune:
        for each in VARIANTS:
            if given.only in each.name:
                tune(each)
    else:
        for one in range(3) if given.seed is None else (given.seed,):
            (go_on if given.longer else report)(one)
