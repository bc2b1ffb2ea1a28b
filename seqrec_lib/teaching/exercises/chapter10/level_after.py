"""The GPU exercise: after how many epochs is a model of hidden items no longer clearly worse than SASRec?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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

Pair = tuple[Tensor, Tensor]


def hidden_or_next(
    users: int = 4000, epochs: int = 64, looks: str = "both", dim: int = 32, device: str = "auto"
) -> Callable:
    """Return ``run(length, seed)``: each user's NDCG@10 of hidden items after ``length`` epochs, SASRec's.

    SASRec is trained for ``epochs``, once a seed. ``looks``: ``"both"`` or ``"back"``.
    """
    split = leave_one_out(simulate("video", users=users, seed=2), max_len=50)
    made: dict[int, Tensor] = {}

    def figures(name: str, length: int, seed: int, **changes: Any) -> Tensor:
        how: dict[str, Any] = {"epochs": length, "evaluate_every": length, "max_len": 50, "patience": 0}
        how |= {"seed": seed, "device": device, "progress": False, "batch_size": 32, "dim": dim}
        how |= {"layers": 2, "heads": 2, "ff_width": 2 * dim, "dropout": 0.2}
        model = train_recipe(name, split, **how, **changes).model
        return torch.from_numpy(evaluate(model, split.test, (10,), with_coverage=False).per_user["NDCG@10"])

    def run(length: int, seed: int) -> Pair:
        if seed not in made:
            made[seed] = figures("sasrec", epochs, seed, lr=9e-3)
        frame = {"frame": "sasrec", "norm": "pre", "looks": looks}
        return figures("bert4rec", length, seed, lr=1e-3, **frame), made[seed]

    return run


def _level(lengths, seeds, run, *, width=1.96, error=paired_error, order=sorted, sign=1.0, reached=None):
    reached = reached or (lambda mean, half: mean + half >= 0)
    for length in order(lengths):
        runs = [run(length, seed) for seed in seeds]
        each = torch.stack([sign * (mine - other) for mine, other in runs]).double()  # (seeds, U)
        mine_of, others = (torch.stack(side).double() for side in zip(*runs, strict=True))
        half = width * error(mine_of, others)
        if reached(float(each.mean()), half):
            break
    return length, float(each.mean())


def level_after(lengths: Sequence[int], seeds: Sequence[int], run: Callable) -> tuple[int, float]:
    """lengths, seeds: list of int, run: see above. Returns (length, mean difference)."""
    return _level(lengths, seeds, run)


def _known(**changes) -> Callable:
    return lambda lengths, seeds, run: _level(lengths, seeds, run, **changes)


def _turned(lengths, seeds, run):
    length, mean = level_after(lengths, seeds, run)
    return length, -mean


def _largest(lengths, seeds, run):
    return _level([max(lengths)], seeds, run)


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: the difference shrinks with the length, and users and seeds differ."""

    users: int
    start: float
    seed: float = 0.01
    noise: float = 0.15
    user: float = 0.05

    def __call__(self, length: int, seed: int) -> Pair:
        draw = torch.Generator().manual_seed(100 * seed + length)
        user = torch.rand(self.users, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
        own = torch.rand(self.users, generator=draw, dtype=torch.float64) - 0.5
        other, better = 0.2 + 0.7 * user, 0.05 + self.user * (user.flip(0) - 0.5)
        return other + better - self.start / length**0.5 + self.seed * seed + self.noise * own, other


def _probes() -> list[Probe]:
    fine = list(range(10, 400, 4))
    return [
        Probe("two lengths, one seed", ([4, 64], [0], _StandIn(30, 0.2))),
        Probe("five lengths, three seeds", ([16, 4, 256, 64, 1024], [0, 2, 1], _StandIn(50, 0.5))),
        Probe("none is level", ([8, 2, 32], [1, 0], _StandIn(40, 3.0))),
        Probe("the longest first", ([512, 128, 90, 32, 8], [1, 3], _StandIn(60, 0.6))),
        Probe("seeds that differ", (fine, [0, 1, 2, 3], _StandIn(80, 0.7, 0.01, 0.3))),
        Probe("users that differ", (fine, [2, 0], _StandIn(25, 0.4, 0.005, 0.1, 0.3))),
        Probe("users and seeds that differ", (fine, [0, 1, 2], _StandIn(70, 0.5, 0.006, 0.1, 0.4))),
    ]


EXERCISE = Exercise(
    name="level-after",
    reference=level_after,
    probes=_probes,
    larger=LargerRun(
        full="level_after([16, 64, 128], [0, 1], hidden_or_next(users=1000))",
        small="level_after([2, 6], [0], hidden_or_next(users=300, epochs=4))",
        names={"hidden_or_next": hidden_or_next},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "mean-alone",
            "The mean itself must not be below 0 here. The upper end of its interval decides.",
            _known(width=0.0),
        ),
        Mutant(
            "lower-end",
            "The lower end of the interval must reach 0 here. That asks for clearly better, not for level.",
            _known(reached=lambda mean, half: mean - half >= 0),
        ),
        *error_mutants(lambda error: _known(error=error))[:3],
        Mutant(
            "as-they-come",
            "The lengths are tried in the order given. Begin with the smallest.",
            _known(order=list),
        ),
        Mutant("longest-alone", "Only the largest length is tried.", _largest),
        Mutant("turned-round", "The sign is wrong. Take hidden items minus SASRec.", _turned),
        *seed_mutants(level_after),
    ),
    hints=(
        "For one length: the differences user by user, their mean over the seeds, mean and error over users.",
        "Sort the lengths and leave the loop as soon as mean plus 1.96 errors is not below 0.",
    ),
)
