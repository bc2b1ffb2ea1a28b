"""The GPU exercise: how many candidates must the first stage hand on?"""

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


def two_stages(
    users: int = 4000, epochs: int = 10, dim: int = 32, device: str = "auto", **world_changes: int
) -> Callable:
    """Return ``run(count, seed)``: each user's NDCG@10 with ``count`` candidates, and with all items ranked.

    The first stage is a GRU4Rec of a quarter of the width, the ranker a SASRec; both are trained once a seed
    on ``world:large`` with fewer items. ``world_changes`` are settings of the world, such as fewer ``films``.
    """
    from ....retrieval import Indexed, TwoStage, build_index

    changes: dict[str, Any] = {"series": 300, "films": 400, **world_changes}
    split = leave_one_out(simulate("large", users=users, seed=1, **changes), max_len=40)
    made: dict[int, tuple] = {}

    def models(seed: int) -> tuple:
        if seed not in made:
            how: dict[str, Any] = {"epochs": epochs, "evaluate_every": epochs, "max_len": 40, "patience": 0}
            how |= {"lr": 1e-2, "schedule": "cosine", "seed": seed, "device": device, "progress": False}
            first = train_recipe("gru4rec", split, dim=max(4, dim // 4), **how).model
            ranker = train_recipe("sasrec", split, dim=dim, layers=1, positions="distance", **how).model
            whole = evaluate(ranker, split.test, (10,), with_coverage=False).per_user["NDCG@10"]
            made[seed] = (first, ranker, torch.from_numpy(whole))
        return made[seed]

    def run(count: int, seed: int) -> Pair:
        first, ranker, whole = models(seed)
        stage = Indexed(first, build_index(first.item_matrix()), count)
        found = evaluate(TwoStage(stage, ranker), split.test, (10,), with_coverage=False)
        return torch.from_numpy(found.per_user["NDCG@10"]), whole

    return run


def _needed(
    counts,
    seeds,
    run,
    most,
    *,
    width=1.96,
    error=paired_error,
    loss=lambda part, whole: whole - part,
    order=sorted,
):
    counts = order(counts)
    for count in counts:
        runs = [run(count, seed) for seed in seeds]
        each = torch.stack([loss(part, whole) for part, whole in runs]).double()  # (seeds, U)
        parts, wholes = (torch.stack(side).double() for side in zip(*runs, strict=True))
        half = width * error(parts, wholes)
        if float(each.mean()) + half < most:
            break
    return count, float(each.mean())


def candidates_needed(
    counts: Sequence[int], seeds: Sequence[int], run: Callable, most: float
) -> tuple[int, float]:
    """counts, seeds: list of int, run: see above, most: float. Returns (count, mean loss)."""
    return _needed(counts, seeds, run, most)


def _known(**changes) -> Callable:
    return lambda counts, seeds, run, most: _needed(counts, seeds, run, most, **changes)


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: the loss falls with the count, and users and seeds differ."""

    users: int
    size: float
    user: float = 0.05
    seed: float = 0.4

    def __call__(self, count: int, seed: int) -> Pair:
        user = torch.rand(self.users, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
        own = torch.rand(
            self.users, generator=torch.Generator().manual_seed(7 * seed + count), dtype=torch.float64
        )
        whole = 0.2 + 0.7 * user
        loss = self.size * (1 + self.seed * seed) / count**0.5 + 0.12 * (own - 0.5) + self.user * (user - 0.5)
        return whole - loss, whole


def _probes() -> list[Probe]:
    return [
        Probe("three counts, one seed", ([20, 5, 80], [0], _StandIn(40, 0.2), 0.06)),
        Probe("five counts, three seeds", ([50, 10, 200, 20, 100], [0, 2, 1], _StandIn(60, 0.3), 0.055)),
        Probe("none is enough", ([8, 32, 16], [1, 0], _StandIn(30, 0.5), 0.01)),
        Probe("two seeds that differ", ([10, 30, 90, 270], [0, 3], _StandIn(90, 0.25), 0.05)),
        Probe("users that differ", ([12, 24, 48, 96, 192], [1, 0, 2, 3], _StandIn(30, 0.3, 0.3, 0.0), 0.068)),
        Probe("a wide bound", ([400, 6, 25, 100, 1600], [1, 0], _StandIn(50, 0.4, 0.1, 0.2), 0.11)),
    ]


EXERCISE = Exercise(
    name="candidates-needed",
    reference=candidates_needed,
    probes=_probes,
    larger=LargerRun(
        full="candidates_needed([20, 50, 100, 200, 400], [0, 1], two_stages(), 0.01)",
        small="candidates_needed([10, 40], [0], two_stages(users=400, epochs=2, films=60), 0.02)",
        names={"two_stages": two_stages},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "mean-below",
            "The mean loss is below the bound here, but not the upper end of its interval.",
            _known(width=0.0),
        ),
        *error_mutants(lambda error: _known(error=error))[:3],
        Mutant(
            "as-they-come",
            "The counts are tried in the order given; asked for is the smallest.",
            _known(order=list),
        ),
        Mutant(
            "from-the-largest",
            "The search starts from the largest count and stops at once.",
            _known(order=lambda c: sorted(c, reverse=True)),
        ),
        *seed_mutants(candidates_needed, behind=2),
        Mutant(
            "a-gain",
            "The sign is turned: a loss is above 0 where the candidates were too few.",
            _known(loss=lambda part, whole: part - whole),
        ),
    ),
    hints=(
        "For one count: a loss for each user and seed, then one number for each user, then a mean "
        "and its error.",
        "Go through the counts from the smallest, and stop at the first whose upper end is below the bound.",
    ),
)
