"""The number that a value is pulled towards: the reward, and what the next state is worth."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _target(
    rewards: Tensor, chooses: Tensor, judges: Tensor, ends: Tensor, discount: float, *, swapped: bool = False,
    single: bool = False, endless: bool = False, outside: bool = False, mean: bool = False,
    undo: bool = False, first_alone: bool = False,
) -> Tensor:  # fmt: skip
    if swapped:
        chooses, judges = judges, chooses
    best = chooses.argmax(1, keepdim=True)
    later = judges.gather(1, best)[:, 0]
    if single:
        later = judges.max(1).values
    if first_alone:
        later = chooses.max(1).values
    if mean:
        later = judges.mean(1)
    if not endless:
        later = torch.where(ends, torch.zeros_like(later), later)
    if outside:
        return discount * (rewards + later)
    return rewards + (1.0 if undo else discount) * later


def what_values_learn(
    rewards: Tensor, chooses: Tensor, judges: Tensor, ends: Tensor, discount: float
) -> Tensor:
    """rewards: (N,), chooses, judges: (N, V), ends: (N,) bool, discount: float. Returns (N,)."""
    return _target(rewards, chooses, judges, ends, discount)


def _known(**changes: bool) -> Callable:
    return lambda rewards, chooses, judges, ends, discount: _target(
        rewards, chooses, judges, ends, discount, **changes
    )


def _probes() -> list[Probe]:
    def case(about: str, n: int, v: int, discount: float, seed: int, ends: tuple[int, ...] = ()) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        rewards = torch.rand(n, generator=draw, dtype=torch.float64).round()
        chooses, judges = torch.randn(2, n, v, generator=draw, dtype=torch.float64)
        over = torch.zeros(n, dtype=torch.bool)
        over[list(ends)] = True
        return Probe(about, (rewards, chooses, judges, over, discount))

    return [
        case("three steps, the last ends the session", 3, 4, 0.5, 0, (2,)),
        case("nothing ends", 5, 3, 0.9, 1),
        case("two sessions end", 8, 11, 0.7, 2, (1, 6)),
        case("many steps", 40, 6, 0.95, 3, (5, 11, 30, 39)),
    ]


EXERCISE = Exercise(
    name="what-values-learn",
    reference=what_values_learn,
    probes=_probes,
    mutants=(
        Mutant(
            "single",
            "The set that judges has chosen too. It then believes its own luckiest error.",
            _known(single=True),
        ),
        Mutant(
            "swapped", "The two sets have changed their parts: `judges` chooses here.", _known(swapped=True)
        ),
        Mutant(
            "no-judge", "The set that chooses judges itself. `judges` is not read.", _known(first_alone=True)
        ),
        Mutant("endless", "A session that has ended is worth something here.", _known(endless=True)),
        Mutant(
            "outside", "The reward of this step is discounted. It has come already.", _known(outside=True)
        ),
        Mutant("undiscounted", "What comes later counts in full. Where is the discount?", _known(undo=True)),
        Mutant(
            "mean",
            "This is the mean over items: what a random policy is worth. The best item is shown next.",
            _known(mean=True),
        ),
    ),
    hints=(
        "Find the best item of each row by one set, then look that item up in the other set.",
        "After the last step there is no next state, so only the reward is left.",
    ),
)
