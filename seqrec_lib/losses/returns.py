"""Rewards and returns: what each interaction is worth, and what a session is still worth from a step on.

Sizes: ``B`` rows, ``T`` steps. Step t asks for target t, whose reward it brings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from ..messages import InputError, unknown


def returns_to_go(rewards: Tensor, discount: float = 1.0) -> Tensor:
    """``(B, T)``: the reward of each step and of all later ones, each later one times ``discount`` once more.

    Rewards of padding must be 0. What came before a step is no part of it: an action cannot change the past.
    """
    found = torch.empty_like(rewards)
    later = torch.zeros_like(rewards[:, 0])
    for t in reversed(range(rewards.shape[1])):
        later = rewards[:, t] + discount * later
        found[:, t] = later
    return found


def parse_rewards(text: str) -> dict[str, float]:
    """``"click=0.2,buy=1"`` as ``{"click": 0.2, "buy": 1.0}``; empty text is no reward.

    Raises:
        InputError: a part that is not NAME=NUMBER, a name twice, a number that is not finite.
    """
    found: dict[str, float] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, number = part.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not name or not abs(value) < float("inf"):
            raise InputError(f"rewards: {part!r} is not NAME=NUMBER, as in click=0.2,buy=1")
        if name in found:
            raise InputError(f"rewards: {name!r} is named twice")
        found[name] = value
    return found


def rewards_by_code(worth: Mapping[str, float], names: Sequence[str]) -> Tensor:
    """``(E+1,)``: the reward of each event of a log, by its number; padding and what is not named bring 0.

    Args:
        names: the log's events, E + 1, the first empty.

    Raises:
        InputError: an event that the log has not, or a log of several events and no reward for any.
    """
    for name in worth:
        if name not in names[1:]:
            raise InputError(unknown("event", name, names[1:]))
    if not worth and len(names) > 2:
        raise InputError(
            f"the log has the events {', '.join(names[1:])}: say what each is worth, for example "
            f"--set rewards={names[1]}=0,{names[-1]}=1"
        )
    return torch.tensor([0.0, *(worth.get(name, 0.0) if worth else 1.0 for name in names[1:])])


def event_rewards(model: Any, split: Split) -> Tensor | None:
    """``(E+1,)`` as :func:`rewards_by_code` has it; None where a log has rewards of its own, or no events."""
    if "event" not in split.train.outcomes or "reward" in split.train.outcomes:
        return None
    return rewards_by_code(parse_rewards(model.settings.rewards), split.log.event_names)


def target_rewards(batch: Batch, by_code: Tensor | None) -> Tensor:
    """``(B, T)`` float32: the reward of each target, 0 at padding.

    A column ``reward`` of the log comes first, then the events' rewards; where a log has neither, each
    interaction brings 1.
    """
    assert batch.targets is not None  # training rows have them
    real = batch.targets > 0
    if "reward" in batch.outcomes:
        found = batch.outcomes["reward"].float()
    elif "event" in batch.outcomes and by_code is not None:
        found = by_code.to(batch.items.device)[batch.outcomes["event"]]
    else:
        found = real.float()
    return torch.where(real, found, 0.0)


def target_ends(batch: Batch) -> Tensor:
    """``(B, T)`` bool: targets after which the session is over. A log that says nothing ends nothing."""
    if "ends" in batch.outcomes:
        return batch.outcomes["ends"]
    return torch.zeros_like(batch.items, dtype=torch.bool)
