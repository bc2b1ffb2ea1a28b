"""The chances of a model, mixed with popularity by the length of a history."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _mix(chances: Tensor, counts: Tensor, lengths: Tensor, kappa: float, *, turned: bool = False,
         raw: bool = False, one: bool = False, logs: bool = False) -> Tensor:  # fmt: skip
    chances, popular = chances.double(), counts.double()
    popular = popular if raw else popular / popular.sum()
    n = lengths.double().mean().expand(len(lengths)) if one else lengths.double()
    trust = (n / (n + kappa))[:, None]
    trust = 1 - trust if turned else trust
    if logs:
        mixed = trust * chances.log() + (1 - trust) * popular.clamp(min=1e-12).log()
        return mixed.softmax(1)
    return trust * chances + (1 - trust) * popular


def mix_by_history(chances: Tensor, counts: Tensor, lengths: Tensor, kappa: float) -> Tensor:
    """chances: (B, V), counts: (V,), lengths: (B,), kappa: float. Returns (B, V)."""
    return _mix(chances, counts, lengths, kappa)


def _known(**changes) -> Callable:
    return lambda chances, counts, lengths, kappa: _mix(chances, counts, lengths, kappa, **changes)


def _probes() -> list[Probe]:
    def case(about: str, b: int, v: int, longest: int, kappa: float, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        chances = torch.randn(b, v, generator=draw, dtype=torch.float64).mul(2).softmax(1)
        counts = (200 * torch.rand(v, generator=draw).pow(3)).long()
        counts[0] += 1
        lengths = torch.randint(1, longest + 1, (b,), generator=draw)
        return Probe(about, (chances, counts, lengths, kappa))

    return [
        case("short histories", 4, 6, 3, 2.0, 1),
        case("long and short ones", 7, 9, 40, 3.0, 2),
        case("a kappa below 1", 5, 5, 10, 0.4, 3),
        case("one history", 1, 12, 5, 10.0, 4),
    ]


EXERCISE = Exercise(
    name="mix-by-history",
    reference=mix_by_history,
    probes=_probes,
    mutants=(
        Mutant(
            "turned-round",
            "The longer the history, the more popularity counts here. It should be the other way.",
            _known(turned=True),
        ),
        Mutant(
            "counts-not-shares",
            "Counts are added to chances. Bring popularity to sum 1 first.",
            _known(raw=True),
        ),
        Mutant(
            "one-weight-for-all",
            "Every row has the same weight. Each history has its own length.",
            _known(one=True),
        ),
        Mutant(
            "logs-are-mixed",
            "Logarithms are mixed here, a product of powers. The equation mixes the chances themselves.",
            _known(logs=True),
        ),
    ),
    hints=(
        "How much does the model count after kappa events? How much after none?",
        "The weight is a column, one number a row; both things that are mixed have sum 1.",
    ),
)
