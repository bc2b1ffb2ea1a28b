"""The GPU exercise: what elapsed time brings, over users and seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....experiments import train as train_recipe
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, paired_error, seed_mutants


def clock_trainer(users: int = 8000, epochs: int = 10, device: str = "auto") -> Callable:
    """Return ``train(form, seed)``: a block of SASRec on the world `finance`, and each user's NDCG@10.

    It gives a ``(U,)`` tensor. ``form`` is a word of the setting ``positions``: ``end`` knows the order
    alone, ``end+times`` reads elapsed time up to the request as well.
    """
    split = leave_one_out(simulate("finance", users=users, seed=3), max_len=40)

    def train(form: str, seed: int) -> Tensor:
        how: dict[str, Any] = {
            "layers": 1,
            "heads": 1,
            "dim": 48,
            "ff_width": 48,
            "dropout": 0.0,
            "max_len": 40,
        }
        how |= {"epochs": epochs, "evaluate_every": epochs, "patience": 0}
        how |= {"lr": 0.02, "batch_size": 32, "weight_decay": 0.0, "schedule": "cosine"}
        if "times" in form:
            how["request"] = True
        run = train_recipe("sasrec", split, seed=seed, device=device, progress=False, positions=form, **how)
        found = evaluate(run.model, split.test, (10,), with_coverage=False)
        return torch.from_numpy(found.per_user["NDCG@10"])

    return train


def _values(form: str, seeds: Sequence[int], train: Callable) -> Tensor:
    """``(seeds, U)``."""
    return torch.stack([train(form, seed) for seed in seeds]).double()


def _told(plain, timed, seeds, train, error=paired_error):
    before, after = (_values(form, seeds, train) for form in (plain, timed))
    return float((after - before).mean()), error(after, before)


def clock_gain(plain: str, timed: str, seeds: Sequence[int], train: Callable) -> tuple[float, float]:
    """plain, timed: str, seeds: list of int, train: see above. Returns (gain, standard error)."""
    return _told(plain, timed, seeds, train)


def _turned(plain, timed, seeds, train):
    gain, error = clock_gain(plain, timed, seeds, train)
    return -gain, error


@dataclass(repr=False)
class _StandIn(StandIn):
    """Users, and for each form what it adds to them."""

    users: int
    brought: dict[str, float]

    def __call__(self, form: str, seed: int) -> Tensor:
        user = torch.rand(self.users, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
        own = torch.Generator().manual_seed(100 * seed + len(form))
        chance = torch.rand(self.users, generator=own, dtype=torch.float64)
        return 0.2 + 0.5 * user + self.brought[form] * (1 + 0.6 * seed) * user + 0.15 * chance


def _probes() -> list[Probe]:
    few = _StandIn(6, {"end": 0.0, "end+times": 0.1})
    more = _StandIn(13, {"end": 0.03, "end+times": -0.05, "alibi": 0.01})
    return [
        Probe("few users, two seeds", ("end", "end+times", [2, 1], few)),
        Probe("time does harm, three seeds", ("end", "end+times", [0, 3, 1], more)),
        Probe("two other forms", ("alibi", "end", [1, 4, 2], more)),
    ]


EXERCISE = Exercise(
    name="clock-gain",
    reference=clock_gain,
    probes=_probes,
    mutants=(
        Mutant(
            "turned-round",
            "The sign is wrong: a gain is above 0 where the form with times is better.",
            _turned,
        ),
        *error_mutants(lambda error: partial(_told, error=error)),
        *seed_mutants(clock_gain),
    ),
    hints=(
        "Both forms are asked about the same users. How does that help?",
        "Average each user's difference over the seeds. Then take the mean over users, and its error.",
    ),
    larger=LargerRun(
        full='clock_gain("end", "end+times", [0, 1, 2], clock_trainer())',
        small='clock_gain("end", "end+times", [0], clock_trainer(users=1500, epochs=5))',
        names={"clock_trainer": clock_trainer},
    ),
)
