"""Which compromises no other one beats."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _front(
    points: Tensor, *, keep_equal=False, weak=False, strict=False, fewest=False, ends=False
) -> list[int]:
    points = -points if fewest else points
    found: list[int] = []
    for n, one in enumerate(points):
        least, more = (points >= one).all(1), (points > one).any(1)
        beaten = (points > one).all(1) if strict else least & more
        if ends:
            beaten = (points.sum(1) > one.sum()) & least & more
        if weak:
            beaten = least & (torch.arange(len(points)) != n)
        twin = any(torch.equal(points[m], one) for m in found)
        if not bool(beaten.any()) and (keep_equal or not twin):
            found.append(n)
    return found


def front_of_points(points: Tensor) -> Tensor:
    """points: (N, G), more is better. Returns the numbers of rows, ascending."""
    return torch.tensor(_front(points))


def _known(**changes):
    return lambda points: torch.tensor(_front(points, **changes))


def _best_of_each(points):
    return torch.tensor(sorted({int(column.argmax()) for column in points.T}))


def _best_sum(points):
    return points.sum(1).argmax()[None]


def _first_two(points):
    return torch.tensor(_front(points[:, :2]))


def _from_one(points):
    return front_of_points(points) + 1


def _probes() -> list[Probe]:
    def case(about: str, rows: int, goals: int, seed: int, steps: int = 6) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        points = torch.randint(-2, steps, (rows, goals), generator=draw).double() / 2
        return Probe(about, (points,))

    small = torch.tensor([[1.0, 3.0], [2.0, 2.0], [1.0, 2.0], [2.0, 2.0], [3.0, 0.0], [3.0, -1.0]]).double()
    return [
        Probe("six points, two of them equal", (small,)),
        case("ten points", 10, 2, 1),
        case("three goals", 14, 3, 2),
        case("many ties", 30, 2, 3, 4),
        case("many points", 60, 3, 4, 20),
        Probe("one point", (torch.tensor([[0.5, -1.0]]).double(),)),
    ]


EXERCISE = Exercise(
    name="front-of-points",
    reference=front_of_points,
    probes=_probes,
    mutants=(
        Mutant(
            "equal-kept", "Of points that are equal only the first is asked for.", _known(keep_equal=True)
        ),
        Mutant("equal-beaten", "Equal points do not beat each other: one of them stays.", _known(weak=True)),
        Mutant(
            "strict",
            "A point that is beaten in one goal and equal in the others is beaten too.",
            _known(strict=True),
        ),
        Mutant("fewest", "More is better here, of every goal.", _known(fewest=True)),
        Mutant("best-of-each", "Those are the best of each goal. What lies between them?", _best_of_each),
        Mutant("best-sum", "That is one compromise, for one pair of weights.", _best_sum),
        Mutant("first-two", "There may be more than two goals.", _first_two),
        Mutant("from-one", "Points are counted from 0.", _from_one),
    ),
    hints=(
        "For each point ask whether some other point beats it. Write down first what that means.",
        "To beat: at least as much of every goal, and more of one. Equal points are a case of their own.",
    ),
)
