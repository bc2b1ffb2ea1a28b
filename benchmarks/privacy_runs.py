"""The runs behind `privacy.py`: one model in several ways of training, and what an attacker sees of each."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import torch
from torch import Tensor

from seqrec_lib import evaluate, fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World
from seqrec_lib.data.worlds.every_step import oracle_surprise
from seqrec_lib.experiments.measure import measure_ceiling
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.losses import cross_entropy
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.baselines import BASELINES
from seqrec_lib.privacy import (
    Federation,
    PrivateObjective,
    at_random,
    auc,
    by_group,
    calibrated,
    private_objective,
    true_positives_at,
    user_losses,
)
from seqrec_lib.training import TrainingSettings
from seqrec_lib.training.random_state import seeded

KS = (1, 5, 10, 20)
MAX_LEN, DELTA = 50, 1e-5
FRESH_SEED, FRESH = 77, 2000
SIZES = {"dim": 16, "layers": 1, "max_len": MAX_LEN, "dropout": 0.0}
PLAIN = {"batch_size": 32, "lr": 4e-3, "weight_decay": 0.0}
PRIVATE_EPOCHS, PLAIN_EPOCHS, BATCHES = 20, 24, 10  # BATCHES: how many make an epoch of private training


@cache
def world_of(seed: int, users: int) -> World:
    """The users of one seed."""
    return simulate("video", users=users, seed=seed)


@cache
def split_of(seed: int, users: int) -> Split:
    """Leave-one-out of their log."""
    return leave_one_out(world_of(seed, users), max_len=MAX_LEN)


@cache
def surprise_of(seed: int, users: int) -> Tensor:
    """``(U,)``: the oracle's mean surprise at each user's training targets."""
    rows = split_of(seed, users).train
    assert rows.targets is not None
    whole = oracle_surprise(world_of(seed, users), rows)
    return whole.sum(1) / (rows.targets > 0).sum(1)


@cache
def limits(users: int, seed: int) -> dict[str, Any]:
    """Floors of the users of ``seed`` and the ceiling, on the fresh users."""
    cases, log = split_of(FRESH_SEED, FRESH).test, split_of(seed, users).train_log
    floors = {kind.name: evaluate(kind(log), cases, KS).metrics for kind in BASELINES.values()}
    ceiling = measure_ceiling(world_of(FRESH_SEED, FRESH), split_of(FRESH_SEED, FRESH), KS)[0]
    return {"floors": floors, "ceiling": ceiling}


def new_model(seed: int, **changes: Any) -> Any:
    """SASRec in the size of these runs; its first weights follow from the seed."""
    with seeded(seed, torch.device("cpu")):
        return build(recipe_settings("sasrec", 200, **{**SIZES, **changes}))


def overfit(split: Split, seed: int) -> tuple[Any, dict[str, Any]]:
    """Trained to the last epoch, without any help."""
    model, how = new_model(seed), {**PLAIN, "epochs": PLAIN_EPOCHS, "evaluate_every": PLAIN_EPOCHS}
    fit(model, split, seed=seed, patience=0, progress=False, **how)
    return model, {**SIZES, **how}


def regularised(split: Split, seed: int) -> tuple[Any, dict[str, Any]]:
    """The same with dropout, and the epoch that validation chooses."""
    model = new_model(seed, dropout=0.3)
    how = {**PLAIN, "epochs": PLAIN_EPOCHS, "evaluate_every": 2}
    fit(model, split, seed=seed, patience=0, progress=False, **how)
    return model, {**SIZES, "dropout": 0.3, **how}


def private(split: Split, seed: int, target: float, lr: float, clip: float) -> tuple[Any, dict[str, Any]]:
    """Trained within ε = ``target``; ``inf``: clipped and in Poisson batches, with next to no noise."""
    users = len(split.train)
    objective = private_objective(users, users // BATCHES, PRIVATE_EPOCHS, min(target, 1000.0), DELTA, clip)
    if target == float("inf"):
        objective = PrivateObjective(1e-3, clip, objective.rate, DELTA)
    how = {"batch_size": users // BATCHES, "lr": lr, "weight_decay": 0.0, "epochs": PRIVATE_EPOCHS}
    model = new_model(seed)
    history = fit(
        model, split, objective=objective, seed=seed, patience=0, clip=0.0,
        evaluate_every=PRIVATE_EPOCHS, progress=False, **how,
    )  # fmt: skip
    told: dict[str, Any] = {**SIZES, **how, "noise": objective.noise, "clip": clip, "delta": DELTA}
    if target < float("inf"):
        steps = history.epochs[-1]["steps"]
        told |= {"epsilon": objective.spent(steps), "epsilon_prv": objective.spent(steps, "prv")}
    return model, told


def attacked(model: Any, split: Split, seed: int) -> dict[str, dict[str, float]]:
    """What a threshold on the loss, and on the loss less the oracle's surprise, tells of members."""
    others = split_of(FRESH_SEED, FRESH).train
    losses = torch.cat([user_losses(model, split.train), user_losses(model, others)])
    known = torch.cat([surprise_of(seed, len(split.train)), surprise_of(FRESH_SEED, FRESH)])
    member = torch.arange(len(losses)) < len(split.train)
    scores = {"raw": -losses, "calibrated": calibrated(losses, known)}
    found = {
        name: {"auc": auc(score, member), "tpr": true_positives_at(score, member)}
        for name, score in scores.items()
    }
    means = {"members": float(losses[member].mean()), "others": float(losses[~member].mean())}
    return {**found, "loss": means}


