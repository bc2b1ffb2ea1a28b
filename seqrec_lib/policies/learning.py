"""REINFORCE with a table of scores, in a world small enough to know every gradient exactly.

Sizes: ``N`` sessions, ``T`` places, ``S`` states, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..data.worlds.session_play import Played, play
from ..data.worlds.sessions import SessionWorld
from ..losses.policy_gradient import policy_loss
from ..losses.returns import returns_to_go
from ..messages import InputError, unknown

SIGNALS = ("whole session", "from here on", "with baseline")


@dataclass
class Course:
    """How learning went. ``values``: exact clicks of a session, look by look; ``scores``: the table."""

    scores: Tensor
    values: list[float] = field(default_factory=list)

    @property
    def policy(self) -> Tensor:
        """``(T, S, V+1)``: the learned probabilities."""
        return policy_of(self.scores)


def policy_of(scores: Tensor) -> Tensor:
    """Softmax over the items of scores ``(..., V+1)``; padding has probability 0."""
    return scores.index_fill(-1, torch.tensor([0]), -torch.inf).softmax(-1)


def exact_gradient(world: SessionWorld, scores: Tensor) -> Tensor:
    """The gradient of the expected clicks of a session by each score: what REINFORCE estimates."""
    at = scores.detach().clone().requires_grad_(True)
    world.value(policy_of(at)).backward()
    assert at.grad is not None
    return at.grad


def gradient_of(world: SessionWorld, scores: Tensor, played: Played, signal: str) -> Tensor:
    """What these sessions, played by the policy itself, say of that gradient.

    Args:
        signal: what each action is weighted with. ``whole session``: all clicks of the session, those before
            the action too; ``from here on``: the return; ``with baseline``: the return without its mean
            over the sessions that are still on at this place.

    Raises:
        InputError: an unknown signal.
    """
    at = scores.detach().clone().requires_grad_(True)
    _loss(world, at, played, signal, None, 0.0).backward()
    assert at.grad is not None
    return -at.grad


def learn_online(
    world: SessionWorld,
    signal: str = "with baseline",
    rounds: int = 200,
    sessions: int = 200,
    lr: float = 0.1,
    seed: int = 0,
    look_every: int = 10,
) -> Course:
    """Play ``sessions`` sessions, step along the estimate (Adam), throw the sessions away, play again."""
    scores = torch.zeros(world.settings.steps, *world.click.shape, dtype=torch.float64)
    course = Course(scores.requires_grad_(True))
    adam = torch.optim.Adam([scores], lr=lr)
    for n in range(rounds):
        if n % look_every == 0:
            course.values.append(float(world.value(policy_of(scores.detach()))))
        played = play(world, policy_of(scores.detach()), sessions, seed * 1_000_003 + n)
        adam.zero_grad()
        _loss(world, scores, played, signal, None, 0.0).backward()
        adam.step()
    return _finished(world, course)


def learn_from_log(
    world: SessionWorld,
    played: Played,
    corrected: bool = True,
    cap: float = 0.0,
    steps: int = 300,
    lr: float = 0.1,
    batch: int = 500,
    seed: int = 0,
    look_every: int = 10,
    k: int = 1,
) -> Course:
    """Learn from sessions that another policy has played, without playing one.

    Args:
        played: with the chance that the logger had for each item. corrected: weigh with policy over logger.
        cap: largest weight, 0: no limit. batch: sessions a step. k: places of the lists that will be shown,
            for the factor :func:`top_k_factor`.
    """
    scores = torch.zeros(world.settings.steps, *world.click.shape, dtype=torch.float64)
    course = Course(scores.requires_grad_(True))
    adam = torch.optim.Adam([scores], lr=lr)
    draw = torch.Generator().manual_seed(seed)
    for n in range(steps):
        if n % look_every == 0:
            course.values.append(float(world.value(policy_of(scores.detach()))))
        some = torch.randint(len(played.opened), (batch,), generator=draw)
        part = Played(played.opened[some], played.items[some], played.clicked[some], played.chance[some])
        adam.zero_grad()
        behaviour = part.chance.log() if corrected else None
        _loss(world, scores, part, "from here on", behaviour, cap, k).backward()
        adam.step()
    return _finished(world, course)


def _finished(world: SessionWorld, course: Course) -> Course:
    course.scores = course.scores.detach()
    course.values.append(float(world.value(course.policy)))
    return course


def _loss(
    world: SessionWorld,
    scores: Tensor,
    played: Played,
    signal: str,
    behaviour: Tensor | None,
    cap: float,
    k: int = 1,
) -> Tensor:
    """The loss of :func:`policy_loss`, as a sum over actions and a mean over sessions."""
    if signal not in SIGNALS:
        raise InputError(unknown("signal", signal, SIGNALS))
    items, clicked = played.shown()
    states = world.states(items, clicked)[:, :-1]  # (N, T): where each item was shown
    real = played.items > 0  # (N, T)
    place = torch.arange(items.shape[1] - 1).expand_as(states)
    log_policy = policy_of(scores).clamp(min=1e-300).log()[place, states, played.items]
    rewards = played.clicked.double()
    gains = returns_to_go(rewards)
    if signal == "whole session":
        gains = rewards.sum(1, keepdim=True).expand_as(gains)
    if signal == "with baseline":
        gains = gains - (gains * real).sum(0) / real.sum(0).clamp(min=1)
    logged = None if behaviour is None else behaviour[real]
    value = policy_loss(log_policy[real], gains[real], logged, cap, k)
    return value * (int(real.sum()) / len(real))
