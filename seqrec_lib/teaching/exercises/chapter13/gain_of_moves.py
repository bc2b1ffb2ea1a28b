"""The GPU exercise: how far to move the items, and what it brings to users who had no part in the choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....losses import cross_entropy
from ....losses.adversarial import Adversarial
from ....losses.objectives import NextItemObjective
from ....models import build, recipe_settings
from ....training import fit
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, error_of, paired_error, seed_mutants

Figures = tuple[Tensor, Tensor]
Gain = tuple[float, float, float]


def moved_items(
    users: int = 1600, epochs: int = 20, way: str = "gradient", dim: int = 32, device: str = "auto"
) -> Callable:
    """Return ``run(epsilon, seed)``: NDCG@10 of each validation case and of each fresh user.

    ``way``: ``"gradient"``, ``"sign"`` or ``"noise"``.
    """
    split = leave_one_out(simulate("video", users=users, seed=4), max_len=50)
    fresh = leave_one_out(simulate("video", users=3000, seed=77), max_len=50)

    def run(epsilon: float, seed: int) -> Figures:
        torch.manual_seed(seed)
        sizes: dict[str, Any] = {"dim": dim, "max_len": 50, "dropout": 0.0}
        model = build(recipe_settings("sasrec", split.log.n_items, **sizes))
        objective = Adversarial(NextItemObjective(cross_entropy), epsilon, way)
        how: dict[str, Any] = {"epochs": epochs, "batch_size": 32, "lr": 4e-3, "weight_decay": 0.0}
        fit(model, split, objective=objective, seed=seed, device=device, patience=0, progress=False, **how)
        found = [
            evaluate(model, cases, (10,), with_coverage=False) for cases in (split.validation, fresh.test)
        ]
        validation, others = (torch.from_numpy(each.per_user["NDCG@10"]) for each in found)
        return validation, others

    return run


def _gain(epsilons, seeds, run, *, error=paired_error, part=0, other=1, sign=1.0, worst=False) -> Gain:
    found = {each: [run(each, seed) for seed in seeds] for each in (0.0, *epsilons)}

    def mean(epsilon: float) -> float:
        value = float(torch.stack([figures[part].mean() for figures in found[epsilon]]).mean())
        return -value if worst else value

    best = max(sorted(epsilons), key=mean)
    with_moves, plain = (
        torch.stack([figures[other] for figures in found[each]]).double() for each in (best, 0.0)
    )
    return best, sign * float((with_moves - plain).mean()), error(with_moves, plain)


def gain_of_moves(epsilons: Sequence[float], seeds: Sequence[int], run: Callable) -> Gain:
    """epsilons: list of float, seeds: list of int, run: see above. Returns (epsilon, gain, error)."""
    return _gain(epsilons, seeds, run)


def _known(**changes) -> Callable:
    return lambda epsilons, seeds, run: _gain(epsilons, seeds, run, **changes)


def _against_smallest(epsilons, seeds, run):
    least = min(epsilons)
    rest = [each for each in epsilons if each != least]
    return _gain(rest, seeds, lambda epsilon, seed: run(epsilon or least, seed))


def _no_control(epsilons, seeds, run):
    best, _, _ = gain_of_moves(epsilons, seeds, run)
    figures = torch.stack([run(best, seed)[1] for seed in seeds]).double()
    return best, float(figures.mean()), error_of(figures.mean(0))


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: a best epsilon for validation, another for fresh users, seeds that differ."""

    users: int
    best: float
    truth: float
    seed: float = 0.03
    noise: float = 0.3

    def __call__(self, epsilon: float, seed: int) -> Figures:
        draw = torch.Generator().manual_seed(1000 * seed + round(100 * epsilon))
        user = torch.rand(self.users, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
        found = []
        for best in (self.best, self.truth):
            own = torch.rand(self.users, generator=draw, dtype=torch.float64) - 0.5
            level = 0.3 - 0.1 * (epsilon - best) ** 2 + self.seed * (seed % 3) * (1 + epsilon)
            found.append(level + 0.5 * (user - 0.5) + self.noise * own * (0.2 + epsilon))
        return found[0], found[1]


def _probes() -> list[Probe]:
    return [
        Probe("three lengths, one seed", ([0.2, 0.5, 1.0], [1], _StandIn(30, 0.5, 1.0))),
        Probe("five lengths, three seeds", ([2.0, 0.1, 0.5, 1.0, 0.2], [3, 1, 2], _StandIn(60, 1.0, 0.2))),
        Probe("moving does harm", ([0.5, 1.0, 1.5], [2, 5], _StandIn(40, 0.6, -1.0))),
        Probe("seeds that differ", ([0.4, 0.8, 1.6], [2, 1, 4, 6], _StandIn(50, 0.9, 0.3, 0.2))),
        Probe("many users", ([0.3, 0.6, 0.9], [1, 2, 7], _StandIn(400, 0.6, 0.9, 0.05, 0.5))),
    ]


EXERCISE = Exercise(
    name="gain-of-moves",
    reference=gain_of_moves,
    probes=_probes,
    larger=LargerRun(
        full="gain_of_moves([0.25, 0.5, 1.0], [0, 1, 2], moved_items(users=800, epochs=12))",
        small="gain_of_moves([0.25, 0.5], [0], moved_items(users=200, epochs=6))",
        names={"moved_items": moved_items},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "chosen-by-fresh",
            "The epsilon is chosen by the fresh users and praised by the same users. Validation chooses.",
            _known(part=1),
        ),
        Mutant(
            "gain-on-validation",
            "The gain is that on validation, which has chosen. Report the fresh users.",
            _known(other=0),
        ),
        Mutant(
            "no-control",
            "This is the figure of the chosen model itself. The gain is over epsilon 0, with the same seeds.",
            _no_control,
        ),
        Mutant(
            "against-the-smallest",
            "The gain is over the smallest epsilon. Without moves means epsilon 0: train that too.",
            _against_smallest,
        ),
        Mutant("turned-round", "The sign is wrong. Take moved minus plain.", _known(sign=-1.0)),
        Mutant("worst-chosen", "This is the epsilon with the lowest validation figure.", _known(worst=True)),
        *error_mutants(lambda error: _known(error=error))[:3],
        *seed_mutants(gain_of_moves),
    ),
    hints=(
        "Train epsilon 0 and each other one with every seed. Then choose, and only then look at the fresh.",
        "A fresh user's difference is moved minus plain, averaged over the seeds; the error is over users.",
    ),
)
