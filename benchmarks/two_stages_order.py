"""Rows of the part ``order`` of `benchmarks/two_stages.py`: what does a model lose without the order?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import torch

from seqrec_lib import evaluate, fit
from seqrec_lib.data import Batch, leave_one_out, simulate
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World
from seqrec_lib.experiments.measure import measure_ceiling, measure_floors
from seqrec_lib.models import Model, build, recipe_settings

KS = (1, 5, 10, 20)
# `video`, and the same process without succession, and with taste and popularity alone.
WORLDS_OF: dict[str, dict[str, float]] = {
    "video": {},
    "no succession": {"succession": 0.0},
    "taste alone": {"succession": 0.0, "trigger": 0.0},
}
MODELS: dict[str, tuple[str, dict[str, object]]] = {
    "GRU4Rec": ("gru4rec", {}),
    "NARM": ("narm", {}),
    "NARM, last state alone": ("narm", {"look": False}),
    "STAMP": ("stamp", {}),
    "STAMP, mean added": ("stamp", {"add_mean": True}),
}
START, LADDER = (
    (4e-3, 1e-2),
    (1.6e-3, 4e-3, 1e-2, 2.5e-2, 6e-2, 1.5e-1),
)  # step sizes, climbed on users of seed 7
ONE_STEP, RECURRENT = 1e-2, ("GRU4Rec", "NARM", "NARM, last state alone")
TRAINING = {"batch_size": 32, "weight_decay": 1e-2, "schedule": "cosine", "patience": 0, "epochs": 8}


@cache
def world_of(name: str, seed: int = 1) -> World:
    return simulate("video", users=2000, seed=seed, **WORLDS_OF[name])


@cache
def split_of(name: str, seed: int = 1) -> Split:
    return leave_one_out(world_of(name, seed), max_len=50)


@cache
def limits_of(name: str) -> dict:
    split = split_of(name)
    return {
        "floors": measure_floors(split, KS),
        "ceiling": measure_ceiling(world_of(name), split, KS)[0],
        "data": split.log.describe(),
    }


def shuffled(batch: Batch, seed: int = 8) -> Batch:
    """The last item stays last, the older ones come in a random order."""
    draw = torch.rand(batch.items.shape, generator=torch.Generator().manual_seed(seed))
    step = torch.arange(batch.items.shape[1])
    older = step < batch.lengths[:, None] - 1
    key = torch.where(older, draw, 1.0 + step)  # what stays keeps its place behind them
    return replace(batch, items=batch.items.gather(1, key.argsort(1)))


def _trained(
    world: str, variant: str, seed: int, lr: float, users: int = 1
) -> tuple[Model, dict[str, float]]:
    """``(model, validation)`` of one run."""
    split = split_of(world, users)
    recipe, changes = MODELS[variant]
    torch.manual_seed(seed)
    model = build(recipe_settings(recipe, split.log.n_items, max_len=50, dim=48, **changes))
    fit(model, split, seed=seed, lr=lr, progress=False, device="cpu", **TRAINING)
    return model, dict(evaluate(model, split.validation, KS, with_coverage=False).metrics)


def tuning_row(variant: str, lr: float) -> dict:
    """How good one step size is on `video`, by the validation items of other users."""
    model, validation = _trained("video", variant, 0, lr, users=7)
    settings = {**model.settings.as_dict(), **TRAINING, "lr": lr}
    return {
        "world": "video",
        "lr": lr,
        "model": MODELS[variant][0],
        "protocol": split_of("video", 7).protocol,
        "settings": settings,
        "test": validation,
    }


def order_row(world: str, variant: str, seed: int, lr: float) -> dict:
    """Train one model at its step size, and ask it twice."""
    model, validation = _trained(world, variant, seed, lr)
    split = split_of(world)
    mixed = replace(split.test, batch=shuffled(split.test.batch))
    return {
        "lr": lr,
        "model": MODELS[variant][0],
        "protocol": split.protocol,
        "settings": {**model.settings.as_dict(), **TRAINING, "lr": lr},
        "validation": validation,
        "test": evaluate(model, split.test, KS, with_coverage=False).metrics,
        "test_shuffled": evaluate(model, mixed, KS, with_coverage=False).metrics,
        **limits_of(world),
    }
