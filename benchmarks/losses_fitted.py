"""Rows of `benchmarks/losses.py` that train: one SASRec, one loss, held against the chances of the world."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, count, islice
from math import log

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from seqrec_lib import evaluate
from seqrec_lib.data import OracleModel, leave_one_out, simulate
from seqrec_lib.data.batching import batches
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World
from seqrec_lib.losses import item_shares, named_loss
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.models import Model, build, recipe_settings
from seqrec_lib.models.baselines import Markov, Popularity
from seqrec_lib.training.optimiser import make_optimiser, set_step_size, step_size
from seqrec_lib.training.settings import TrainingSettings

K = 100  # negatives of a step, or of all steps of a batch, wherever there is a choice
# What a page calls the loss: its name with its settings, and how many negatives.
LOSSES: dict[str, tuple[str, int]] = {
    "full CE": ("ce", 1),
    "BCE, 1": ("bce", 1),
    "BCE, mean": ("bce", K),
    "BCE, sum": ("bce:reduce=sum", K),
    "BPR": ("bpr", 1),
    "gBCE, t 0.75": ("gbce", K),
    "gBCE, t 1": ("gbce:calibration=1", K),
    "gBCE, t 0, centred": ("gbce:calibration=0,centred=true", K),
    "gBCE, t 0.5, centred": ("gbce:calibration=0.5,centred=true", K),
    "gBCE, t 0.75, centred": ("gbce:centred=true", K),
    "gBCE, t 1, centred": ("gbce:calibration=1,centred=true", K),
    "sampled": ("sampled", K),
    "sampled, with replacement": ("sampled:replace=true", K),
    "sampled, unseen": ("sampled:draw=user", K),
    "in-batch": ("in-batch:correct=false,mask_hits=true", 1),
    "in-batch, logQ": ("in-batch", 1),
    "in-batch, logQ, hits masked": ("in-batch:mask_hits=true", 1),
    "mixed, logQ": (f"in-batch:mask_hits=true,uniform={K}", 1),
    "full CE, cosine 0.05": ("ce", 1),
    "full CE, cosine 0.1": ("ce", 1),
    "full CE, cosine 0.2": ("ce", 1),
}
# Settings of the model that a row has beside MODEL's.
CHANGED: dict[str, dict[str, object]] = {
    f"full CE, cosine {theta}": {"head": "cosine", "temperature": theta} for theta in (0.05, 0.1, 0.2)
}
MIDDLE_LOSSES = tuple(
    name for name in LOSSES if "cosine" not in name and "t 0," not in name and "t 0.5" not in name
)
LONGER_LOSSES = (
    "full CE",
    "BCE, 1",
    "gBCE, t 0.75, centred",
    "gBCE, t 1, centred",
    "in-batch",
    "gBCE, t 0.75",
)
LARGE_LOSSES = ("full CE", "sampled", "in-batch", "in-batch, logQ, hits masked", "mixed, logQ")
TIMED_LOSSES = (
    "full CE",
    "BCE, 1",
    "sampled",
    "sampled, unseen",
    "in-batch, logQ, hits masked",
    "mixed, logQ",
    "gBCE, t 0.75, centred",
)


@dataclass(frozen=True)
class Size:
    """A world and how long is trained on it. ``tested``: users that are ranked; ``compared``: users whose
    probabilities are held against the oracle's."""

    world: str
    changes: dict[str, object]
    steps: int
    batch: int = 16
    tested: int = 4000
    compared: int = 1000


SIZES = {
    "small": Size("video", {"users": 4000, "series": 75, "films": 100}, 500),
    "middle": Size("video", {"users": 4000, "series": 750, "films": 1000, "large": True}, 600),
    "large": Size("large", {"users": 12000}, 25, batch=32, tested=400, compared=100),
}
MODEL = {"max_len": 40, "dim": 32, "ff_width": 32, "dropout": 0.0, "positions": "distance"}


@cache
def data_of(size: str, users: int) -> tuple[World, Split]:
    """Users of seed 1 are reported on; step sizes were chosen on those of seed 2."""
    asked = SIZES[size]
    world = simulate(asked.world, seed=users, **asked.changes)
    split = leave_one_out(world, max_len=MODEL["max_len"])
    some = slice(0, asked.tested)
    return world, replace(split, validation=split.validation.rows(some), test=split.test.rows(some))


def train(loss: str, size: str, lr: float, seed: int, users: int, steps: int) -> tuple[Model, float]:
    """The model, and seconds of processor time that its training took.

    ``fit`` counts whole epochs. Full cross-entropy over a large catalogue gets a part of one, so this loop
    counts steps; it is otherwise ``fit``'s, with half a cosine down to 0 at the last step.
    """
    world, split = data_of(size, users)
    torch.manual_seed(seed)
    model = build(recipe_settings("sasrec", world.n_items, **MODEL, **CHANGED.get(loss, {}))).train()
    objective = NextItemObjective(named_loss(LOSSES[loss][0]), LOSSES[loss][1])
    objective.prepare(model, split)
    how = TrainingSettings(lr=lr, weight_decay=0.0, schedule="cosine")
    optimiser = make_optimiser(model, how)
    chance = {"negatives": torch.Generator().manual_seed(seed + 1)}
    order = torch.Generator().manual_seed(seed)
    endless = chain.from_iterable(batches(split.train, SIZES[size].batch, order) for _ in count())
    started = time.process_time()
    for step, batch in enumerate(islice(endless, steps)):
        set_step_size(optimiser, step_size(step, steps, how))
        value, _ = objective(model, batch, chance)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        clip_grad_norm_(model.parameters(), how.clip)
        optimiser.step()
    return model, time.process_time() - started


