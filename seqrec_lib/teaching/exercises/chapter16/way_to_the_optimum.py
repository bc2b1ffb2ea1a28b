"""The GPU exercise of page 16b: how far values go on longer logs, between the myopic policy and the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....data.session_split import split_sessions
from ....data.worlds import log_of_sessions, play, session_world
from ....models import build, recipe_settings
from ....policies import chooses
from ....training import fit
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, paired_error, seed_mutants

Figures = tuple[Tensor, Tensor]
VISITORS_SEED = 977


def best_clicks() -> float:
    """The exact clicks of a session of `feed` under its best policy."""
    world = session_world("feed")
    return float(world.value(world.best()))


def valued(steps: int = 4000, visitors: int = 4000, dim: int = 32, device: str = "auto") -> Callable:
    """Return ``run(sessions, seed)``: clicks of each visitor, by SQN's value head and by the myopic policy.

    The model learns from that many sessions of the logger of `feed`, for about ``steps`` steps of the
    optimiser. The visitors are the same in every run.
    """
    world = session_world("feed")
    myopic = play(world, world.myopic(), visitors, VISITORS_SEED).returns.double()

    def run(sessions: int, seed: int) -> Figures:
        split = split_sessions(log_of_sessions(world, play(world, world.logger(), sessions, seed)), max_len=9)
        usual: dict[str, Any] = {"dim": dim, "max_len": 9, "layers": 2, "dropout": 0.0, "events": 2}
        torch.manual_seed(seed)
        settings = recipe_settings(
            "sqn", world.n_items, **usual, rewards="click=1", discount=1.0, ranks_by="values"
        )
        model = build(settings)
        epochs = max(1, round(steps / -(-sessions // 128)))
        how: dict[str, Any] = {"epochs": epochs, "batch_size": 128, "lr": 8e-3, "weight_decay": 0.0}
        fit(model, split, evaluate_every=epochs, patience=0, seed=seed, device=device, progress=False, **how)
        shown = play(world, chooses(model.cpu()), visitors, VISITORS_SEED)
        return shown.returns.double(), myopic

    return run


def _way(sizes, seeds, run, best, *, error=paired_error, of_best=False, plain=False, scaled=True) -> Tensor:
    rows = []
    for sessions in sizes:
        learned, myopic = (
            torch.stack(each).double() for each in zip(*(run(sessions, s) for s in seeds), strict=True)
        )
        whole = best if of_best else best - float(myopic.mean())
        gain = float((learned if of_best else learned - myopic).mean())
        part = 1.0 if plain else whole
        rows.append([gain / part, error(learned, myopic) / (part if scaled else 1.0)])
    return torch.tensor(rows, dtype=torch.float64).T.flatten()


def way_to_the_optimum(sizes: Sequence[int], seeds: Sequence[int], run: Callable, best: float) -> Tensor:
    """sizes, seeds: list of int, run: see above, best: float. Returns (2n,)."""
    return _way(sizes, seeds, run, best)


def _known(**changes) -> Callable:
    return lambda sizes, seeds, run, best: _way(sizes, seeds, run, best, **changes)


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: clicks that grow with the log, visitors who differ, and seeds that differ."""

    visitors: int
    gain: float
    noise: float = 1.0

    def __call__(self, sessions: int, seed: int) -> Figures:
        draw = torch.Generator().manual_seed(1000 * seed + sessions)
        visitor = torch.rand(self.visitors, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
        myopic = 0.5 + 2 * visitor
        own = torch.rand(self.visitors, generator=draw, dtype=torch.float64) - 0.5
        gain = self.gain * (sessions / 3000) ** 0.3 * (1 + 0.3 * (seed % 4))
        return myopic + gain + self.noise * own, myopic


def _probes() -> list[Probe]:
    return [
        Probe("two sizes, two seeds", ([1000, 4000], [1, 3], _StandIn(30, 0.6), 3.8)),
        Probe("three sizes, three seeds", ([900, 3000, 9000], [3, 1, 2], _StandIn(50, 0.4), 4.5)),
        Probe("below the myopic policy", ([3000, 500], [2, 5], _StandIn(40, -0.3), 2.9)),
        Probe("many visitors", ([700, 2000, 8000], [4, 1, 6, 7], _StandIn(300, 0.2, 2.0), 3.1)),
    ]


EXERCISE = Exercise(
    name="way-to-the-optimum",
    reference=way_to_the_optimum,
    probes=_probes,
    larger=LargerRun(
        full="way_to_the_optimum([3000, 12000, 48000], [0, 1, 2], valued(), best_clicks())",
        small="way_to_the_optimum([1000], [0], valued(steps=150), best_clicks())",
        names={"valued": valued, "best_clicks": best_clicks},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "part-of-the-optimum",
            "This is the part of the optimum that is reached. The way begins at the myopic policy, not at 0.",
            _known(of_best=True),
        ),
        Mutant(
            "clicks-gained",
            "This is the gain in clicks. Divide it, and its error, by the length of the whole way.",
            _known(plain=True),
        ),
        Mutant(
            "error-in-clicks",
            "The shares are right and the error is still in clicks. Divide it by the same length.",
            _known(scaled=False),
        ),
        Mutant(
            "size-by-size",
            "Share and error of each size stand side by side. First come all shares, then all errors.",
            lambda *inputs: way_to_the_optimum(*inputs).reshape(2, -1).T.flatten(),
        ),
        *error_mutants(lambda error: _known(error=error)),
        *seed_mutants(way_to_the_optimum, behind=2),
    ),
    hints=(
        "For each size learn with all seeds, and keep the clicks of each visitor under both policies.",
        "Average a visitor's difference over the seeds first. The length of the way is one number a size.",
    ),
)
