"""The GPU exercise: what does a form of distance lose when it is asked with longer histories?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ....data.splits import Split, leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....experiments import Run
from ....experiments import train as train_recipe
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, paired_error, seed_mutants

Figures = tuple[Tensor, Tensor, Tensor]
LONGEST = 20  # items in a row of training
USUAL: dict[str, Any] = {
    "layers": 1,
    "heads": 2,
    "dropout": 0.0,
    "batch_size": 16,
    "schedule": "cosine",
    "patience": 0,
}
# The best of three on the validation items of other users: benchmarks/asked_longer.py.
RATES = {"distance": 16e-3, "alibi": 8e-3}
CHOSEN_ON, REPORTED_ON = 2, 3  # seeds of the two worlds


def on_short_rows(short: Split, form: str, seed: int, max_len: int, epochs: int = 12, **changes: Any) -> Run:
    """Train a block of SASRec with that form of distance on rows of ``short``; it takes up to ``max_len``."""
    how = {
        **USUAL,
        "lr": RATES.get(form, 8e-3),
        "dim": 32,
        "epochs": epochs,
        "evaluate_every": epochs,
        **changes,
    }
    return train_recipe("sasrec", short, seed=seed, progress=False, positions=form, max_len=max_len, **how)


def trained_short(
    users: int = 4000, epochs: int = 12, dim: int = 32, device: str = "auto", **world_changes: int
) -> Callable:
    """Return ``train(form, seed)``: a block of SASRec is trained on the newest 20 items of each user.

    It gives three ``(U,)`` tensors: how many items stand before each user's test item, NDCG@10 asked with
    the newest 20 of them, and NDCG@10 asked with all. ``form`` is one of the words of the setting
    ``positions``; ``world_changes`` are settings of ``world:video``, such as fewer ``films``. No setting was
    chosen on these users.
    """
    world = simulate("video", users=users, seed=REPORTED_ON, min_length=10, **world_changes)
    short, whole = (leave_one_out(world, max_len=n) for n in (LONGEST, world.max_length))

    def train(form: str, seed: int) -> Figures:
        run = on_short_rows(short, form, seed, world.max_length, epochs, dim=dim, device=device)
        asked = (evaluate(run.model, part.test, (10,), with_coverage=False) for part in (short, whole))
        near, far = (torch.from_numpy(found.per_user["NDCG@10"]) for found in asked)
        return whole.test.batch.lengths, near, far

    return train


def _losses(form, seeds, train, who=lambda lengths: lengths > LONGEST) -> Tensor:
    """``(seeds, U)``: what each user loses."""
    runs = [train(form, seed) for seed in seeds]
    return torch.stack([(near - far)[who(lengths)] for lengths, near, far in runs]).double()


def _told(first, second, seeds, train, error=paired_error, **which):
    a, b = (_losses(form, seeds, train, **which) for form in (first, second))
    return float(a.mean()), float(b.mean()), error(a, b)


def asked_longer(
    first: str, second: str, seeds: Sequence[int], train: Callable
) -> tuple[float, float, float]:
    """first, second: str, seeds: list of int, train: see above. Returns (loss, loss, standard error)."""
    return _told(first, second, seeds, train)


def gains(first, second, seeds, train):
    a, b, error = asked_longer(first, second, seeds, train)
    return -a, -b, error


@dataclass(repr=False)
class _StandIn(StandIn):
    """Users of known lengths, and for each form what those with more items lose."""

    lengths: list[int]
    lost: dict[str, float]

    def __call__(self, form: str, seed: int) -> Figures:
        lengths = torch.tensor(self.lengths)
        # What all forms find hard about a user, and what is chance of this form and seed.
        user = torch.rand(len(lengths), generator=torch.Generator().manual_seed(5), dtype=torch.float64)
        own = torch.Generator().manual_seed(100 * seed + len(form))
        chance = torch.rand(len(lengths), generator=own, dtype=torch.float64)
        near = 0.5 + 0.4 * user
        lost = self.lost[form] * (1 + 0.5 * seed) + 0.3 * (user - 0.5) + 0.2 * (chance - 0.5)
        return lengths, near, near - lost * (lengths > LONGEST)


def _probes() -> list[Probe]:
    lost = {"distance": 0.02, "rope": 0.1, "alibi": -0.01}
    few = _StandIn([12, 20, 21, 50, 33, 20, 19, 27], lost)
    more = _StandIn([20, 44, 15, 38, 22, 50, 50, 20, 31, 11, 29, 24], lost)
    return [
        Probe("two forms, two seeds", ("rope", "distance", [3, 1], few)),
        Probe("the better form first, three seeds", ("alibi", "rope", [2, 0, 1], more)),
        Probe("three seeds that differ much", ("distance", "alibi", [1, 4, 3], more)),
    ]


EXERCISE = Exercise(
    name="asked-longer",
    reference=asked_longer,
    probes=_probes,
    larger=LargerRun(
        full='asked_longer("distance", "alibi", [0, 1], trained_short())',
        small='asked_longer("distance", "alibi", [0, 1], trained_short(users=800, films=12, series=12))',
        names={"trained_short": trained_short},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "all-users",
            "All users count here. Those with 20 items or fewer are asked the same twice, and their zeros "
            "make the loss small.",
            partial(_told, who=lambda lengths: lengths > 0),
        ),
        Mutant(
            "twenty-counted",
            "Users with exactly 20 items count too. They are asked with no more than the training rows held.",
            partial(_told, who=lambda lengths: lengths >= LONGEST),
        ),
        Mutant(
            "short-ones",
            "Those with 20 items or fewer are counted. They are asked the same twice, so they lose nothing.",
            partial(_told, who=lambda lengths: lengths <= LONGEST),
        ),
        Mutant("gains", "The sign is turned: a loss is above 0 where the longer history does worse.", gains),
        *error_mutants(lambda error: partial(_told, error=error)),
        *seed_mutants(asked_longer),
    ),
    hints=(
        "Three questions: who counts, what does each of them lose on average over the seeds, and how does "
        "that differ between the two forms?",
        "For each form every user has one number, the mean loss over the seeds. The error is that of the "
        "difference of these numbers.",
    ),
)
