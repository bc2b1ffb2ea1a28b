"""Project conflicts away, goal by goal, in given orders."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Orders = Sequence[Sequence[int]]


def _walked(
    gradients: Tensor, orders: Orders, *, altered=False, always=False, own=False, fixed=False, agree=False
):
    found = gradients.clone()
    for goal, order in enumerate(orders):
        for other in sorted(order) if fixed else order:
            against = found[other] if altered else gradients[other]
            along = found[goal] @ against
            if always or (along > 0 if agree else along < 0):
                size = found[goal] @ found[goal] if own else against @ against
                found[goal] = found[goal] - along / size * against
    return found


def pcgrad_step(gradients: Tensor, orders: Orders) -> Tensor:
    """gradients: (G, P), orders: list of G lists of the other goals. Returns (P,)."""
    return _walked(gradients, orders).sum(0)


def _known(**changes):
    return lambda gradients, orders: _walked(gradients, orders, **changes).sum(0)


def _summed_first(gradients, orders):
    return gradients.sum(0)


def _mean(gradients, orders):
    return pcgrad_step(gradients, orders) / len(gradients)


def _tested_once(gradients, orders):
    found = gradients.clone()
    for goal, order in enumerate(orders):
        for other in order:
            if gradients[goal] @ gradients[other] < 0:
                along = found[goal] @ gradients[other]
                found[goal] = found[goal] - along / (gradients[other] @ gradients[other]) * gradients[other]
    return found.sum(0)


def _probes() -> list[Probe]:
    def case(about: str, goals: int, size: int, lean: float, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        gradients = torch.randn(goals, size, generator=draw, dtype=torch.float64) + lean
        scale = 0.5 + torch.rand(goals, 1, generator=draw, dtype=torch.float64)
        orders = [
            [o for o in torch.randperm(goals, generator=draw).tolist() if o != goal] for goal in range(goals)
        ]
        return Probe(about, (scale * gradients, orders))

    two = torch.tensor([[1.0, 0.0], [-1.0, 2.0]]).double()
    return [
        Probe("two goals in conflict", (two, [[1], [0]])),
        case("three goals", 3, 4, 0.0, 2),
        case("four goals, orders that differ", 4, 3, 0.0, 5),
        case("goals that agree", 3, 6, 2.0, 3),
        case("five goals", 5, 4, 0.0, 7),
        case("many numbers", 4, 60, 0.0, 11),
    ]


EXERCISE = Exercise(
    name="pcgrad-step",
    reference=pcgrad_step,
    probes=_probes,
    mutants=(
        Mutant(
            "altered-others",
            "A gradient is projected onto others that were changed before. The others stay as they were.",
            _known(altered=True),
        ),
        Mutant("always", "Gradients that agree are projected too. Only a conflict is.", _known(always=True)),
        Mutant("agreement", "What agrees is projected away, and conflicts stay.", _known(agree=True)),
        Mutant("summed-first", "This is the plain sum: nothing was projected.", _summed_first),
        Mutant("own-length", "The projection divides by the square of the other gradient.", _known(own=True)),
        Mutant("fixed-order", "The others are met in the order that is given.", _known(fixed=True)),
        Mutant(
            "tested-once",
            "Conflict is judged by the gradient as it was. After a projection it may be none any more.",
            _tested_once,
        ),
        Mutant("mean", "Asked for is the sum over the goals.", _mean),
    ),
    hints=(
        "Keep two tables: the gradients as they came, and copies that change.",
        "Look at the test inside the loop, and at whose gradient is projected onto whose.",
    ),
)
