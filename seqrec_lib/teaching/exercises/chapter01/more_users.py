"""The GPU exercise: does more data bring a model nearer to the ceiling?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from ....data.batch import Batch
from ....data.splits import leave_one_out
from ....data.worlds import OracleModel, simulate
from ....evaluation.ranking import evaluate
from ....experiments import train as train_recipe
from ....models.baselines import Markov, Popularity
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun

# How chapter 1 trains its model.
USUAL = {"batch_size": 32, "lr": 4e-3, "schedule": "cosine", "patience": 0}


def trainer(
    recipe: str = "lstm-attention", steps: int = 4000, device: str = "auto", **changes: Any
) -> Callable:
    """Return ``train(users) -> (model, world, split)``, which trains ``recipe`` on ``world:video``.

    Every number of users gets about the same number of optimiser steps: few users get many epochs and many
    users get few. With fixed epochs more users would also mean more training.

    Args:
        steps: how many. changes: settings instead of chapter 1's, such as ``lr=2e-3``.
    """

    def train(users: int):
        world = simulate("video", users=users)
        split = leave_one_out(world, max_len=world.max_length)
        settings = {**USUAL, **changes}
        epochs = max(1, round(steps / math.ceil(len(split.train) / settings["batch_size"])))
        run = train_recipe(recipe, split, device=device, progress=False, epochs=epochs, **settings)
        return run.model, world, split

    return train


def _shares(sizes: Sequence[int], train: Callable, part="test", name="NDCG@10", ceiling=None, floors=None):
    shares = []
    for users in sizes:
        model, world, split = train(users)

        def value(scorer, split=split) -> float:
            return evaluate(scorer, getattr(split, part), ks=(1, 10), with_coverage=False)[name]

        found = [value(Popularity(split.train_log)), value(Markov(split.train_log))]
        floor = max(found) if floors is None else floors(found)
        top = value(OracleModel(world)) if ceiling is None else ceiling
        shares.append((value(model) - floor) / (top - floor))
    return np.array(shares)


def gap_by_users(sizes: Sequence[int], train: Callable) -> np.ndarray:
    """sizes: list of int, train: see above. Returns the shares, one a size."""
    return _shares(sizes, train)


def _known(**changes) -> Callable:
    return lambda sizes, train: _shares(sizes, train, **changes)


def _whole_log(sizes, train):
    """The baselines are fitted on the whole log, which holds the test items."""

    def with_the_test(users: int):
        model, world, split = train(users)
        return model, world, replace(split, train_log=split.log)

    return _shares(sizes, with_the_test)


def _never_below_zero(sizes, train):
    return _shares(sizes, train).clip(min=0)


def _sorted_shares(sizes, train):
    return np.sort(_shares(sizes, train))


def _biggest_first(sizes, train):
    return _shares(sorted(sizes, reverse=True), train)


def _biggest_everywhere(sizes, train):
    return np.repeat(_shares([max(sizes)], train), len(sizes))


class _Blurred:
    """Stands for a trained model: the oracle, seen through noise."""

    def __init__(self, oracle: OracleModel, seed: int, noise: float) -> None:
        self.oracle, self.seed, self.noise = oracle, seed, noise

    def score(self, batch: Batch, candidates=None) -> torch.Tensor:
        p = self.oracle.score(batch)
        noise = torch.rand(p.shape, generator=torch.Generator().manual_seed(self.seed), dtype=p.dtype)
        return p + self.noise * noise


@lru_cache(maxsize=4)
def _quick_train(users: int, noise: float = 0.03):
    world = simulate("video", users=users, seed=5)
    return _Blurred(OracleModel(world), users, noise), world, leave_one_out(world, max_len=world.max_length)


def _poor_train(users: int):
    """A model that sees nearly nothing."""
    return _quick_train(users, noise=3.0)


EXERCISE = Exercise(
    name="more-users",
    reference=gap_by_users,
    probes=lambda: [
        Probe("two sizes", ([40, 60], _quick_train)),
        Probe("popularity is the better floor of one", ([24, 40], _quick_train)),
        Probe("three sizes, not in order", ([60, 30, 40], _quick_train)),
        Probe("a model below its floor", ([45], _poor_train)),
    ],
    larger=LargerRun(
        full="gap_by_users([1000, 4000, 16000], trainer())",
        small="gap_by_users([250, 1000], trainer(steps=400))",
        names={"trainer": trainer},
    ),
    seconds=60.0,
    mutants=(
        Mutant(
            "validation",
            "These are the validation cases. The test cases are wanted.",
            _known(part="validation"),
        ),
        Mutant(
            "ceiling-one",
            "The ceiling here is 1. Let the oracle say what can be reached.",
            _known(ceiling=1.0),
        ),
        Mutant(
            "worse-floor", "The worse baseline is the floor here. Use the better one.", _known(floors=min)
        ),
        Mutant(
            "one-floor",
            "The floor is the same baseline everywhere. Which one is better may change with the size.",
            _known(floors=lambda found: found[1]),
            _known(floors=lambda found: found[0]),
        ),
        Mutant(
            "no-floor",
            "The floor is left out: this is the share of the ceiling.",
            _known(floors=lambda found: 0.0),
        ),
        Mutant(
            "never-below-0",
            "A share below 0 has become 0. A model can stay below its floor, and that must show.",
            _never_below_zero,
        ),
        Mutant("hit-rate", "This measures HR@10, not NDCG@10.", _known(name="HR@10")),
        Mutant("first-place", "This measures HR@1, not NDCG@10.", _known(name="HR@1")),
        Mutant(
            "whole-log",
            "The baselines are made from the whole log, which holds the test items. Make them from "
            "split.train_log.",
            _whole_log,
        ),
        Mutant(
            "reordered",
            "The shares come in another order; keep the order of the sizes.",
            _biggest_first,
            _sorted_shares,
        ),
        Mutant(
            "one-size", "Every size gets the largest one's share. Train once for each.", _biggest_everywhere
        ),
    ),
    hints=(
        "Write one function that gives NDCG@10 of any scorer on split.test, and call it four times.",
        "evaluate(scorer, split.test)['NDCG@10'] takes models, baselines and the oracle alike.",
    ),
)
