"""What each logged action is weighed with: policy over logger, capped, times what it brought."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def weighed_and_capped(log_policy: Tensor, log_behaviour: Tensor, returns: Tensor, cap: float) -> Tensor:
    """log_policy, log_behaviour, returns: (N,), cap: float. Returns (N,)."""
    return (log_policy - log_behaviour).exp().clamp(max=cap) * returns


def _probes() -> list[Probe]:
    def case(about: str, n: int, cap: float, seed: int, spread: float = 1.0) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        logs = -3 * torch.rand(2, n, generator=draw, dtype=torch.float64) * spread - 0.05
        returns = (4 * torch.rand(n, generator=draw, dtype=torch.float64)).round(decimals=1) - 1
        return Probe(about, (logs[0], logs[1], returns, cap))

    return [
        case("three actions", 3, 2.0, 0),
        case("a low cap", 5, 0.8, 1),
        case("policies that are far apart", 8, 5.0, 2, 2.0),
        case("policies that are close", 4, 1.0, 3, 0.3),
        case("a thousand actions", 1000, 3.0, 4),
    ]


EXERCISE = Exercise(
    name="weighed-and-capped",
    reference=weighed_and_capped,
    probes=_probes,
    mutants=(
        Mutant(
            "uncapped",
            "A weight is above the cap. One rare action of the logger could then outweigh all others.",
            lambda a, b, r, c: (a - b).exp() * r,
        ),
        Mutant(
            "turned-round",
            "Logger over policy: what the logger shows often is counted even more. Turn the ratio round.",
            lambda a, b, r, c: (b - a).exp().clamp(max=c) * r,
        ),
        Mutant(
            "capped-product",
            "The cap is on weight times return. It belongs to the weight; a return may be as large as it is.",
            lambda a, b, r, c: ((a - b).exp() * r).clamp(max=c),
        ),
        Mutant(
            "floor",
            "The cap works as a floor: small weights have become large.",
            lambda a, b, r, c: (a - b).exp().clamp(min=c) * r,
        ),
        Mutant(
            "logs",
            "This is the difference of logarithms. A ratio of chances is its exponential.",
            lambda a, b, r, c: (a - b).clamp(max=c) * r,
        ),
        Mutant(
            "no-returns",
            "These are the weights alone. Asked for is what each action adds: the weight times its return.",
            lambda a, b, r, c: (a - b).exp().clamp(max=c),
        ),
    ),
    hints=(
        "A ratio of two chances is the exponential of the difference of their logarithms.",
        "First the ratio, then the cap, then the return.",
    ),
)
