"""Several goals, several gradients: how one step is made of them.

Sizes: ``G`` goals, ``P`` numbers of the model that several goals share, in one row.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..messages import InputError


def mgda_weight(first: Tensor, second: Tensor) -> Tensor:
    """The weight of ``first`` in the shortest mix of two gradients (Sener & Koltun 2018, section 3.3).

    Args:
        first, second: ``(P,)``.

    Returns:
        A number from 0 to 1. Where both gradients are equal every weight gives the same mix: 1/2.
    """
    apart = first - second
    square = apart @ apart
    best = (second - first) @ second / square.clamp(min=torch.finfo(square.dtype).tiny)
    return torch.where(square > 0, best.clamp(0, 1), torch.full_like(best, 0.5))


def mgda(gradients: Tensor) -> Tensor:
    """``(2, P)`` -> ``(P,)``: the shortest vector between the two. A step against it raises neither loss.

    Raises:
        InputError: other than two goals: with more the weights have no formula.
    """
    if gradients.dim() != 2 or len(gradients) != 2:
        raise InputError(f"mgda mixes two gradients, (2, P); got {tuple(gradients.shape)}")
    weight = mgda_weight(gradients[0], gradients[1])
    return weight * gradients[0] + (1 - weight) * gradients[1]


def pcgrad(gradients: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """``(G, P)`` -> ``(P,)``: what conflicts is projected away, then all is added (Yu et al. 2020, alg. 1).

    Each goal's gradient meets the others' in a random order. Where their product is below 0 it loses its part
    along the other. What it meets are the *original* gradients of the others. With two goals the order does
    not matter.

    Args:
        generator: draws the orders; needed for more than two goals.

    Raises:
        InputError: no ``(G, P)`` of at least two goals, or more than two and no generator.
    """
    if gradients.dim() != 2 or len(gradients) < 2:
        raise InputError(f"pcgrad needs (G, P) gradients of two goals or more; got {tuple(gradients.shape)}")
    count = len(gradients)
    if count > 2 and generator is None:
        raise InputError("with more than two goals the order matters and is drawn: give a generator")
    found = torch.zeros_like(gradients[0])
    for goal in range(count):
        mine = gradients[goal].clone()
        others = [other for other in range(count) if other != goal]
        if generator is not None:
            others = [
                others[n] for n in torch.randperm(len(others), generator=generator, device=generator.device)
            ]
        for other in others:
            along = mine @ gradients[other]
            if along < 0:
                mine -= along / (gradients[other] @ gradients[other]) * gradients[other]
        found += mine
    return found


def gradients_of(goals: Sequence[Tensor], parameters: Sequence[nn.Parameter]) -> list[list[Tensor | None]]:
    """A list a goal: the gradient for each parameter, None where the goal does not read it.

    Goals share one forward pass, so its graph is kept until the last.
    """
    return [
        list(torch.autograd.grad(goal, parameters, retain_graph=n + 1 < len(goals), allow_unused=True))
        for n, goal in enumerate(goals)
    ]


def combined(
    found: Sequence[Sequence[Tensor | None]], how: str, generator: torch.Generator | None = None
) -> list[Tensor | None]:
    """A gradient for each parameter. What all goals read is mixed by ``how``; elsewhere gradients are added.

    A tower of one goal is nobody else's, so there is nothing to trade there.

    Args:
        found: of :func:`gradients_of`. how: ``mgda`` or ``pcgrad``.

    Raises:
        InputError: no parameter is shared, or an unknown ``how``.
    """
    columns = list(zip(*found, strict=True))
    shared = [n for n, column in enumerate(columns) if all(each is not None for each in column)]
    if not shared:
        raise InputError("the goals share no parameters: there is nothing to combine, take the sum")
    rows = [torch.cat([row[n].flatten() for n in shared]) for row in found]  # type: ignore[union-attr]
    if how not in ("mgda", "pcgrad"):
        raise InputError(f"gradients are combined by 'mgda' or 'pcgrad', not by {how!r}")
    flat = torch.stack(rows)  # (G, P)
    mixed = mgda(flat) if how == "mgda" else pcgrad(flat, generator)
    result: list[Tensor | None] = []
    for column in columns:
        known = [each for each in column if each is not None]
        result.append(torch.stack(known).sum(0) if known else None)
    sizes = [columns[n][0].numel() for n in shared]
    for n, part in zip(shared, mixed.split(sizes), strict=True):
        result[n] = part.view_as(columns[n][0])
    return result


def with_gradient(value: Tensor, parameters: Sequence[Tensor], gradients: Sequence[Tensor | None]) -> Tensor:
    """A loss that has this ``value`` and, at these ``parameters``, these ``gradients``.

    So a gradient that belongs to no loss, as one with conflicts projected away, goes through the one loop
    like any other: ``backward``, then clipping, then the optimiser's step.
    """
    found = value.detach()
    for parameter, gradient in zip(parameters, gradients, strict=True):
        if gradient is not None:
            along = (parameter * gradient.detach()).sum()
            found = found + along - along.detach()
    return found
