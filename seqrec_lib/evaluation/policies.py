"""What another policy would have earned, from the log of the policy that was running.

Sizes: ``N`` logged decisions. Each has the chance ``logged`` that the running policy took it, the chance
``wanted`` that the new one would have, and the reward that came of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..messages import InputError


@dataclass(frozen=True)
class PolicyValue:
    """An estimate of the mean reward.

    Attributes:
        value: the estimate. error: its standard error, over decisions. weight: the mean weight: about 1 where
            nothing is clipped and the log could have taken all that the new policy would. effective: how many
            equally weighted decisions would tell as much, (sum w)^2 / sum w^2.
    """

    value: float
    error: float
    weight: float
    effective: float


def policy_value(
    reward: Tensor, wanted: Tensor, logged: Tensor, clip: float | None = None, normalise: bool = False
) -> PolicyValue:
    """Inverse propensity scoring: each reward counts ``wanted / logged`` times.

    Args:
        reward, wanted, logged: ``(N,)``. clip: no weight is larger; this bounds the variance and brings a
            bias.
        normalise: divide by the sum of the weights, not by ``N`` (Swaminathan & Joachims 2015).

    Raises:
        InputError: shapes that do not fit, a chance outside 0 to 1, a decision that the log could not have
            taken.
    """
    if not reward.shape == wanted.shape == logged.shape or reward.dim() != 1 or len(reward) < 2:
        raise InputError("reward, wanted and logged must be (N,) each, of at least 2 decisions")
    if bool((logged <= 0).any()):
        raise InputError("a decision in the log had chance 0: its propensity is wrong")
    if bool((torch.stack([wanted, logged]).double() > 1 + 1e-9).any()) or bool((wanted < 0).any()):
        raise InputError("chances are 0 to 1")
    reward, weight = reward.double(), wanted.double() / logged.double()
    if clip is not None:
        weight = weight.clamp(max=clip)
    n, total = len(reward), float(weight.sum())
    if normalise and not total:
        raise InputError("the new policy would have taken none of the logged decisions: nothing can be said")
    value = float((weight * reward).sum()) / (total if normalise else n)
    away = weight * (reward - value) / (total / n) if normalise else weight * reward - value
    error = float(away.pow(2).mean().div(n - 1).sqrt())
    squares = float(weight.pow(2).sum())
    return PolicyValue(value, error, total / n, total**2 / squares if squares else 0.0)
