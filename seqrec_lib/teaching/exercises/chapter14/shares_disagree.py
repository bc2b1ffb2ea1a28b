"""A game in which quick explanations name another event than the Shapley values do."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

EVENTS = 3


def by_shapley(v: Tensor) -> Tensor:
    """v: (8,), entry n: the events whose bits n has. Returns the event with the largest share, from 0."""
    shares = []
    for j in range(EVENTS):
        share = 0.0
        for n in range(2**EVENTS):
            if not n >> j & 1:
                size = bin(n).count("1")
                weight = math.factorial(size) * math.factorial(EVENTS - size - 1) / math.factorial(EVENTS)
                share += weight * float(v[n | 1 << j] - v[n])
        shares.append(share)
    return torch.tensor(shares).argmax()


def by_occlusion(v: Tensor) -> Tensor:
    return torch.stack([v[7] - v[7 - 2**j] for j in range(3)]).argmax()


def by_itself(v: Tensor) -> Tensor:
    return torch.stack([v[2**j] - v[0] for j in range(3)]).argmax()


def _ready(v: object) -> tuple | str:
    """The table as the functions take it, or what is wrong with it."""
    values = torch.as_tensor(v).detach().double()
    if values.shape != (2**EVENTS,):
        return message("`v` should be (8,): one value for each set of three events.")
    if not bool(torch.isfinite(values).all()) or float(values.abs().max()) > 100:
        return message("The values should be finite and between -100 and 100.")
    for choose, name in ((_shapley_shares, "Shapley"), (_leave, "occlusion"), (_join, "joining alone")):
        shares = choose(values).sort(descending=True).values
        if float(shares[0] - shares[1]) < 1e-6:
            return message("Two events tie for the first place by {name}: then nothing is named.", name=name)
    return (values,)


def _shapley_shares(v: Tensor) -> Tensor:
    first = v[[1, 2, 4]] - v[0]
    last = v[7] - v[[6, 5, 3]]
    middle = torch.stack([v[3] - v[2] + v[5] - v[4], v[3] - v[1] + v[6] - v[4], v[5] - v[1] + v[6] - v[2]])
    return first / 3 + middle / 6 + last / 3


def _leave(v: Tensor) -> Tensor:
    return v[7] - v[[6, 5, 3]]


def _join(v: Tensor) -> Tensor:
    return v[[1, 2, 4]] - v[0]


def _example() -> tuple[Tensor]:
    return (torch.tensor([0.0, 4.0, 3.0, 0.0, 0.0, 2.0, 4.0, 3.0]),)


def _tries() -> dict[str, tuple[Tensor]]:
    return {
        "by_occlusion": (torch.tensor([0.0, 2.0, 1.0, 3.0, 0.5, 2.5, 1.5, 3.5]),),
        "by_itself": (torch.tensor([0.0, 3.0, 2.9, 3.0, 0.2, 3.2, 3.1, 3.3]),),
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
    arguments=("v",),
    hints=(
        "Let two events stand in for each other, so that neither is missed alone.",
        "Then let an event do much alone and spoil what the others do together.",
    ),
    tries=_tries,
)
