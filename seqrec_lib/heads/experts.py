"""Experts and gates: what the tasks of one model share, and what each has of its own.

Sizes: ``F`` entries of a feature vector, ``E`` experts, ``W`` their width. Tasks are numbered from 0.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Experts(nn.Module):
    """``E`` linear layers with ReLU, side by side: ``(..., F) -> (..., E, W)``."""

    def __init__(self, size: int, experts: int, width: int) -> None:
        super().__init__()
        self.experts, self.width = experts, width
        self.inner = nn.Linear(size, experts * width)

    def forward(self, features: Tensor) -> Tensor:
        inner: Tensor = self.inner(features).relu()
        return inner.unflatten(-1, (self.experts, self.width))


class Gate(nn.Module):
    """How much one task takes from each expert, a softmax: ``(..., F) -> (..., E)``."""

    def __init__(self, size: int, experts: int) -> None:
        super().__init__()
        self.inner = nn.Linear(size, experts)

    def forward(self, features: Tensor) -> Tensor:
        shares: Tensor = self.inner(features).softmax(-1)
        return shares


def mixed(shares: Tensor, experts: Tensor) -> Tensor:
    """``(..., E)``, ``(..., E, W)`` -> ``(..., W)``: the experts' mean, weighted by ``shares``."""
    return (shares[..., None] * experts).sum(-2)


class SharedExperts(nn.Module):
    """MMoE (Ma et al. 2018, eq. 6): all tasks read all experts, each through a gate of its own.

    Returns a state a task, ``(..., W)``, and a gate a task, ``(..., E)``.
    """

    def __init__(self, size: int, experts: int, width: int, tasks: int = 2) -> None:
        super().__init__()
        self.experts = Experts(size, experts, width)
        self.gates = nn.ModuleList(Gate(size, experts) for _ in range(tasks))

    def forward(self, features: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        found = self.experts(features)
        shares = [gate(features) for gate in self.gates]
        return [mixed(share, found) for share in shares], shares


class OwnAndShared(nn.Module):
    """One level of PLE (Tang et al. 2020): a task's gate sees its own experts and the shared ones.

    It never sees those of another task. Unless the level is the ``last``, the shared experts pass on a state
    of their own too, through a gate that sees all.

    Args:
        size: ``F``, the same for every input. experts: in each group: every task's own, and the shared.
    """

    def __init__(self, size: int, experts: int, width: int, last: bool, tasks: int = 2) -> None:
        super().__init__()
        self.own = nn.ModuleList(Experts(size, experts, width) for _ in range(tasks))
        self.shared = Experts(size, experts, width)
        self.gates = nn.ModuleList(Gate(size, 2 * experts) for _ in range(tasks))
        self.pass_on = None if last else Gate(size, (tasks + 1) * experts)

    def forward(self, inputs: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """``inputs``: a vector a task and the shared one, last.

        Returns the states in the same order, the shared one only where there is another level, and a gate a
        task, ``(..., 2 E)``: its own experts first.
        """
        *tasks, common = inputs
        shared = self.shared(common)
        own = [expert(x) for expert, x in zip(self.own, tasks, strict=True)]
        shares = [gate(x) for gate, x in zip(self.gates, tasks, strict=True)]
        pairs = zip(shares, own, strict=True)
        states = [mixed(share, torch.cat([mine, shared], dim=-2)) for share, mine in pairs]
        if self.pass_on is not None:
            states.append(mixed(self.pass_on(common), torch.cat([*own, shared], dim=-2)))
        return states, shares
