"""Contracts of page 16b: returns, the policy gradient, weights, the top-K factor, Bellman's target, wishes.

The transcriptions are loops over NumPy numbers in double precision, written from the equations.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import array, close, module
from equation_contracts import contract

from seqrec_lib.data import Batch
from seqrec_lib.data.worlds import session_world
from seqrec_lib.losses.conditioned import ConditionedObjective
from seqrec_lib.losses.policy_gradient import off_policy_weight, policy_loss, top_k_factor
from seqrec_lib.losses.q_learning import bellman_target
from seqrec_lib.losses.returns import returns_to_go
from seqrec_lib.models import build, recipe_settings

DRAW = torch.Generator().manual_seed(5)
REWARDS = torch.rand(3, 5, generator=DRAW, dtype=torch.float64).round(decimals=2)
LOGS = torch.rand(3, 7, generator=DRAW, dtype=torch.float64).log_softmax(1)
BEHAVIOUR = torch.rand(3, generator=DRAW, dtype=torch.float64).log() - 1
GAINS = torch.tensor([2.0, 0.0, 1.5], dtype=torch.float64)
TAKEN = torch.tensor([4, 0, 6])


@contract(
    "eq-session-return",
    kind="code",
    library=returns_to_go,
    perturb={
        "the past too": lambda r, g: returns_to_go(r, g)[:, :1].expand_as(r),
        "its own left out": lambda r, g: returns_to_go(r, g) - r,
        "no discount": lambda r, g: returns_to_go(r),
        "discounted from the start": lambda r, g: returns_to_go(r * g ** torch.arange(5)),
    },
)
def session_return(library) -> None:
    """The rewards from a step on, each later one discounted once more."""
    found, r, gamma = array(library(REWARDS, 0.8)), array(REWARDS), 0.8
    for b in range(3):
        for t in range(5):
            close(found[b, t], sum(gamma ** (later - t) * r[b, later] for later in range(t, 5)))


def _slope(loss, scores: torch.Tensor, **how) -> np.ndarray:
    """The gradient of a loss of the logged actions by the scores ``(N, V)``."""
    at = scores.detach().clone().requires_grad_(True)
    logs = at.log_softmax(1).gather(1, TAKEN[:, None])[:, 0]
    loss(logs, GAINS, **how).backward()
    return array(at.grad)


def _expected(weights: np.ndarray) -> np.ndarray:
    """The gradient by hand: minus the mean of weight x gain x (one-hot - policy)."""
    p, g = np.exp(array(LOGS)), array(GAINS)
    found = np.zeros((3, 7))
    for n in range(3):
        for i in range(7):
            found[n, i] = -weights[n] * g[n] * (float(i == TAKEN[n]) - p[n, i]) / 3
    return found


@contract(
    "eq-policy-gradient",
    kind="code",
    library=policy_loss,
    perturb={
        "uphill": lambda logs, gains: -policy_loss(logs, gains),
        "of the chance, not its log": lambda logs, gains: policy_loss(logs.exp(), gains),
        "no return": lambda logs, gains: policy_loss(logs, torch.ones_like(gains)),
        "a sum": lambda logs, gains: 3 * policy_loss(logs, gains),
    },
)
def policy_gradient(library) -> None:
    """The return times the slope of the log of what was chosen, as a mean."""
    np.testing.assert_allclose(_slope(library, LOGS), _expected(np.ones(3)), atol=1e-12)


@contract(
    "eq-session-value",
    kind="code",
    library=lambda world, policy: world.value(policy),
    perturb={
        "the first place alone": lambda w, p: (w.starts() * (p * w.click).sum(1)).sum(),
        "nobody leaves": lambda w, p: (w.starts() * (p * w.click).sum(1)).sum() * w.settings.steps,
        "the best instead": lambda w, p: w.value(w.best()),
    },
)
def session_value(library) -> None:
    """Clicks now, and the value of the next state if the visitor stays, averaged over policy and clicks."""
    world = session_world("small-feed", steps=3)
    policy = world.logger()

    def value(place: int, state: int) -> float:
        if place == world.settings.steps:
            return 0.0
        total = 0.0
        for item in range(1, world.n_items + 1):
            p, after = float(world.click[state, item]), int(world.after[state, item])
            clicked = 1 + float(world.stays[1, after]) * value(place + 1, after)
            skipped = float(world.stays[0, state]) * value(place + 1, state)
            total += float(policy[state, item]) * (p * clicked + (1 - p) * skipped)
        return total

    close(float(library(world, policy)), sum(float(c) * value(0, s) for s, c in enumerate(world.starts())))


@contract(
    "eq-capped-weight",
    kind="code",
    library=off_policy_weight,
    perturb={
        "no cap": lambda a, b, c: off_policy_weight(a, b),
        "turned round": lambda a, b, c: off_policy_weight(b, a, c),
        "a floor": lambda a, b, c: off_policy_weight(a, b).clamp(min=c),
        "logarithms": lambda a, b, c: (a - b).clamp(max=c),
    },
)
def capped_weight(library) -> None:
    """Policy over logger, and no more than the cap."""
    policy = LOGS.gather(1, TAKEN[:, None])[:, 0]
    found = array(library(policy, BEHAVIOUR, 0.9))
    ratios = [math.exp(float(a)) / math.exp(float(b)) for a, b in zip(policy, BEHAVIOUR, strict=True)]
    assert max(ratios) > 0.9 > min(ratios)
    for mine, ratio in zip(found, ratios, strict=True):
        close(mine, min(ratio, 0.9))


@contract(
    "eq-top-k-factor",
    kind="code",
    library=lambda logs, k: top_k_factor(logs, k),
    perturb={
        "one power too many": lambda logs, k: k * (1 - logs.exp()) ** k,
        "likely items favoured": lambda logs, k: k * logs.exp() ** (k - 1),
        "twice": lambda logs, k: top_k_factor(logs, k) ** 2,
        "without K": lambda logs, k: top_k_factor(logs, k) / k,
    },
)
def top_k(library) -> None:
    """The slope of the chance to be among K draws, by a finite difference."""
    p, step = np.exp(array(LOGS)).ravel(), 1e-6
    for k in (2, 3, 5):
        found = array(library(LOGS, k)).ravel()
        for mine, chance in zip(found, p, strict=True):
            above, below = (1 - (1 - x) ** k for x in (chance + step, chance - step))
            np.testing.assert_allclose(mine, (above - below) / (2 * step), rtol=1e-5)


NEXT = torch.rand(2, 3, 7, generator=DRAW, dtype=torch.float64)
ENDS = torch.tensor([False, True, False])


@contract(
    "eq-bellman-target",
    kind="code",
    library=bellman_target,
    perturb={
        "one set": lambda r, a, b, e, g: bellman_target(r, b, b, e, g),
        "parts changed": lambda r, a, b, e, g: bellman_target(r, b, a, e, g),
        "no end": lambda r, a, b, e, g: bellman_target(r, a, b, torch.zeros_like(e), g),
        "no discount": lambda r, a, b, e, g: bellman_target(r, a, b, e, 1.0),
        "the reward discounted": lambda r, a, b, e, g: g * bellman_target(r, a, b, e, 1.0),
    },
)
def bellman(library) -> None:
    """The reward, and what the next state's best item is worth, chosen by one set and judged by the other."""
    chooses, judges = NEXT
    found = array(library(GAINS, chooses, judges, ENDS, 0.6))
    for n in range(3):
        best = max(range(7), key=lambda i: float(chooses[n, i]))
        later = 0.0 if ENDS[n] else float(judges[n, best])
        close(found[n], float(GAINS[n]) + 0.6 * later)


