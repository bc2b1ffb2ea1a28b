"""Which items a loss is given to push down: uniform draws, and what a user never took.

Sizes: ``N`` real steps, ``B`` rows, ``T`` steps of a row, ``L`` items of a row, ``V`` items, ``K`` negatives.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..messages import InputError


@dataclass(frozen=True)
class Asked:
    """What the ``N`` steps of a loss come from.

    Attributes:
        items, targets: ``(B, T)`` of the batch; 0 is padding. steps: ``(N,)``, places of the real steps in
            the flattened ``(B * T,)``.
    """

    items: Tensor
    targets: Tensor
    steps: Tensor

    def taken(self) -> Tensor:
        """``(B, 2T)``: all that occurs in a row, targets included; 0 is padding."""
        return torch.cat([self.items, self.targets], dim=1)


def _place(generator: torch.Generator | None, otherwise: torch.device) -> torch.device:
    return generator.device if generator is not None else otherwise


def draw_negatives(targets: Tensor, v: int, count: int, generator: torch.Generator | None) -> Tensor:
    """``(N, K)`` items, uniform over the V - 1 that are not the step's target."""
    if count < 1 or v < 2:
        raise InputError(f"{count} negatives from {v} items: at least 1 negative and 2 items are needed")
    place = _place(generator, targets.device)
    draw = torch.randint(1, v, (len(targets), count), generator=generator, device=place).to(targets.device)
    return draw + (draw >= targets[:, None])  # step over the target


def draw_shared(v: int, count: int, generator: torch.Generator | None, replace: bool = False) -> Tensor:
    """``(K,)`` items for all steps of a batch, uniform; all ``V`` in order where as many are asked for
    and none may come twice."""
    place = _place(generator, torch.device("cpu"))
    if replace:
        return torch.randint(1, v + 1, (count,), generator=generator, device=place)
    if count >= v:
        return torch.arange(1, v + 1, device=place)
    return 1 + torch.randperm(v, generator=generator, device=place)[:count]


def draw_unseen(
    taken: Tensor, v: int, count: int, generator: torch.Generator | None, replace: bool = False
) -> Tensor:
    """``(B, K)`` items of each row, uniform over those that are not in ``taken`` ``(B, L)``; 0: none is left.

    With ``replace`` no table of ``V`` numbers a row is made: what is drawn is a place among the items that
    are left, and it is counted up over the taken ones below it.
    """
    place = _place(generator, taken.device)
    taken = taken.to(place)
    if not replace:
        key = torch.rand(len(taken), v + 1, generator=generator, device=place).scatter(1, taken, -1.0)
        key[:, 0] = -1.0
        found = key.topk(min(count, v), dim=1)
        return found.indices * (found.values >= 0)
    ordered = taken.sort(1).values
    fresh = ordered > 0
    fresh[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]  # each taken item once
    ordered = ordered.masked_fill(~fresh, 2 * v + taken.shape[1]).sort(1).values
    below = ordered - torch.arange(taken.shape[1], device=place)  # how many not taken stand below, plus 1
    left = v - fresh.sum(1, keepdim=True)
    part = torch.rand(len(taken), count, generator=generator, device=place, dtype=torch.float64)
    draw = 1 + (part * left).long()  # (B, K), 1 to left
    draw = draw + torch.searchsorted(below, draw, right=True)
    return draw * (left > 0)
