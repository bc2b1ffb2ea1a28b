"""The GPU exercise: is one form of attention better than another, and by how much more than chance?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor

from ....data.batch import Batch
from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....experiments import train as train_recipe
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, paired_error, seed_mutants

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


def _values(form: str, seeds: Sequence[int], train: Callable, part="test", name="NDCG@10") -> Tensor:
    """``(seeds, U)``: one figure for each seed and user."""
    found = []
    for seed in seeds:
        model, split = train(form, seed)
        found.append(evaluate(model, getattr(split, part), ks=(10,), with_coverage=False).values(name))
    return torch.stack([torch.as_tensor(values, dtype=torch.float64) for values in found])


def _told(first, second, seeds, train, error=paired_error, **which) -> tuple[float, float]:
    a, b = (_values(form, seeds, train, **which) for form in (first, second))
    return float((b - a).mean()), error(a, b)


def gain_of_form(first: str, second: str, seeds: Sequence[int], train: Callable) -> tuple[float, float]:
    """first, second: str, seeds: list of int, train: see above. Returns (gain, standard error)."""
    return _told(first, second, seeds, train)


def turned(first, second, seeds, train):
    return _told(second, first, seeds, train)


@lru_cache(maxsize=1)
def _tiny():
    world = simulate("video", users=40, seed=3)
    return world, leave_one_out(world, max_len=world.max_length)


@dataclass(frozen=True, repr=False)
class _StandIn(StandIn):
    """For each form, how many of 40 users find their item first; ``shift`` a seed."""

    found: dict
    shift: int

    def __call__(self, form: str, seed: int):
        return _Known(self.found[form], self.shift * seed, len(form)), _tiny()[1]


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
        Probe("two forms, two seeds", ("dot", "scaled", [3, 1], _StandIn(found, 5))),
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
        Mutant(
            "on-validation",
            "These are the validation items. Read split.test.",
            partial(_told, part="validation"),
        ),
        Mutant("hit-rate", "This is HR@10. NDCG@10 is asked for.", partial(_told, name="HR@10")),
        *error_mutants(lambda error: partial(_told, error=error)),
        *seed_mutants(gain_of_form),
    ),
    hints=(
        "First find one number for each user. What is it, and over what has it been averaged?",
        'evaluate(model, split.test).values("NDCG@10") gives one number for each user, always in one order. '
        "So two forms can be compared user by user.",
    ),
)
