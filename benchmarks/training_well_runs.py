"""One run of `training_well.py`: training with looks at own and fresh users on the way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from training_well_ways import Way, plain

from seqrec_lib import evaluate
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.batch import Batch
from seqrec_lib.data.batching import batches
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.training import TrainingSettings
from seqrec_lib.training.early_stopping import copy_weights
from seqrec_lib.training.loop import Clock, train_epoch
from seqrec_lib.training.optimiser import make_optimiser
from seqrec_lib.training.progress import make_progress
from seqrec_lib.training.random_state import seeded

USERS, MAX_LEN = 400, 50
FRESH_SEED, FRESH, GLANCED = 77, 3000, 1000  # fresh users; at each look only the first so many of them
EPOCHS, EVERY = 20, 2
SIZES = {"dim": 32, "max_len": MAX_LEN, "dropout": 0.0}
HOW = {"loss": "ce", "batch_size": 32, "lr": 4e-3, "weight_decay": 0.0, "patience": 0, "schedule": "constant"}


@cache
def world_of(seed: int, users: int = USERS) -> World:
    """The users of one seed."""
    return simulate("video", users=users, seed=seed)


@cache
def split_of(seed: int, users: int = USERS, max_len: int = MAX_LEN) -> Split:
    """Leave-one-out of their log."""
    return leave_one_out(world_of(seed, users), max_len=max_len)


def fresh(max_len: int = MAX_LEN) -> Split:
    """The split of the fresh users."""
    return split_of(FRESH_SEED, FRESH, max_len)


@torch.no_grad()
def surprise(model: Any, rows: Batch) -> float:
    """Mean -log p of the training targets in ``rows``, without dropout."""
    model.eval()
    total, count = 0.0, 0
    for batch in batches(rows, 256, shuffle=False):
        value, n = plain()(model, batch, {"negatives": torch.Generator()})
        total, count = total + float(value) * n, count + n
    return total / count


def ndcg(model: Any, cases: Any) -> float:
    """NDCG@10 alone."""
    return evaluate(model, cases, (10,), with_coverage=False).metrics["NDCG@10"]


def looked(model: Any, split: Split, max_len: int) -> dict[str, float]:
    """What is seen of a model on the way."""
    some = slice(0, GLANCED)
    return {
        "validation": ndcg(model, split.validation),
        "fresh": ndcg(model, fresh(max_len).test.rows(some)),
        "loss_own": surprise(model, split.train),
        "loss_fresh": surprise(model, fresh(max_len).train.rows(some)),
    }


@dataclass
class Course:
    """A run: looks on the way, and the weights after each of them."""

    looks: list[dict[str, Any]]
    weights: list[dict[str, torch.Tensor]]
    model: Any

    def best(self, epochs: int | None = None, seconds: float | None = None) -> int:
        """The look that validation chooses among those within a number of epochs or of seconds."""
        able = [
            n
            for n, look in enumerate(self.looks)
            if (epochs is None or look["epoch"] <= epochs) and (seconds is None or look["seconds"] <= seconds)
        ]
        return max(able or [0], key=lambda n: self.looks[n]["validation"])

    def at(self, number: int) -> Any:
        """The model as it was at that look."""
        self.model.load_state_dict(self.weights[number])
        return self.model.eval()


def trained(
    way: Way, strength: float, seed: int, split: Split, epochs: int = EPOCHS, budget: float = 0.0,
    every: int = EVERY, glance: bool = True,
) -> Course:  # fmt: skip
    """Train until ``epochs`` are done and ``budget`` seconds of the processor are spent."""
    of_model = {"dropout": strength} if way.setting == "dropout" else {}
    of_training = {"weight_decay": strength} if way.setting == "weight_decay" else {}
    settings = TrainingSettings(**{**HOW, **of_training, "epochs": epochs, "seed": seed})
    looks, weights, spent, step, epoch = [], [], 0.0, 0, 0
    objective = way.made(strength)
    with seeded(seed, torch.device("cpu")) as generators:
        changes = {**SIZES, "max_len": split.max_len, **of_model}
        model = build(recipe_settings("sasrec", split.log.n_items, **changes))
        objective.prepare(model, split)
        optimiser = make_optimiser(model, settings)
        rest = (settings, generators)
        while epoch < epochs or spent < budget:
            epoch += 1
            started = time.process_time()
            told = train_epoch(
                model, split.train, objective, optimiser, *rest, step, make_progress(False), Clock()
            )
            spent, step = spent + time.process_time() - started, told["steps"]
            if epoch % every == 0:
                seen = looked(model, split, split.max_len) if glance else {
                    "validation": ndcg(model, split.validation)
                }  # fmt: skip
                at = {"epoch": epoch, "steps": step, "seconds": round(spent, 2), "loss": told["loss"]}
                looks.append({**at, **seen})
                weights.append(copy_weights(model))
    return Course(looks, weights, model)
