"""Pseudo-labels and consistency on `ads` with nine of ten slates' clicks hidden, for `little_data.py`."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch

from seqrec_lib import fit
from seqrec_lib.data import simulate
from seqrec_lib.data.click_splits import ClickSplit, split_clicks
from seqrec_lib.evaluation.click_scores import evaluate_clicks
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.losses.objectives import ClicksObjective, Objective
from seqrec_lib.losses.unlabelled import Consistency, PseudoLabels, pseudo_labels
from seqrec_lib.models import build, find_recipe

USERS, FRESH, FRESH_SEED, KEPT = 4000, 3000, 77, 0.1
STEPS = 200
HOW: dict[str, Any] = {"batch_size": 32, "lr": 1e-2, "weight_decay": 1e-2, "patience": 0}
THRESHOLDS = (0.5, 0.9, 0.95, 0.99)
WEIGHTS = (0.1, 1.0)
# The name of a way, and what it is; "labelled" and "all labels" have no weight.
WAYS: dict[str, dict[str, Any] | None] = {
    "labelled": None,
    "all labels": None,
    **{f"pseudo, {threshold:g}": {"threshold": threshold} for threshold in THRESHOLDS[:2]},
    "soft pseudo": {"soft": True},
    "consistency": {},
}


@cache
def split_of(seed: int) -> tuple[ClickSplit, ClickSplit]:
    """All slates of the users of a seed, and the split that keeps the labels of a tenth of them."""
    whole = split_clicks(simulate("ads", users=USERS, seed=seed), max_len=40)
    return whole, replace(whole, train=whole.train.rows(slice(0, int(KEPT * len(whole.train)))))


def objective_of(way: str, weight: float, whole: ClickSplit) -> Objective:
    """What ``way`` trains on beside the labelled tenth."""
    rest = whole.train.rows(slice(int(KEPT * len(whole.train)), None))
    given = WAYS[way]
    if given is None:
        return ClicksObjective()
    kind = Consistency if way == "consistency" else PseudoLabels
    return kind(ClicksObjective(), rest, weight, **given)


def trained(way: str, weight: float, seed: int) -> tuple[Any, Any]:
    """``(model, history)`` after STEPS steps; validation's log-loss chooses the epoch."""
    whole, few = split_of(seed)
    split = whole if way == "all labels" else few
    torch.manual_seed(seed)
    model = build(find_recipe("din").with_settings("din", whole.log.n_items, True, max_len=40, dim=16))
    epochs = round(STEPS / -(-len(split.train) // 32))
    every = max(1, epochs // 10)
    history = fit(
        model, split, objective=objective_of(way, weight, whole), epochs=epochs, evaluate_every=every,
        seed=seed, device="cpu", progress=False, **HOW,
    )  # fmt: skip
    return model.eval(), history


def noise(model: Any, seed: int) -> dict[str, dict[str, float]]:
    """Of each threshold: how many labels it keeps, how many say click, and the exact share that is wrong."""
    world = simulate("ads", users=USERS, seed=seed)
    whole, _ = split_of(seed)
    rest = whole.train.rows(slice(int(KEPT * len(whole.train)), None))
    assert rest.candidates is not None
    with torch.no_grad():
        p = model.score(rest, rest.candidates).sigmoid()
    truth = world.click_oracle(rest.items, rest.times, rest.lengths, rest.query_time, rest.candidates)
    found = {}
    for threshold in THRESHOLDS:
        labels, kept = pseudo_labels(p, threshold)
        wrong = torch.where(labels > 0, 1 - truth, truth)
        yes = kept & (labels > 0)
        found[f"{threshold:g}"] = {
            "kept": float(kept.double().mean()),
            "yes": float(yes.sum() / kept.sum().clamp(min=1)),
            "noise": float(wrong[kept].mean()),
            "noise_of_yes": float(wrong[yes].mean()) if yes.any() else 0.0,
            "missed": float(truth[kept & (labels == 0)].sum() / truth.sum()),
        }
    return found


def clicks_row(part: str, way: str, weight: float, seed: int) -> dict[str, Any]:
    """One trained row."""
    whole, _ = split_of(seed)
    started = time.process_time()
    model, history = trained(way, weight, seed)
    seconds = time.process_time() - started
    fresh = simulate("ads", users=FRESH, seed=FRESH_SEED).click_batch
    told = evaluate_clicks(model, fresh)
    row = {
        "part": part,
        "variant": way,
        "strength": weight,
        "model": "din",
        "seed": seed,
        "world": "ads",
        "users": USERS,
        "protocol": whole.protocol,
        "settings": {**model.settings.as_dict(), **HOW, "steps": STEPS, "kept": KEPT},
        "steps": history.epochs[-1]["steps"],
        "seconds": round(seconds, 2),
        "last": history.epochs[-1]["validation"],
        "validation": evaluate_clicks(model, whole.validation).metrics,
        "test": evaluate_clicks(model, whole.test).metrics,
        "fresh": told.metrics,
        "fresh_rate": float(np.mean(told.probabilities)),
        "true_rate": float(np.mean(told.labels)),
        "device": "cpu",
        "versions": versions(),
        "command": f"python benchmarks/little_data.py --part {part}"
        + (f" --seed {seed}" if part == "clicks" else ""),
        "commit": commit(),
    }
    return row | ({"noise": noise(model, seed)} if way == "labelled" else {})
