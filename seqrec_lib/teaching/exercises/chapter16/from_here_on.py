"""What a session is still worth from each step on."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ....losses.returns import returns_to_go
from ..exercise import Exercise, Mutant, Probe


def _real(rewards: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(rewards.shape[1]) < lengths[:, None]


def from_here_on(rewards: Tensor, lengths: Tensor, discount: float) -> Tensor:
    """rewards: (B, T), lengths: (B,), discount: float. Returns (B, T)."""
    return returns_to_go(rewards * _real(rewards, lengths), discount)


def _whole(rewards: Tensor, lengths: Tensor, discount: float) -> Tensor:
    real = _real(rewards, lengths)
    return from_here_on(rewards, lengths, discount)[:, :1] * real


def _past(rewards: Tensor, lengths: Tensor, discount: float) -> Tensor:
    real = _real(rewards, lengths)
    return returns_to_go((rewards * real).flip(1), discount).flip(1) * real


def _without_own(rewards: Tensor, lengths: Tensor, discount: float) -> Tensor:
    found = from_here_on(rewards, lengths, discount)
    return found - rewards * _real(rewards, lengths)


def _from_the_start(rewards: Tensor, lengths: Tensor, discount: float) -> Tensor:
    power = discount ** torch.arange(rewards.shape[1], dtype=rewards.dtype)
    return from_here_on(rewards * power, lengths, 1.0)


def _undiscounted(rewards: Tensor, lengths: Tensor, discount: float) -> Tensor:
    return from_here_on(rewards, lengths, 1.0)


def _rewards_alone(rewards: Tensor, lengths: Tensor, discount: float) -> Tensor:
    return rewards * _real(rewards, lengths)


def _with_padding(rewards: Tensor, lengths: Tensor, discount: float) -> Tensor:
    return returns_to_go(rewards, discount)


def _probes() -> list[Probe]:
    def case(about: str, lengths: list[int], width: int, discount: float, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        rewards = torch.rand(len(lengths), width, generator=draw, dtype=torch.float64).round(decimals=1) - 0.2
        return Probe(about, (rewards, torch.tensor(lengths), discount))

    return [
        case("one session of three steps", [3], 3, 0.5, 0),
        case("two sessions, and numbers in the padding", [2, 4], 5, 0.9, 1),
        case("nothing is discounted", [1, 6, 3], 6, 1.0, 2),
        case("only the next reward counts", [5, 2], 5, 0.0, 3),
        case("many sessions", [7, 1, 4, 9, 2, 9, 3], 9, 0.7, 4),
    ]


_Known = Callable[[Tensor, Tensor, float], Tensor]
EXERCISE = Exercise(
    name="from-here-on",
    reference=from_here_on,
    probes=_probes,
    mutants=(
        Mutant(
            "whole-session",
            "Every step has the return of the whole session. What came before a step is no part of it.",
            _whole,
        ),
        Mutant("past", "These sums look back: step t has what came until t. A return looks ahead.", _past),
        Mutant(
            "without-own",
            "The step's own reward is missing. It is the first thing that the action brings.",
            _without_own,
        ),
        Mutant(
            "from-the-start",
            "Rewards are discounted by their place in the session. Count from the step that asks.",
            _from_the_start,
        ),
        Mutant(
            "undiscounted", "The discount changes nothing here. Each later step is worth less.", _undiscounted
        ),
        Mutant(
            "rewards-alone",
            "These are the rewards themselves. Later ones belong to a return too.",
            _rewards_alone,
        ),
        Mutant(
            "padding",
            "What stands behind the end of a session is counted. Use the lengths.",
            _with_padding,
        ),
    ),
    hints=(
        "Begin with the last step, whose return is its own reward, and go backwards.",
        "One step earlier the return is the own reward plus the discount times the return that you have.",
    ),
)
