"""Find a log on which three shortcuts of off-policy evaluation are far off."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST = 8


def self_normalised(reward: Tensor, wanted: Tensor, logged: Tensor) -> Tensor:
    """reward, wanted, logged: (N,). Returns one number."""
    weight = wanted / logged
    return (weight * reward).sum() / weight.sum()


def mean_of_the_log(reward: Tensor, wanted: Tensor, logged: Tensor) -> Tensor:
    return reward.mean()


def clipped(reward: Tensor, wanted: Tensor, logged: Tensor) -> Tensor:
    weight = (wanted / logged).clamp(max=2.0)
    return (weight * reward).sum() / weight.sum()


def plain(reward: Tensor, wanted: Tensor, logged: Tensor) -> Tensor:
    return (wanted / logged * reward).mean()


def _far(right: object, wrong: object) -> bool:
    return abs(float(right) - float(wrong)) > 0.2  # type: ignore[arg-type]


def _ready(reward: object, wanted: object, logged: object) -> tuple | str:
    parts = [torch.as_tensor(part).double() for part in (reward, wanted, logged)]
    if any(part.dim() != 1 for part in parts) or len({len(part) for part in parts}) > 1:
        return message("reward, wanted and logged are (N,) each, of one length.")
    if not 2 <= len(parts[0]) <= MOST:
        return message("Give 2 to {most} decisions.", most=MOST)
    if not bool(((parts[0] == 0) | (parts[0] == 1)).all()):
        return message("A reward is 0 or 1 here: a click or none.")
    if not bool(((parts[1] >= 0) & (parts[1] <= 1) & (parts[2] > 0) & (parts[2] <= 1)).all()):
        return message("Chances lie between 0 and 1, and what was logged had a chance above 0.")
    if not float(parts[1].sum()):
        return message("The new policy would have taken none of these decisions.")
    return tuple(parts)


def _example() -> tuple:
    return torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.8, 0.4, 0.4]), torch.tensor([0.1, 0.2, 0.2])


def _tries() -> dict[str, tuple]:
    return {
        "mean_of_the_log": (torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.5])),
        "clipped": (torch.tensor([1.0, 0.0]), torch.tensor([0.6, 0.1]), torch.tensor([0.4, 0.5])),
        "plain": (
            torch.tensor([1.0] + [0.0] * 7),
            torch.tensor([0.8] + [0.3] * 7),
            torch.tensor([0.16] + [0.7] * 7),
        ),
    }


EXERCISE = BreakingInput(
    name="log-that-misleads",
    right=self_normalised,
    rivals=(
        Rival(
            mean_of_the_log,
            "The log's own mean is right where the new policy likes what was clicked no more than the rest.",
            _far,
        ),
        Rival(clipped, "No weight is much above 2 here. When is one?", _far),
        Rival(
            plain,
            "The mean weight is near 1 here. What if chance brought only large ones?",
            _far,
        ),
    ),
    ready=_ready,
    example=_example,
    arguments=("reward", "wanted", "logged"),
    hints=(
        "Write down the weights of three decisions, and let the one with the largest weight be clicked.",
        "A large weight on a click moves the mean. If weights do not average 1, a division by N is off too.",
    ),
    tries=_tries,
)
