"""The GPU exercise: what all windows bring beside the newest items alone, with as many targets for both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....data import leave_one_out, load_source
from ....evaluation.ranking import evaluate
from ....experiments import train as train_recipe
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, paired_error, seed_mutants

# As the stored rows of the chapter are trained.
USUAL = {"batch_by": "steps", "schedule": "cosine", "patience": 0, "precision": "fp32"}


def film_runner(
    source: str = "ml-1m", max_len: int = 200, batch_size: int = 64, lr: float = 0.002, device: str = "auto"
):
    """Return ``run(windows, epochs, seed)``: each user's test NDCG@10 of SASRec after so many epochs.

    ``run.targets(windows)``: how many targets an epoch has. ``source``: as the command line's ``--data``.
    """
    log, _ = load_source(source)
    splits = {w: leave_one_out(log, max_len=max_len, windows=w) for w in (True, False)}

    def run(windows: bool, epochs: int, seed: int) -> Tensor:
        split = splits[windows]
        how: dict[str, Any] = {**USUAL, "epochs": epochs, "evaluate_every": epochs, "batch_size": batch_size}
        how["lr"] = lr
        model = train_recipe("sasrec", split, seed=seed, device=device, progress=False, **how).model
        return torch.from_numpy(evaluate(model, split.test, (10,), with_coverage=False).per_user["NDCG@10"])

    def targets(windows: bool) -> int:
        following = splits[windows].train.targets
        assert following is not None  # training rows have them
        return int((following > 0).sum())

    run.targets = targets  # type: ignore[attr-defined]
    return run


def _gain(epochs, seeds, run, *, more=None, error=paired_error, width=1.96, sign=1.0):
    more = more or (lambda epochs, share: round(epochs * share))
    longer = more(epochs, run.targets(True) / run.targets(False))
    every = torch.stack([run(True, epochs, seed) for seed in seeds]).double()  # (seeds, U)
    newest = torch.stack([run(False, longer, seed) for seed in seeds]).double()
    return sign * float((every - newest).mean()), width * error(every, newest)


def windows_gain(epochs: int, seeds: Sequence[int], run: Callable) -> tuple[float, float]:
    """epochs: int, seeds: list of int, run: see above. Returns (mean difference, half of its interval)."""
    return _gain(epochs, seeds, run)


def _known(**changes) -> Callable:
    return lambda epochs, seeds, run: _gain(epochs, seeds, run, **changes)


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: more epochs help, all windows help a little, users and seeds differ."""

    users: int
    every: int
    newest: int
    gain: float = 0.03

    def targets(self, windows: bool) -> int:
        return self.every if windows else self.newest

    def __call__(self, windows: bool, epochs: int, seed: int) -> Tensor:
        draw = torch.Generator().manual_seed(1000 * seed + 2 * epochs + windows)
        user = torch.rand(self.users, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
        own = torch.rand(self.users, generator=draw, dtype=torch.float64) - 0.5
        return 0.6 * user - 0.5 / (4 + epochs) + self.gain * windows + 0.02 * seed * windows + 0.1 * own


def _probes() -> list[Probe]:
    return [
        Probe("one seed", (4, [0], _StandIn(30, 150, 100))),
        Probe("three seeds", (12, [0, 2, 1], _StandIn(50, 981, 647))),
        Probe("epochs that do not come out even", (8, [1, 3], _StandIn(40, 500, 312))),
        Probe("epochs that are rounded down", (5, [2, 4], _StandIn(25, 128, 100))),
        Probe("no gain", (20, [3, 0, 5], _StandIn(60, 300, 280, 0.0))),
    ]


EXERCISE = Exercise(
    name="windows-gain",
    reference=windows_gain,
    probes=_probes,
    larger=LargerRun(
        full='windows_gain(12, [0, 1, 2], film_runner("ml-1m"))',
        small='windows_gain(8, [0], film_runner("world:video:users=800", 20, 32, 0.005))',
        names={"film_runner": film_runner},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "as-many-epochs",
            "Both train for as many epochs, so the newest items alone see fewer targets, and two things "
            "differ.",
            _known(more=lambda epochs, share: epochs),
        ),
        Mutant(
            "rounded-otherwise",
            "The epochs are cut off or rounded up. Take the nearest whole number.",
            _known(more=lambda epochs, share: int(epochs * share)),
            _known(more=lambda epochs, share: -int(-epochs * share // 1)),
        ),
        Mutant(
            "fewer-epochs",
            "The newest items alone get fewer epochs here. They have fewer targets in an epoch: which way "
            "round?",
            _known(more=lambda epochs, share: round(epochs / share)),
        ),
        Mutant("turned-round", "The sign is wrong. Take all windows minus the newest.", _known(sign=-1.0)),
        Mutant(
            "one-error",
            "This is one standard error. Half of a 95% interval is 1.96 of them.",
            _known(width=1.0),
        ),
        *error_mutants(lambda error: _known(error=error))[:3],
        *seed_mutants(windows_gain),
    ),
    hints=(
        "First the epochs of the newest items alone: how many times more targets has an epoch with all "
        "windows?",
        "Then the difference user by user, averaged over the seeds, and its mean and standard error over "
        "users.",
    ),
)
