"""The GPU exercise: how many parts to hide in training, and what that brings to cold items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ....data.temporal import temporal_split
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....experiments import train
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, error_of, paired_error, seed_mutants

Figures = tuple[Tensor, Tensor]
Gain = tuple[float, float, float]


def cold_asker(
    users: int = 4000,
    epochs: int = 16,
    world: str = "ads",
    most: int = 5,
    dim: int = 32,
    device: str = "auto",
) -> Callable:
    """Return ``run(hide, seed)``: NDCG@10 of each validation case and of each test case with a cold target.

    ``hide``: how often ids are hidden. ``most``: events of an item that is still cold.
    """
    log = simulate(world, users=users, seed=4).heard
    assert log.times is not None  # a world's log has them
    split = temporal_split(log, at=float(np.median(log.times)), target="random", max_len=40)
    count = np.bincount(split.train_log.items, minlength=log.n_items + 1)
    cold = split.test.rows(torch.from_numpy(count <= most)[split.test.target])

    def run(hide: float, seed: int) -> Figures:
        how: dict[str, Any] = {
            "epochs": epochs,
            "batch_size": 64,
            "lr": 4e-3,
            "schedule": "cosine",
        }
        made = train(
            "modal",
            split,
            seed=seed,
            device=device,
            progress=False,
            dim=dim,
            hide_ids=hide,
            patience=0,
            **how,
        )
        found = [
            evaluate(made.model, cases, (10,), with_coverage=False) for cases in (split.validation, cold)
        ]
        validation, others = (torch.from_numpy(each.per_user["NDCG@10"]) for each in found)
        return validation, others

    return run


def _gain(
    shares, seeds, run, *, error=paired_error, part=0, other=1, sign=1.0, worst=False, last=False
) -> Gain:
    found = {each: [run(each, seed) for seed in seeds] for each in (0.0, *shares)}

    def mean(share: float) -> float:
        value = float(torch.stack([figures[part].mean() for figures in found[share]]).mean())
        return -value if worst else value

    best = max(sorted(shares, reverse=last), key=mean)
    hidden, plain = (
        torch.stack([figures[other] for figures in found[each]]).double() for each in (best, 0.0)
    )
    return best, sign * float((hidden - plain).mean()), error(hidden, plain)


def hidden_share(shares: Sequence[float], seeds: Sequence[int], run: Callable) -> Gain:
    """shares: list of float, seeds: list of int, run: see above. Returns (share, gain, error)."""
    return _gain(shares, seeds, run)


def _known(**changes) -> Callable:
    return lambda shares, seeds, run: _gain(shares, seeds, run, **changes)


def _against_smallest(shares, seeds, run):
    least = min(shares)
    rest = [each for each in shares if each != least]
    return _gain(rest, seeds, lambda share, seed: run(share or least, seed))


def _no_control(shares, seeds, run):
    best, _, _ = hidden_share(shares, seeds, run)
    figures = torch.stack([run(best, seed)[1] for seed in seeds]).double()
    return best, float(figures.mean()), error_of(figures.mean(0))


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: a best share for validation, another for cold items, seeds that differ."""

    users: int
    best: float
    truth: float
    seed: float = 0.03
    noise: float = 0.3
    tied: float = 1.0  # validation does not tell this share from larger ones

    def __call__(self, share: float, seed: int) -> Figures:
        seen = min(share, self.tied)  # what validation sees of the share
        draw = torch.Generator().manual_seed(2000 * seed + round(100 * seen))
        user = torch.rand(self.users, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
        found = []
        for at, best in ((seen, self.best), (share, self.truth)):
            own = torch.rand(self.users, generator=draw, dtype=torch.float64) - 0.5
            level = 0.3 - 0.4 * (at - best) ** 2 + self.seed * (seed % 3) * (1 + at)
            found.append(level + 0.5 * (user - 0.5) + self.noise * own * (0.2 + at))
        return found[0], found[1]


def _probes() -> list[Probe]:
    return [
        Probe("three shares, one seed", ([0.2, 0.5, 0.8], [1], _StandIn(30, 0.5, 0.9))),
        Probe("five shares, three seeds", ([0.7, 0.1, 0.5, 0.3, 0.2], [3, 1, 2], _StandIn(60, 0.5, 0.1))),
        Probe("hiding does harm", ([0.3, 0.6, 0.9], [2, 5], _StandIn(40, 0.5, -1.0))),
        Probe("seeds that differ", ([0.2, 0.4, 0.8], [2, 1, 4, 6], _StandIn(50, 0.5, 0.3, 0.2))),
        Probe("many cases", ([0.3, 0.6, 0.9], [1, 2, 7], _StandIn(400, 0.6, 0.9, 0.05, 0.5))),
        Probe("equal on validation", ([0.8, 0.1, 0.5], [1, 3], _StandIn(40, 0.5, 0.9, tied=0.5))),
    ]


EXERCISE = Exercise(
    name="hidden-share",
    reference=hidden_share,
    probes=_probes,
    larger=LargerRun(
        full="hidden_share([0.2, 0.4, 0.6], [0, 1, 2], cold_asker(users=8000))",
        small="hidden_share([0.3, 0.6], [0], cold_asker(users=400, epochs=2))",
        names={"cold_asker": cold_asker},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "chosen-by-cold",
            "The share is chosen by the cold cases and praised by the same cases. Validation chooses.",
            _known(part=1),
        ),
        Mutant(
            "gain-on-validation",
            "The gain is that on validation, which has chosen. Report the cold cases.",
            _known(other=0),
        ),
        Mutant(
            "no-control",
            "This is the figure of the chosen model itself. The gain is over share 0, with the same seeds.",
            _no_control,
        ),
        Mutant(
            "against-the-smallest",
            "The gain is over the smallest share. Nothing hidden means share 0: train that too.",
            _against_smallest,
        ),
        Mutant("turned-round", "The sign is wrong. Take hidden minus plain.", _known(sign=-1.0)),
        Mutant("worst-chosen", "This is the share with the lowest validation figure.", _known(worst=True)),
        Mutant(
            "largest-of-equals", "Of equal shares the larger is taken. Take the smallest.", _known(last=True)
        ),
        *error_mutants(lambda error: _known(error=error))[:3],
        *seed_mutants(hidden_share),
    ),
    hints=(
        "Train share 0 and each other one with every seed. Then choose, and only then look at the cold.",
        "A case's difference is hidden minus plain, averaged over the seeds; the error is over cases.",
    ),
)
