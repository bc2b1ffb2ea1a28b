"""A game in which quick explanations name another event than the Shapley values do."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival


def _alone(singles: Tensor, larger: Tensor) -> Tensor:
    return singles


def _missed(singles: Tensor, larger: Tensor) -> Tensor:
    return larger[3] - larger[[2, 1, 0]]


def _shares(singles: Tensor, larger: Tensor) -> Tensor:
    """(3,): Shapley values; the middle term is for an event that joins one other."""
    (a, b, c), (ab, ac, bc) = singles, larger[:3]
    second = torch.stack([ab - b + ac - c, ab - a + bc - c, ac - a + bc - b])
    return singles / 3 + second / 6 + _missed(singles, larger) / 3


def by_shapley(singles: Tensor, larger: Tensor) -> Tensor:
    """singles: (3,), larger: (4,). Returns the event with the largest share, from 0."""
    return _shares(singles, larger).argmax()


def by_occlusion(singles: Tensor, larger: Tensor) -> Tensor:
    return (larger[3] - larger[[2, 1, 0]]).argmax()


def by_itself(singles: Tensor, larger: Tensor) -> Tensor:
    return singles.argmax()


def _ready(singles: object, larger: object) -> tuple | str:
    """The values as the functions take them, or what is wrong with them."""
    one, more = (torch.as_tensor(each).detach().double() for each in (singles, larger))
    if one.shape != (3,) or more.shape != (4,):
        return message("`singles` should be (3,) and `larger` (4,): one value for each set of events.")
    values = torch.cat([one, more])
    if not bool(torch.isfinite(values).all()) or float(values.abs().max()) > 100:
        return message("The values should be finite and between -100 and 100.")
    for shares, name in ((_shares, "Shapley"), (_missed, "occlusion"), (_alone, "itself")):
        best = shares(one, more).sort(descending=True).values
        if float(best[0] - best[1]) < 1e-6:
            return message("Two events tie for the first place by {name}: then nothing is named.", name=name)
    return one, more


def _example() -> tuple[Tensor, Tensor]:
    return torch.tensor([4.0, 3.0, 0.0]), torch.tensor([0.0, 2.0, 4.0, 3.0])


def _tries() -> dict[str, tuple[Tensor, Tensor]]:
    return {
        "by_occlusion": (torch.tensor([2.0, 1.0, 0.5]), torch.tensor([3.0, 2.5, 1.5, 3.5])),
        "by_itself": (torch.tensor([3.0, 2.9, 0.2]), torch.tensor([3.0, 3.2, 3.1, 3.3])),
    }


EXERCISE = BreakingInput(
    name="shares-disagree",
    right=by_shapley,
    rivals=(
        Rival(
            by_occlusion,
            "Taking one event away names the same event. What if another event could stand in for it?",
        ),
        Rival(
            by_itself,
            "The event that does most alone is the same one. What if most of an event's worth needs another?",
        ),
    ),
    ready=_ready,
    example=_example,
    arguments=("singles", "larger"),
    hints=(
        "Let two events stand in for each other, so that neither is missed alone.",
        "Then let an event do much alone and spoil what the others do together.",
    ),
    tries=_tries,
)
