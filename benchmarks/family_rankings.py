"""The parts of `benchmarks/family.py` that rank all items: what a variant is, and how its row is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import torch

from seqrec_lib import evaluate, fit
from seqrec_lib.attention import bucket
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.interactions import Interactions
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World, WorldSettings
from seqrec_lib.evaluation import paired_difference
from seqrec_lib.evaluation.causes import last_weights
from seqrec_lib.experiments.measure import measure_ceiling, measure_floors
from seqrec_lib.models import build, recipe_settings

KS = (1, 5, 10, 20)
TRAINING = {"epochs": 6, "batch_size": 32, "weight_decay": 1e-2, "schedule": "cosine", "patience": 0}
LONG, SHORT = 50, 20  # how many items of a history are kept; in the part ``relative``, in training
TUNING, REPORT = 0, 1  # the world's seed: users on which step sizes are chosen, users that are reported


@dataclass(frozen=True)
class Variant:
    """One form of attention in one world, and ``more(model)``: what its row says beside the ranking.

    Attributes:
        elsewhere: the user's pauses stand in another order, so that sessions are cut elsewhere.
        kept: how many items of a history a row of the split keeps; a model can always be asked with 50.
    """

    part: str
    name: str
    world: str
    recipe: str
    changes: dict[str, object] = field(default_factory=dict)
    elsewhere: bool = False
    kept: int = LONG
    more: Callable | None = None

    def split(self, users: int) -> Split:
        """Leave-one-out on the users of one seed."""
        return split_of(self.world, users, self.elsewhere, self.kept)


@cache
def world_of(name: str, users: int) -> World:
    """The users of one seed; ``succession`` is `video` without triggers and taste."""
    if name == "succession":
        only = WorldSettings(name=name, users=3000, seed=users, trigger=0.0, taste=0.02, popularity=1.0)
        return World(only)
    return simulate(name, users=4000 if name == "video" else 3000, seed=users)


@cache
def split_of(name: str, users: int, elsewhere: bool = False, kept: int = LONG) -> Split:
    """Leave-one-out of the world's log."""
    world = world_of(name, users)
    return leave_one_out(pauses_moved(world.log) if elsewhere else world.log, max_len=kept)


def pauses_moved(log: Interactions) -> Interactions:
    """The same items in the same order; the gaps between them come in a random order for each user."""
    assert log.times is not None  # worlds have times
    rng, times = np.random.default_rng(6), log.times.copy()
    for start, stop in zip(log.offsets, log.offsets[1:], strict=False):
        gaps = rng.permutation(np.diff(times[start:stop]))
        times[start + 1 : stop] = times[start] + gaps.cumsum()
    return replace(log, times=times)


@cache
def limits_of(name: str, users: int) -> dict:
    """Floors and ceiling on the test users, from the world's own times."""
    split = split_of(name, users)
    return {
        "floors": measure_floors(split, KS),
        "ceiling": measure_ceiling(world_of(name, users), split, KS)[0],
        "data": split.log.describe(),
    }


def ranking_row(variant: Variant, users: int, seed: int, lr: float) -> dict:
    """Train one variant on the users of one seed of the world, and measure it on validation and test."""
    split = variant.split(users)
    torch.manual_seed(seed)
    model = build(recipe_settings(variant.recipe, split.log.n_items, max_len=LONG, **variant.changes))
    fit(model, split, seed=seed, lr=lr, progress=False, device="cpu", **TRAINING)
    model.eval()
    return {
        "part": variant.part if users == REPORT else f"{variant.part}, tuning",
        "variant": variant.name,
        "world": variant.world,
        "users": users,
        "model": variant.recipe,
        "seed": seed,
        "lr": lr,
        "protocol": split.protocol,
        "settings": {**model.settings.as_dict(), **TRAINING, "lr": lr},
        "validation": evaluate(model, split.validation, KS, with_coverage=False).metrics,
        "test": evaluate(model, split.test, KS, with_coverage=False).metrics,
        **limits_of(variant.world, users),
        **(variant.more(model) if variant.more and users == REPORT else {}),
    }


def weight_on_causes(model) -> dict:
    """Mean weight of each head on the cause, where it is beyond doubt: the last item, or one further back.

    Of all such users, and of each second one: heads can be matched to causes on one half and read off the
    other, so that the choice of the better match does not make specialists out of chance.
    """
    some = split_of("video", REPORT).test.rows(slice(0, 1500))
    share, cause = world_of("video", REPORT).cause_posterior(some.batch, some.target)[:, :-1].max(1)
    weights = last_weights(model, some.batch)  # (N, H, T)
    on_cause = weights[torch.arange(len(cause)), :, cause]  # (N, H)
    last = cause == some.batch.lengths - 1
    kinds = {"succession": (share >= 0.9) & last, "trigger": (share >= 0.9) & ~last}
    even = torch.arange(len(cause)) % 2 == 0
    means = {
        name: {kind: on_cause[rows & half].mean(0).tolist() for kind, rows in kinds.items()}
        for name, half in (("on_cause", even | ~even), ("on_cause_even", even), ("on_cause_odd", ~even))
    }
    return {**means, "cases": {kind: int(rows.sum()) for kind, rows in kinds.items()}}


def asked_long(model) -> dict:
    """Asked with the whole history, where 20 items were kept in training; paired differences to 20 items.

    Where distances have learned numbers, once more with the number of the longest distance that was trained
    in the place of all beyond it.
    """
    far, near = (split_of("video", REPORT, kept=kept).test for kept in (LONG, SHORT))
    short = evaluate(model, near, KS, with_coverage=False)

    def compared() -> tuple[dict, list[float]]:
        long = evaluate(model, far, KS, with_coverage=False)
        apart = paired_difference(long, short, "NDCG@10")
        return long.metrics, [apart.mean, apart.low, apart.high]

    found: dict[str, object] = {}
    found["test_long"], found["longer_minus_trained"] = compared()
    first = {"distance": SHORT, "buckets": int(bucket(torch.tensor(SHORT)))}.get(model.settings.positions)
    if first is not None:
        for block in model.encoder.blocks:
            with torch.no_grad():
                block.attention.distance[:, first:] = block.attention.distance[:, first - 1 : first]
        found["test_mended"], found["mended_minus_trained"] = compared()
    return found