class _Told:
    """Stands for a model: what it is told is what it gives."""

    def __init__(self, change=lambda wished: wished) -> None:
        self.change = change

    def states(self, batch, wished):
        return torch.stack([self.change(wished), torch.ones_like(wished)], 2).double()

    def item_matrix(self):
        return torch.tensor([[0.0, 0], [1, 0.5], [-0.5, 1], [0.3, -2]], dtype=torch.float64)


ROWS = Batch(
    items=torch.tensor([[1, 2, 3], [2, 2, 0]]),
    lengths=torch.tensor([3, 2]),
    targets=torch.tensor([[2, 3, 1], [2, 1, 0]]),
    outcomes={"reward": torch.tensor([[1.0, 0, 2], [0, 1, 0]])},
)
ROWS.steps = (ROWS.targets > 0).flatten().nonzero()[:, 0]


def _conditioned(change=lambda wished: wished) -> torch.Tensor:
    return ConditionedObjective()(_Told(change), ROWS, {})[0]


@contract(
    "eq-wished-return",
    kind="code",
    library=_conditioned,
    perturb={
        "told nothing": lambda: _conditioned(lambda wished: 0 * wished),
        "told the whole session": lambda: _conditioned(lambda wished: wished[:, :1].expand_as(wished)),
        "told the next step's": lambda: _conditioned(lambda wished: wished.roll(-1, 1)),
    },
)
def wished(library) -> None:
    """Minus the mean log of each logged item's probability, given the return from that item on."""
    items, total, count = array(_Told().item_matrix()), 0.0, 0
    for b in range(2):
        for t in range(int(ROWS.lengths[b])):
            told = float(ROWS.outcomes["reward"][b, t:].sum())
            scores = [told * items[i, 0] + items[i, 1] for i in (1, 2, 3)]
            top = sum(math.exp(s) for s in scores)
            total -= math.log(math.exp(scores[int(ROWS.targets[b, t]) - 1]) / top)
            count += 1
    close(float(library()), total / count)


def _left(change=lambda model, batch: model.wishes(batch)):
    def run() -> torch.Tensor:
        made = {"dim": 4, "max_len": 5, "events": 2, "wish": 1.5}
        model = module(lambda: build(recipe_settings("decision-transformer", 3, **made)))
        model.ask(4.0, torch.tensor([0.0, 0.5, 2.0]))
        batch = Batch(torch.tensor([[1, 2, 3, 1]]), torch.tensor([4]), events=torch.tensor([[2, 1, 2, 1]]))
        return change(model, batch)

    return run


@contract(
    "eq-wish-left",
    kind="code",
    library=_left(),
    perturb={
        "nothing is taken off": _left(lambda m, b: torch.full((1, 4), 6.0)),
        "the first item too": _left(lambda m, b: 6.0 - m.worth[b.events].cumsum(1)),
        "the last reward alone": _left(lambda m, b: 6.0 - m.worth[b.events]),
    },
)
def wish_left(library) -> None:
    """What is wished for, less what has come since the item that the user came with."""
    found, worth, events = array(library())[0], [0.0, 0.5, 2.0], [2, 1, 2, 1]
    for t in range(4):
        close(found[t], 1.5 * 4.0 - sum(worth[events[j]] for j in range(1, t + 1)))
