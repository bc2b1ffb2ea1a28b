"""Clipping: which gradients are cut, by which length, and in which order."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Pair = tuple[Tensor, Tensor]


def _lengths(items: Tensor, rest: Tensor) -> Tensor:
    return (items.flatten(1).square().sum(1) + rest.square().sum(1)).sqrt()


def _clipped(items: Tensor, rest: Tensor, clip: float, *, length: Callable = _lengths,
             always: bool = False, mean: bool = False) -> Pair:  # fmt: skip
    factor = clip / length(items, rest).clamp(min=1e-12)
    factor = factor if always else factor.clamp(max=1.0)
    scale = 1 / len(items) if mean else 1.0
    return scale * torch.einsum("b,bvd->vd", factor, items), scale * torch.einsum("b,bp->p", factor, rest)


def clip_each_user(items: Tensor, rest: Tensor, clip: float) -> Pair:
    """items: (B, V+1, D), rest: (B, P), clip: float. Returns ((V+1, D), (P,))."""
    return _clipped(items, rest, clip)


def _known(**changes) -> Callable:
    return lambda items, rest, clip: _clipped(items, rest, clip, **changes)


def _batch(items: Tensor, rest: Tensor, clip: float) -> Pair:
    table, others = items.sum(0), rest.sum(0)
    length = (table.square().sum() + others.square().sum()).sqrt()
    factor = min(1.0, clip / float(length))
    return factor * table, factor * others


def _by_layer(items: Tensor, rest: Tensor, clip: float) -> Pair:
    zero = torch.zeros_like
    return _clipped(items, zero(rest), clip)[0], _clipped(zero(items), rest, clip)[1]


def _by_number(items: Tensor, rest: Tensor, clip: float) -> Pair:
    return items.clamp(-clip, clip).sum(0), rest.clamp(-clip, clip).sum(0)


def _probes() -> list[Probe]:
    def case(about: str, users: int, n: int, width: int, others: int, size: float, clip: float, seed: int):
        draw = torch.Generator().manual_seed(seed)
        spread = torch.linspace(0.05, 2.0, users, dtype=torch.float64)[:, None, None]
        items = size * spread * torch.randn(users, n + 1, width, generator=draw, dtype=torch.float64)
        items[:, 0] = 0
        rest = size * spread[:, 0] * torch.randn(users, others, generator=draw, dtype=torch.float64)
        return Probe(about, (items, rest, clip))

    return [
        case("two users", 2, 3, 2, 4, 1.0, 1.0, 0),
        case("five users, some of whom need no cut", 5, 6, 3, 7, 0.4, 1.0, 1),
        case("long gradients and a small clip", 4, 9, 5, 3, 6.0, 0.3, 2),
        case("many numbers beside the items", 7, 2, 2, 60, 0.5, 1.5, 3),
    ]


EXERCISE = Exercise(
    name="clip-each-user",
    reference=clip_each_user,
    probes=_probes,
    mutants=(
        Mutant(
            "batch-clipped",
            "The sum was cut. One user can still be most of it: each gradient is cut, then summed.",
            _batch,
        ),
        Mutant(
            "each-part-by-itself",
            "Items and the rest were cut apart, so a user may add the clip twice. There is one length.",
            _by_layer,
        ),
        Mutant(
            "without-the-items",
            "The length leaves the item vectors out, which is where most of a user stands.",
            _known(length=lambda items, rest: rest.norm(dim=1)),
        ),
        Mutant(
            "without-the-rest",
            "The length is that of the item vectors alone. All weights count.",
            _known(length=lambda items, rest: items.flatten(1).norm(dim=1)),
        ),
        Mutant(
            "stretched",
            "Short gradients were made as long as the clip. A gradient is only ever cut.",
            _known(always=True),
        ),
        Mutant("mean", "This is the mean. Asked for is the sum over users.", _known(mean=True)),
        Mutant(
            "number-by-number",
            "Each number was cut. The length of the whole gradient is what has a limit.",
            _by_number,
        ),
    ),
    hints=(
        "Three steps: one length for each user, one factor for each user, and a sum.",
        "The factor is at most 1. Think of what `min` does to a user whose gradient is short already.",
    ),
)
