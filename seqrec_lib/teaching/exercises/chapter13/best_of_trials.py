"""The best of many trials, scored on the users who chose it and on others."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Honest = tuple[int, float, float]


def _judged(
    own: Tensor, fresh: Tensor, *, chosen: Callable | None = None, optimism: Callable | None = None
) -> Honest:
    chosen = chosen or (lambda own, fresh: int(own.mean(1).argmax()))
    optimism = optimism or (lambda own, fresh, best: own[best].mean() - fresh[best].mean())
    best = chosen(own, fresh)
    return best, float(fresh[best].mean()), float(optimism(own, fresh, best))


def best_of_trials(own: Tensor, fresh: Tensor) -> Honest:
    """own: (n, U), fresh: (n, U'). Returns (trial, figure of fresh users, optimism)."""
    return _judged(own, fresh)


def _known(**changes) -> Callable:
    return lambda own, fresh: _judged(own, fresh, **changes)


def _own_figure(own, fresh):
    best, _, optimism = best_of_trials(own, fresh)
    return best, float(own[best].mean()), optimism


def _best_fresh(own, fresh):
    best, _, _ = best_of_trials(own, fresh)
    top = float(fresh.mean(1).max())
    return best, top, float(own[best].mean()) - top


def _counted_from_one(own, fresh):
    best, figure, optimism = best_of_trials(own, fresh)
    return best + 1, figure, optimism


def _all_users(own, fresh):
    whole = torch.cat([own, fresh], 1).mean(1)
    return _judged(own, fresh, chosen=lambda own, fresh: int(whole.argmax()))


def _probes() -> list[Probe]:
    def case(about: str, trials: int, users: int, others: int, apart: float, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        worth = 0.2 + apart * torch.rand(trials, 1, generator=draw, dtype=torch.float64)
        own, fresh = (
            worth + 0.3 * torch.rand(trials, n, generator=draw, dtype=torch.float64) for n in (users, others)
        )
        return Probe(about, (own, fresh))

    return [
        case("three trials", 3, 5, 8, 0.02, 1),
        case("thirty trials that are worth the same", 30, 10, 40, 0.0, 2),
        case("ten trials that differ", 10, 20, 15, 0.1, 3),
        case("few users of one's own", 12, 4, 60, 0.05, 6),
        case("trials that are worth more to others", 6, 12, 12, 0.03, 8),
    ]


EXERCISE = Exercise(
    name="best-of-trials",
    reference=best_of_trials,
    probes=_probes,
    mutants=(
        Mutant(
            "chosen-by-fresh",
            "The trial is chosen by the fresh users. Then they are fresh no more: their figure is too good.",
            _known(chosen=lambda own, fresh: int(fresh.mean(1).argmax())),
        ),
        Mutant(
            "all-users",
            "The trial is chosen by all users together. The fresh ones must not choose.",
            _all_users,
        ),
        Mutant(
            "own-figure",
            "The second number is that of the users who chose. What is the chosen trial worth to the others?",
            _own_figure,
        ),
        Mutant(
            "best-of-the-fresh",
            "The figure is the best that any trial has on fresh users. Only one trial was chosen.",
            _best_fresh,
        ),
        Mutant(
            "turned-round",
            "The optimism has the wrong sign. It is above 0 where the own figure is too good.",
            _known(optimism=lambda own, fresh, best: fresh[best].mean() - own[best].mean()),
        ),
        Mutant(
            "against-the-mean",
            "The optimism is taken from the mean of all trials. Compare the chosen trial with itself.",
            _known(optimism=lambda own, fresh, best: own[best].mean() - own.mean()),
            _known(optimism=lambda own, fresh, best: own[best].mean() - fresh.mean()),
        ),
        Mutant(
            "of-all-trials",
            "This is the mean difference of all trials. Asked for is that of the chosen one.",
            _known(optimism=lambda own, fresh, best: own.mean() - fresh.mean()),
        ),
        Mutant(
            "best-user",
            "The trial with the best single user is chosen. Choose by the mean over users.",
            _known(chosen=lambda own, fresh: int(own.max(1).values.argmax())),
        ),
        Mutant(
            "worst", "This is the worst trial.", _known(chosen=lambda own, fresh: int(own.mean(1).argmin()))
        ),
        Mutant("from-one", "Trials are counted from 0.", _counted_from_one),
    ),
    hints=(
        "There are two steps, and each uses one table alone: choose, then score what was chosen.",
        "The optimism compares one trial with itself, on two groups of users.",
    ),
)
