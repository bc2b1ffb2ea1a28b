"""Find compromises on which three shortcuts miss the front."""

from __future__ import annotations

import torch
from torch import Tensor

from ....goals.front import pareto_front
from ....messages import message
from ..breaking import BreakingInput, Rival

MOST = 8


def front(points: Tensor) -> list[int]:
    """points: (N, 2), more is better. Returns the numbers of the points that nothing beats, ascending."""
    return sorted(pareto_front(points).tolist())


def by_weights(points: Tensor) -> list[int]:
    """The best point of each of a thousand weighted sums."""
    share = torch.linspace(0, 1, 1001, dtype=torch.float64)[1:-1, None]
    return sorted(set(((1 - share) * points[:, 0] + share * points[:, 1]).argmax(1).tolist()))


def beaten_in_all(points: Tensor) -> list[int]:
    """A point goes only if another has more of both goals."""
    beaten = (points[None] > points[:, None]).all(2).any(1)
    return (~beaten).nonzero()[:, 0].tolist()


def ends_and_middle(points: Tensor) -> list[int]:
    """The best of each goal, and the best of their sum."""
    return sorted({int(each.argmax()) for each in (points[:, 0], points[:, 1], points.sum(1))})


def _differs(right: object, wrong: object) -> bool:
    return list(right) != list(wrong)  # type: ignore[call-overload]


def _ready(points: object) -> tuple | str:
    given = torch.as_tensor(points).double()
    if given.dim() != 2 or given.shape[1] != 2 or not 2 <= len(given) <= MOST:
        return message("points is (N, 2), with 2 to {most} rows.", most=MOST)
    if not bool(((given >= 0) & (given <= 10)).all()):
        return message("Both goals lie between 0 and 10.")
    if len({tuple(row.tolist()) for row in given}) < len(given):
        return message("No two points are equal.")
    return (given,)


def _example() -> tuple:
    return (torch.tensor([[10.0, 0.0], [10.0, 1.0], [4.0, 4.0], [1.0, 8.0], [0.0, 10.0]]),)


def _tries() -> dict[str, tuple]:
    round_front = [[10.0, 0.0], [10.0, 1.0], [8.5, 5.0], [7.0, 7.0], [4.0, 9.0], [0.0, 10.0]]
    steep = [[10.0, 0.0], [9.9999, 9.0], [3.0, 10.0], [0.0, 10.0]]
    return {
        "by_weights": (torch.tensor(round_front, dtype=torch.float64),),
        "beaten_in_all": (torch.tensor([[10.0, 0.0], [4.0, 4.0], [1.0, 8.0], [0.0, 10.0]]),),
        "ends_and_middle": (torch.tensor(steep, dtype=torch.float64),),
    }


EXERCISE = BreakingInput(
    name="points-that-hide",
    right=front,
    rivals=(
        Rival(
            by_weights,
            "Every point of your front is the best for some weights. Which shape of a front has others?",
            _differs,
        ),
        Rival(
            beaten_in_all, "Here whoever is beaten is beaten in both goals. What if one is equal?", _differs
        ),
        Rival(ends_and_middle, "Your front has no more than these. Let it have more points.", _differs),
    ),
    ready=_ready,
    example=_example,
    arguments=("points",),
    hints=(
        "A weighted sum pushes a straight line outwards until it touches the last point.",
        "A dent in the front, a tie in one goal, and one more point: one input may have all three.",
    ),
    tries=_tries,
)
