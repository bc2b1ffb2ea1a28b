"""Symmetric quantisation with one scale a row."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Stored = tuple[Tensor, Tensor]


def _stored(weight: Tensor, scale: Tensor, top: int, low: int | None = None, how=torch.round) -> Stored:
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    return how(weight / scale).clamp(-top if low is None else low, top), scale.expand(len(weight), 1)


def whole_rows(weight: Tensor, bits: int) -> Stored:
    """weight: (N, D), bits: int. Returns (q (N, D), scale (N, 1))."""
    top = 2 ** (bits - 1) - 1
    return _stored(weight, weight.abs().amax(1, keepdim=True) / top, top)


def _one_scale(weight, bits):
    top = 2 ** (bits - 1) - 1
    return _stored(weight, (weight.abs().max() / top).view(1, 1), top)


def _columns(weight, bits):
    top = 2 ** (bits - 1) - 1
    scale = weight.abs().amax(0, keepdim=True) / top
    return (weight / scale.clamp(min=1e-12)).round(), scale


def _one_too_many(weight, bits):
    top = 2 ** (bits - 1)
    return _stored(weight, weight.abs().amax(1, keepdim=True) / top, top)


def _shifted(weight, bits):
    low, high = weight.amin(1, keepdim=True), weight.amax(1, keepdim=True)
    scale = (high - low) / (2**bits - 1)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    return ((weight - low) / scale).round() - 2 ** (bits - 1), scale


def _cut(weight, bits):
    top = 2 ** (bits - 1) - 1
    return _stored(weight, weight.abs().amax(1, keepdim=True) / top, top, how=torch.trunc)


def _largest_not_absolute(weight, bits):
    top = 2 ** (bits - 1) - 1
    return _stored(weight, weight.amax(1, keepdim=True) / top, top)


def _nan_rows(weight, bits):
    top = 2 ** (bits - 1) - 1
    scale = weight.abs().amax(1, keepdim=True) / top
    return (weight / scale).round(), scale


def _divided_twice(weight, bits):
    q, scale = whole_rows(weight, bits)
    return q, 1 / scale


def _probes() -> list[Probe]:
    def case(about: str, rows: int, width: int, bits: int, seed: int, zero: int | None = None) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        weight = torch.randn(rows, width, generator=draw, dtype=torch.float64)
        weight = weight * (0.05 + 2 * torch.rand(rows, 1, generator=draw, dtype=torch.float64))
        weight[0, 0] = -weight[0].abs().max() * 1.3  # a row whose largest number is negative
        if zero is not None:
            weight[zero] = 0.0
        return Probe(about, (weight, bits))

    return [
        case("two rows, four bits", 2, 3, 4, 1),
        case("eight bits", 5, 7, 8, 2),
        case("padding: a row of zeros", 4, 6, 8, 3, zero=2),
        case("three bits", 6, 5, 3, 4),
    ]


EXERCISE = Exercise(
    name="whole-rows",
    reference=whole_rows,
    probes=_probes,
    mutants=(
        Mutant(
            "one-scale",
            "All rows share one scale. A row of small numbers then becomes zeros: which scale does it need?",
            _one_scale,
        ),
        Mutant("scale-a-column", "There is a scale for each column. An item is a row.", _columns),
        Mutant(
            "one-too-many",
            "The largest number becomes 2 to the power bits - 1, which a signed number of so many bits "
            "cannot hold.",
            _one_too_many,
        ),
        Mutant(
            "zero-is-not-zero",
            "The numbers are shifted, so that 0 no longer becomes 0. Symmetric means that there is no shift.",
            _shifted,
        ),
        Mutant(
            "cut-off",
            "The quotient is cut towards 0. The nearest whole number is at most half a step away.",
            _cut,
        ),
        Mutant(
            "largest-not-absolute",
            "The scale is taken from the largest number of the row. What if the one farthest from 0 is "
            "negative?",
            _largest_not_absolute,
        ),
        Mutant(
            "rows-of-zeros",
            "A row of zeros is divided by 0. Padding is such a row.",
            _nan_rows,
        ),
        Mutant(
            "turned-round",
            "The scale is turned round: q times scale should give the row back.",
            _divided_twice,
        ),
    ),
    hints=(
        "Each row has its own scale, made so that its number farthest from 0 becomes the largest "
        "whole number.",
        "With so many bits, one sign included, which whole numbers stand symmetrically round 0?",
    ),
)
