"""The GPU exercise: what a contrastive task brings, by how many users there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....models import build, recipe_settings
from ....training import fit
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, paired_error, seed_mutants

Figures = tuple[Tensor, Tensor]


def contrasted(
    steps: int = 4000, views: str = "cl4srec", weight: float = 0.01, dim: int = 32, device: str = "auto"
) -> Callable:
    """Return ``run(users, seed)``: NDCG@10 of 3,000 fresh users each, by a plain and a contrasted SASRec.

    ``views``: how the task changes histories; see ``seqrec_lib.models.contrastive``.
    """
    fresh = leave_one_out(simulate("video", users=3000, seed=77), max_len=50)

    def one(users: int, seed: int, changes: dict[str, Any]) -> Tensor:
        split = leave_one_out(simulate("video", users=users, seed=seed), max_len=50)
        torch.manual_seed(seed)
        sizes: dict[str, Any] = {"dim": dim, "max_len": 50, "layers": 1, "dropout": 0.4, **changes}
        model = build(recipe_settings("cl4srec", split.log.n_items, **sizes))
        epochs = max(1, round(steps / -(-users // 32)))
        how: dict[str, Any] = {"epochs": epochs, "batch_size": 32, "lr": 4e-3, "weight_decay": 0.0}
        every = max(1, epochs // 10)
        fit(model, split, evaluate_every=every, seed=seed, device=device, patience=0, progress=False, **how)
        found = evaluate(model, fresh.test, (10,), with_coverage=False)
        return torch.from_numpy(found.per_user["NDCG@10"])

    def run(users: int, seed: int) -> Figures:
        return one(users, seed, {"weight": 0.0}), one(users, seed, {"views": views, "weight": weight})

    return run


def _gain(sizes, seeds, run, *, error=paired_error, sign=1.0, relative=False) -> Tensor:
    rows = []
    for users in sizes:
        plain, other = (
            torch.stack(each).double() for each in zip(*(run(users, s) for s in seeds), strict=True)
        )
        gain = sign * float((other - plain).mean())
        rows.append([gain / float(plain.mean()) if relative else gain, error(other, plain)])
    return torch.tensor(rows, dtype=torch.float64).T.flatten()


def gain_by_users(sizes: Sequence[int], seeds: Sequence[int], run: Callable) -> Tensor:
    """sizes, seeds: list of int, run: see above. Returns (2n,)."""
    return _gain(sizes, seeds, run)


def _known(**changes) -> Callable:
    return lambda sizes, seeds, run: _gain(sizes, seeds, run, **changes)


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: a gain that falls with the number of users, and seeds that differ."""

    users: int
    gain: float
    noise: float = 0.2

    def __call__(self, users: int, seed: int) -> Figures:
        draw = torch.Generator().manual_seed(1000 * seed + users)
        user = torch.rand(self.users, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
        base = 0.2 + 0.3 * user + 0.02 * (seed % 3)
        own = torch.rand(self.users, generator=draw, dtype=torch.float64) - 0.5
        gain = self.gain * (300 / users) * (1 + 0.3 * (seed % 4)) + self.noise * own
        return base, base + gain


def _probes() -> list[Probe]:
    return [
        Probe("two sizes, two seeds", ([300, 900], [1, 3], _StandIn(30, 0.05))),
        Probe("three sizes, three seeds", ([200, 1000, 4000], [3, 1, 2], _StandIn(50, 0.1))),
        Probe("a task that does harm", ([500, 100], [2, 5], _StandIn(40, -0.08))),
        Probe("many users", ([250, 750, 2250], [4, 1, 6, 7], _StandIn(300, 0.03, 0.4))),
    ]


EXERCISE = Exercise(
    name="gain-by-users",
    reference=gain_by_users,
    probes=_probes,
    larger=LargerRun(
        full="gain_by_users([300, 1000, 4000], [0, 1, 2], contrasted())",
        small="gain_by_users([300], [0], contrasted(steps=200))",
        names={"contrasted": contrasted},
    ),
    seconds=30.0,
    mutants=(
        Mutant("turned-round", "The sign is wrong. Take the contrasted minus the plain.", _known(sign=-1.0)),
        Mutant(
            "size-by-size",
            "Gain and error of each size stand side by side. First come all gains, then all errors.",
            lambda *inputs: gain_by_users(*inputs).reshape(2, -1).T.flatten(),
        ),
        Mutant(
            "relative", "The gain is divided by the plain figure. Report the difference itself.",
            _known(relative=True),
        ),
        *error_mutants(lambda error: _known(error=error)),
        *seed_mutants(gain_by_users),
    ),
    hints=(
        "For each size train all seeds, and keep both figures of each fresh user.",
        "A user's difference is averaged over the seeds first; the error is over users.",
    ),
)  # fmt: skip