def row_of(
    part: str, variant: str, seed: int, users: int, model: Any, settings: dict[str, Any]
) -> dict[str, Any]:
    """A row: how the model ranks for fresh users, and what made it."""
    split = split_of(seed, users)
    test = split_of(FRESH_SEED, FRESH).test
    return {
        "part": part,
        "variant": variant,
        "model": "sasrec",
        "seed": seed,
        "world": "video",
        "users": users,
        "protocol": split.protocol,
        "settings": settings,
        "validation": evaluate(model, split.validation, KS, with_coverage=False).metrics,
        "test": evaluate(model, test, KS, with_coverage=False).metrics,
        **limits(users, seed),
        "device": "cpu",
        "versions": versions(),
        "command": f"python benchmarks/privacy.py --part {part} --seed {seed}",
        "commit": commit(),
    }


FEDERATED_USERS, CLIENTS, PASSES = 400, 40, 16
HOW_SHARED = {"batch_size": 8, "weight_decay": 0.0}


def federated(kind: str, seed: int, lr: float, rounds: int) -> tuple[Any, dict[str, Any]]:
    """``kind``: ``pooled`` (one client), ``random`` or ``type``; PASSES over the rows in so many rounds."""
    split = split_of(seed, FEDERATED_USERS)
    users, rows = split.train.users, split.train
    assert users is not None
    share = {
        "pooled": lambda: at_random(len(rows), 1, seed),
        "random": lambda: at_random(len(rows), CLIENTS, seed),
        "type": lambda: by_group(world_of(seed, FEDERATED_USERS).draw.types[users], CLIENTS),
    }[kind]()
    clients = [rows.rows(share == client) for client in range(int(share.max()) + 1)]
    settings = TrainingSettings(lr=lr, epochs=PASSES, **HOW_SHARED)
    model = new_model(seed)
    objective = NextItemObjective(cross_entropy)
    objective.prepare(model, split)
    with seeded(seed, torch.device("cpu")) as generators:
        server = Federation(model, clients, objective, replace(settings, seed=seed))
        for _ in range(rounds):
            server.round(generators, PASSES // rounds)
    told = {**SIZES, **HOW_SHARED, "lr": lr, "rounds": rounds, "passes": PASSES, "clients": len(clients)}
    return model.eval(), {**told, "steps_of_all": server.steps}
