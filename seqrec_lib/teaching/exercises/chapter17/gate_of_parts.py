"""A gate over an item's parts, some of which are missing."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _join(parts: Tensor, known: Tensor, weight: Tensor, bias: Tensor, *, over: int = 1, biased: bool = True,
          masked: bool = True, read: bool = True, zeroed: bool = False) -> Tensor:  # fmt: skip
    seen = parts * known[..., None] if read else parts
    logits = seen.flatten(1) @ weight.T + (bias if biased else 0)  # (V, M)
    if zeroed:
        logits = logits * known
    elif masked:
        logits = logits.masked_fill(~known, -1e30)
    g = logits.softmax(over)
    if masked and not zeroed:
        g = g * known
    return (g[..., None] * parts * known[..., None]).sum(1)


def gate_of_parts(parts: Tensor, known: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """parts: (V, M, D), known: (V, M) bool, weight: (M, M * D), bias: (M,). Returns (V, D)."""
    return _join(parts, known, weight, bias)


def _known(**changes) -> Callable:
    return lambda parts, known, weight, bias: _join(parts, known, weight, bias, **changes)


def _cut_off(parts, known, weight, bias):
    g = ((parts * known[..., None]).flatten(1) @ weight.T + bias).softmax(1)
    return (g[..., None] * parts * known[..., None]).sum(1)


def _times_parts(parts, known, weight, bias):
    return len(bias) * _join(parts, known, weight, bias)


def _probes() -> list[Probe]:
    def case(about: str, v: int, m: int, d: int, share: float, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        parts = torch.randn(v, m, d, generator=draw, dtype=torch.float64)
        known = torch.rand(v, m, generator=draw) < share
        known[0] = False
        weight = torch.randn(m, m * d, generator=draw, dtype=torch.float64)
        bias = torch.randn(m, generator=draw, dtype=torch.float64)
        return Probe(about, (parts, known, weight, bias))

    return [
        case("three items of two parts", 3, 2, 2, 0.6, 1),
        case("parts are often missing", 9, 4, 3, 0.5, 2),
        case("nothing is missing but row 0", 7, 3, 5, 1.0, 3),
        case("many parts", 12, 6, 2, 0.7, 4),
    ]


EXERCISE = Exercise(
    name="gate-of-parts",
    reference=gate_of_parts,
    probes=_probes,
    mutants=(
        Mutant(
            "softmax-over-items",
            "The weights of one part add up to 1 over the items. Those of one item should, over its parts.",
            _known(over=0),
        ),
        Mutant("no-bias", "The bias of the logits is left out.", _known(biased=False)),
        Mutant(
            "missing-keeps-weight",
            "A missing part still takes its share, and the known ones get less than 1 together.",
            _cut_off,
        ),
        Mutant(
            "logit-zero",
            "A missing part has logit 0 here, which is a share like any other. What has no share?",
            _known(zeroed=True),
        ),
        Mutant(
            "missing-is-read",
            "The logits read what stands in a missing part. It may be anything, and should count as 0.",
            _known(read=False),
        ),
        Mutant("factor", "The result is M times as long. Leave out the factor M here.", _times_parts),
    ),
    hints=(
        "Which logit gives a share of exactly 0? Then look at an item of which nothing is known.",
        "Write zeros where a part is missing, compute logits, mask them, and let an empty row end as zeros.",
    ),
)
