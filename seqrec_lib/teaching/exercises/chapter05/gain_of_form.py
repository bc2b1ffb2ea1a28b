"""The GPU exercise: is one form of attention better than another, and by how much more than chance?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from ....data.batch import Batch
from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....experiments import train as train_recipe
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun

USUAL: dict[str, Any] = {
    "encoder": "none",
    "batch_size": 32,
    "mlp_width": 64,
    "lr": 0.02,
    "schedule": "cosine",
    "patience": 0,
}


def former(users: int = 4000, epochs: int = 3, dim: int = 32, device: str = "auto") -> Callable:
    """Return ``train(form, seed) -> (model, split)``: attention over item vectors on ``world:video``.

    ``form`` is one of the words of the setting ``attention``. The data are the same for every form and seed.
    """
    split = leave_one_out(simulate("video", users=users, seed=3), max_len=50)

    def train(form: str, seed: int):
        changes: dict[str, Any] = {**USUAL, "attention": form, "epochs": epochs, "dim": dim}
        run = train_recipe("lstm-attention", split, seed=seed, device=device, progress=False, **changes)
        return run.model, split

    return train


def _values(form: str, seeds: Sequence[int], train: Callable, part="test", name="NDCG@10") -> np.ndarray:
    """``(seeds, U)``: one figure for each seed and user."""
    found = []
    for seed in seeds:
        model, split = train(form, seed)
        found.append(evaluate(model, getattr(split, part), ks=(10,), with_coverage=False).values(name))
    return np.stack(found)


def _gain(first, second, seeds, train, mean=lambda gain: gain.mean(0), **which) -> tuple[float, float]:
    """``mean``: from the gains of all seeds and users (seeds, U) to those whose error counts."""
    gain = _values(second, seeds, train, **which) - _values(first, seeds, train, **which)
    each = mean(gain)
    return float(gain.mean()), float(each.std(ddof=1) / len(each) ** 0.5)


def gain_of_form(first: str, second: str, seeds: Sequence[int], train: Callable) -> tuple[float, float]:
    """first, second: str, seeds: list of int, train: see above. Returns (gain, standard error)."""
    return _gain(first, second, seeds, train)


def turned(first, second, seeds, train):
    return _gain(second, first, seeds, train)


def on_validation(first, second, seeds, train):
    return _gain(first, second, seeds, train, part="validation")


def hit_rate(first, second, seeds, train):
    return _gain(first, second, seeds, train, name="HR@10")


def all_runs_apart(first, second, seeds, train):
    return _gain(first, second, seeds, train, mean=lambda gain: gain.reshape(-1))


def not_paired(first, second, seeds, train):
    ours, theirs = (_values(form, seeds, train).mean(0) for form in (second, first))
    error = (ours.var(ddof=1) + theirs.var(ddof=1)) / len(ours)
    return float(ours.mean() - theirs.mean()), float(error**0.5)


def spread_of_users(first, second, seeds, train):
    gain, error = gain_of_form(first, second, seeds, train)
    return gain, error * len(_tiny()[1].test) ** 0.5


def first_seed(first, second, seeds, train):
    return _gain(first, second, seeds[:1], train)


def over_seeds(first, second, seeds, train):
    return _gain(first, second, seeds, train, mean=lambda gain: gain.mean(1))


@lru_cache(maxsize=1)
def _tiny():
    world = simulate("video", users=40, seed=3)
    return world, leave_one_out(world, max_len=world.max_length)


@dataclass(frozen=True, repr=False)
class _StandIn:
    """Stands for training: for each form, how many of 40 users find their item first; ``shift`` a seed."""

    found: dict
    shift: int

    def __call__(self, form: str, seed: int):
        return _Known(self.found[form], self.shift * seed, len(form)), _tiny()[1]

    def __repr__(self) -> str:
        return "a stand-in for training"


class _Known:
    """Stands for a trained model: the true next item first for some users, fifth for others, noise "
    "below."""

    def __init__(self, found: tuple[int, int], shift: int, salt: int) -> None:
        self.found, self.shift, self.salt = found, shift, salt

    def score(self, batch: Batch, candidates=None) -> torch.Tensor:
        draw, users = _tiny()[0].draw, batch.users
        assert users is not None, "cases of a split say whose they are"
        test = bool(batch.lengths[0] == draw.lengths[users[0]] - 1)
        noise = torch.rand(len(draw.lengths), 201, generator=torch.Generator().manual_seed(self.salt))[users]
        place = (users * 7 + self.shift + (0 if test else 11)) % 40
        target = draw.items[users, batch.lengths][:, None]
        noise = noise.masked_fill(torch.zeros_like(noise, dtype=torch.bool).scatter(1, target, True), 0.0)
        fifth = noise.topk(5, dim=1).values[:, 4]
        first, later = place < self.found[0], place < sum(self.found)
        best = torch.where(first, 2.0, torch.where(later, fifth + 1e-6, 0.0))
        return noise.scatter(1, target, best[:, None])


def _probes() -> list[Probe]:
    found = {"dot": (12, 6), "scaled": (19, 9), "additive": (16, 14)}
    return [
        Probe("two forms, two seeds", ("dot", "scaled", [0, 1], _StandIn(found, 5))),
        Probe("the weaker form second, three seeds", ("scaled", "additive", [2, 0, 1], _StandIn(found, 9))),
        Probe("seeds that differ much", ("additive", "dot", [3, 1, 2, 0], _StandIn(found, 13))),
    ]


EXERCISE = Exercise(
    name="gain-of-form",
    reference=gain_of_form,
    probes=_probes,
    larger=LargerRun(
        full='gain_of_form("dot", "scaled", [0, 1, 2], former())',
        small='gain_of_form("dot", "scaled", [0, 1], former(users=300, epochs=2, dim=16))',
        names={"former": former},
    ),
    seconds=60.0,
    mutants=(
        Mutant("turned", "The sign is turned: the gain is what the second form has more.", turned),
        Mutant("on-validation", "These are the validation items. Read split.test.", on_validation),
        Mutant("hit-rate", "This is HR@10. NDCG@10 is asked for.", hit_rate),
        Mutant(
            "all-runs-apart",
            "Each seed of a user counts as another user here, and the error comes out too small. Average "
            "over the "
            "seeds first.",
            all_runs_apart,
        ),
        Mutant(
            "not-paired",
            "The two forms are treated as if they had other users. Take the difference user by user, and "
            "then its "
            "spread.",
            not_paired,
        ),
        Mutant(
            "spread-of-users",
            "That is the spread over users. The error of their mean is smaller by the root of their number.",
            spread_of_users,
        ),
        Mutant("first-seed", "Only the first seed is used.", first_seed),
        Mutant(
            "over-seeds",
            "The error is over seeds here. Asked for is the one over users, with each user's mean over "
            "the seeds.",
            over_seeds,
        ),
    ),
    hints=(
        'evaluate(model, split.test).values("NDCG@10") gives one number for each user, always in one order.',
        "First one number for each user: the mean over the seeds of what the second form has more.",
    ),
)