def fitted_row(loss: str, size: str, lr: float, seed: int, users: int, steps: int) -> dict:
    world, split = data_of(size, users)
    model, seconds = train(loss, size, lr, seed, users, steps)
    row = {
        "model": "sasrec", "world": size, "loss": LOSSES[loss][0], "negatives": LOSSES[loss][1],
        "steps": steps, "seconds": round(seconds, 1), "protocol": split.protocol,
        "settings": {**MODEL, **CHANGED.get(loss, {}), "batch_size": SIZES[size].batch, "users_seed": users},
        "data": {**split.log.describe(), "tested": len(split.test)},
        "validation": evaluate(model, split.validation, with_coverage=False).metrics,
        "alike": alike(model),
    }  # fmt: skip
    if users == 2:  # step sizes are chosen here, and the test part is not read
        return {**row, "test": {}}
    bounds = bounds_of(size)
    found = evaluate(model, split.test, with_coverage=False)
    return {
        **row,
        "test": found.metrics,
        "floors": bounds["floors"],
        "ceiling": bounds["ceiling"],
        "shares": bounds["shares"],
        "against_oracle": against_oracle(model, size, level_of(loss, world.n_items)),
        "by_popularity": by_popularity(found.per_user["NDCG@10"], split, size),
    }


def alike(model: Model) -> float:
    """The mean cosine of two item vectors, each pair of items once or the item with itself."""
    with torch.no_grad():
        return float(torch.nn.functional.normalize(model.item_matrix()[1:], dim=1).mean(0).square().sum())


@cache
def bounds_of(size: str) -> dict:
    world, split = data_of(size, 1)
    floors = {name: evaluate(kind(split.train_log), split.test, with_coverage=False).metrics
              for name, kind in (("popularity", Popularity), ("markov", Markov))}  # fmt: skip
    ceiling = evaluate(OracleModel(world), split.test, with_coverage=False).metrics
    return {"floors": floors, "ceiling": ceiling, "shares": world.shares()}


def groups_of(split: Split) -> Tensor:
    """``(V+1,)`` group of each item, 0 the least popular: each of ten has a tenth of the training targets."""
    assert split.train.targets is not None
    share = item_shares(split.train.targets, split.log.n_items)
    order = share.argsort(stable=True)
    group = torch.zeros(len(share), dtype=torch.int64)
    group[order] = (share[order].cumsum(0) * 10 - 1e-9).long().clamp(0, 9)
    return group


def by_popularity(ndcg: object, split: Split, size: str) -> list[dict[str, float]]:
    group, value = groups_of(split)[split.test.target], torch.as_tensor(ndcg)
    return [{"users": int((group == g).sum()), "NDCG@10": float(value[group == g].mean())} for g in range(10)]


@cache
def truth_of(size: str) -> Tensor:
    """``(compared, V+1)``: the oracle's chances."""
    world, split = data_of(size, 1)
    oracle = OracleModel(world)
    rows = range(0, SIZES[size].compared, 25)
    return torch.cat([oracle.score(split.test.rows(slice(n, n + 25)).batch).float() for n in rows])


def level_of(loss: str, v: int) -> float:
    """What the loss adds to each score before its sigmoid."""
    text, negatives = LOSSES[loss]
    if "centred=true" not in text:
        return 0.0
    t = next((float(word.partition("=")[2]) for word in text[5:].split(",") if "calibration" in word), 0.75)
    return log((1 - t * (1 - min(1.0, negatives / (v - 1)))) / negatives)


def against_oracle(model: Model, size: str, level: float) -> dict[str, object]:
    """The softmax over the items not yet seen, and the sigmoid of the first score, against the oracle.

    ``level`` is added to the score before the sigmoid.
    """
    world, split = data_of(size, 1)
    group, truth = groups_of(split), truth_of(size)
    divergence, first, mass = [], [], torch.zeros(2, 10, dtype=torch.float64)
    model.eval()
    with torch.no_grad():
        for n in range(0, len(truth), 100):
            cases = split.test.rows(slice(n, min(n + 100, len(truth))))
            p, scores = truth[n : n + 100].double(), model.score(cases.batch).double()
            row, item = cases.seen()
            scores[:, 0] = scores[row, item] = -torch.inf
            q = scores.softmax(1)
            divergence.append((torch.special.xlogy(p, p) - torch.special.xlogy(p, q.clamp(min=1e-30))).sum(1))
            top = q.argmax(1, keepdim=True)
            first.append(torch.cat([p.max(1, keepdim=True).values, p.gather(1, top), q.gather(1, top),
                                    scores.gather(1, top)], 1))  # fmt: skip
            for which, chances in enumerate((p, q)):
                mass[which].index_add_(0, group, chances.sum(0))
    best, true, told, score = torch.cat(first).T
    order = told.argsort()
    return {
        "users": len(truth),
        "KL": float(torch.cat(divergence).mean()),
        "top, best": float(best.mean()),
        "top, true": float(true.mean()),
        "top, softmax": float(told.mean()),
        "top, sigmoid": float((score + level).sigmoid().mean()),
        # Ten groups of users by what the model says: the mean it says, and the truth of the same items.
        "reliability": [[float(told[part].mean()), float(true[part].mean())] for part in order.chunk(10)],
        # Of ten groups of items, rare to popular: all probability that the oracle, and the model, gives.
        "mass": (mass / len(truth)).tolist(),
    }
