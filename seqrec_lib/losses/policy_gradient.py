"""REINFORCE from logged sessions, weighted for what the logger shows and for lists of several items.

Williams (1992); off-policy weights and the top-K factor: Chen et al. (2019), equations 3 to 6.
Sizes: ``N`` logged actions, ``K`` places of a list.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from .returns import event_rewards, returns_to_go, target_rewards

Generators = dict[str, torch.Generator]


def off_policy_weight(log_policy: Tensor, log_behaviour: Tensor, cap: float = 0.0) -> Tensor:
    """``(N,)``: policy over behaviour, at most ``cap`` (0: no limit). A constant: no gradient flows."""
    ratio = (log_policy - log_behaviour).detach().exp()
    return ratio.clamp(max=cap) if cap else ratio


def top_k_factor(log_policy: Tensor, k: int) -> Tensor:
    """``(N,)``: K (1 - pi)^(K-1), the slope of 1 - (1 - pi)^K, the chance that K draws hold the item.

    It is 1 for K = 1. A constant: no gradient flows.
    """
    return k * (1 - log_policy.detach().exp()).clamp(min=0) ** (k - 1)


def policy_loss(
    log_policy: Tensor,
    returns: Tensor,
    log_behaviour: Tensor | None = None,
    cap: float = 0.0,
    k: int = 1,
    baseline: Tensor | float = 0.0,
) -> Tensor:
    """Minus the mean of weight x factor x (return - baseline) x log pi: its gradient is REINFORCE's.

    Args:
        log_policy: ``(N,)`` of the logged actions. returns: ``(N,)`` from each action on.
        log_behaviour: ``(N,)`` of the policy that wrote the log; None: the policy itself has acted.
        cap: see :func:`off_policy_weight`. k: see :func:`top_k_factor`.
        baseline: what is taken off each return; it may know the state and never the action.
    """
    weight = torch.ones_like(log_policy.detach())
    if log_behaviour is not None:
        weight = off_policy_weight(log_policy, log_behaviour, cap)
    gain = weight * top_k_factor(log_policy, k) * (returns - baseline)
    return -(gain.detach() * log_policy).mean()


class PolicyObjective:
    """Every logged action, weighted with the return from it on (see :func:`policy_loss`).

    The model's scores are the logarithm of its policy, up to a constant. Behaviour comes from the log's
    column ``propensity``; where it has none, a second table of the model learns it beside, from states
    through which its gradient does not flow, as in Chen et al. (2019, section 4.3).
    """

    name = "policy"

    def __init__(self) -> None:
        self.by_code: Tensor | None = None
        self.baseline = 0.0

    def prepare(self, model: Any, split: Split) -> None:
        """Reads what events are worth, and the mean return of the training rows, which is the baseline."""
        self.by_code = event_rewards(model, split)
        if model.settings.baseline:
            assert split.train.targets is not None
            every = returns_to_go(target_rewards(split.train, self.by_code), model.settings.discount)
            self.baseline = float(every[split.train.targets > 0].mean())

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        assert batch.targets is not None and batch.steps is not None  # ``batches`` gives both
        target = batch.targets.flatten()[batch.steps]  # (N,)
        returns = returns_to_go(target_rewards(batch, self.by_code), model.settings.discount)
        hidden = model.hidden(batch).flatten(0, 1)[batch.steps]  # (N, D)
        log_policy = _log_chance(hidden, model.item_matrix(), target)
        s = model.settings
        beside = log_policy.new_zeros(())
        if not s.corrected:
            behaviour = None
        elif "propensity" in batch.outcomes:
            behaviour = batch.outcomes["propensity"].flatten()[batch.steps].float().log()
        else:
            behaviour = _log_chance(hidden.detach(), model.behaviour_matrix(), target)
            beside = -behaviour.mean()
        value = policy_loss(
            log_policy, returns.flatten()[batch.steps], behaviour, s.cap, s.top_k, self.baseline
        )
        return value + beside, len(target)


def _log_chance(hidden: Tensor, table: Tensor, target: Tensor) -> Tensor:
    """``(N,)``: log of the softmax over the V items at ``target``; padding, row 0, is no item."""
    logs = (hidden @ table[1:].T).log_softmax(1)  # (N, V)
    return logs.gather(1, target[:, None] - 1)[:, 0]
