"""Attribute tasks beside SASRec on `shop`, with real and with shuffled attributes, for `little_data.py`."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import numpy as np
import torch

from seqrec_lib import evaluate, fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.splits import Split
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.losses import cross_entropy
from seqrec_lib.losses.attributes import Attributes, item_attributes
from seqrec_lib.losses.objectives import NextItemObjective, Objective
from seqrec_lib.models import build, recipe_settings

KS, FRESH, FRESH_SEED = (10,), 3000, 77
EPOCHS = {300: 40}
WEIGHTS = (0.1, 1.0)
HOW: dict[str, Any] = {"batch_size": 32, "lr": 4e-3, "weight_decay": 0.0, "patience": 0}
SIZES: dict[str, Any] = {"dim": 32, "max_len": 50, "layers": 1, "dropout": 0.4}


@cache
def split_of(seed: int, users: int) -> Split:
    """Leave-one-out of the users of one seed."""
    return leave_one_out(simulate("shop", users=users, seed=seed), max_len=50)


def objective_of(way: str, weight: float, split: Split) -> Objective:
    """``none``, ``attributes``, or ``shuffled``: each item has another item's."""
    plain = NextItemObjective(cross_entropy)
    if way == "none":
        return plain
    table, _ = item_attributes(split.log)
    if way == "shuffled":
        order = torch.randperm(len(table) - 1, generator=torch.Generator().manual_seed(0)) + 1
        table = torch.cat([table[:1], table[order]])
    return Attributes(plain, table, weight)


def attributes_row(part: str, way: str, weight: float, seed: int, users: int) -> dict[str, Any]:
    """One trained row; in the reported part with the fresh users' figures under ``fresh``."""
    split = split_of(seed, users)
    started = time.process_time()
    torch.manual_seed(seed)
    model = build(recipe_settings("sasrec", split.log.n_items, **SIZES))
    objective, epochs = objective_of(way, weight, split), EPOCHS[users]
    every = max(1, epochs // 8)
    history = fit(
        model, split, objective=objective, epochs=epochs, evaluate_every=every, seed=seed, device="cpu",
        progress=False, **HOW,
    )  # fmt: skip
    model.eval()
    reported = part == "attributes"
    row = {
        "part": part,
        "variant": way,
        "strength": weight,
        "model": "sasrec",
        "seed": seed,
        "world": "shop",
        "users": users,
        "protocol": split.protocol,
        "settings": {**model.settings.as_dict(), **HOW, "epochs": epochs},
        "steps": history.epochs[-1]["steps"],
        "seconds": round(time.process_time() - started, 2),
        "validation": evaluate(model, split.validation, KS, with_coverage=False).metrics,
        "test": evaluate(model, split.test, KS, with_coverage=False).metrics,
        "device": "cpu",
        "versions": versions(),
        "command": f"python benchmarks/little_data.py --part {part}"
        + (f" --seed {seed}" if reported else ""),
        "commit": commit(),
    }
    if reported:
        found = evaluate(model, split_of(FRESH_SEED, FRESH).test, KS, with_coverage=False)
        row["fresh"] = float(np.mean(found.per_user["NDCG@10"]))
    return row
