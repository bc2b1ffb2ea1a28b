"""The factorisation machine's sum over pairs, without a loop over pairs."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def fm_pairs(x: Tensor, factors: Tensor) -> Tensor:
    """x: (B, n), factors: (n, K). Returns (B,)."""
    return ((x @ factors).square() - x.square() @ factors.square()).sum(1) / 2


def no_half(x, factors):
    return 2 * fm_pairs(x, factors)


def squares_left_in(x, factors):
    return (x @ factors).square().sum(1) / 2


def x_not_squared(x, factors):
    return ((x @ factors).square() - x @ factors.square()).sum(1) / 2


def factors_not_squared(x, factors):
    return ((x @ factors).square() - x.square() @ factors).sum(1) / 2


def zeros_and_ones(x, factors):
    return fm_pairs((x != 0).to(x.dtype), factors)


def summed_too_early(x, factors):
    whole = factors.sum(1)  # (n,)
    return ((x @ whole).square() - x.square() @ whole.square()) / 2


def one_number_a_factor(x, factors):
    return ((x @ factors).square() - x.square() @ factors.square()) / 2


def mean_of_factors(x, factors):
    return fm_pairs(x, factors) / factors.shape[1]


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(71)

    def case(about: str, b: int, n: int, k: int, empty: float = 0.0) -> Probe:
        x = torch.randn(b, n, generator=generator)
        x = torch.where(torch.rand(b, n, generator=generator) < empty, 0.0, x)
        return Probe(about, (x, torch.randn(n, k, generator=generator)))

    return [
        case("one row, two inputs, one factor", 1, 2, 1),
        case("two rows, three inputs, two factors", 2, 3, 2),
        case("many inputs, most of them 0", 4, 9, 3, 0.6),
        case("more factors than inputs", 3, 4, 6),
    ]


EXERCISE = Exercise(
    name="fm-pairs",
    reference=fm_pairs,
    probes=_probes,
    mutants=(
        Mutant("no-half", "The square of a sum holds each pair twice, as (i, j) and as (j, i).", no_half),
        Mutant(
            "squares-left-in",
            "The square of a sum also holds each input with itself. A pair has two different inputs.",
            squares_left_in,
        ),
        Mutant(
            "x-not-squared",
            "With inputs of 0 and 1 this is right, because there x and its square are the same. Here x is "
            "any number.",
            x_not_squared,
        ),
        Mutant("factors-not-squared", "An input meets itself with the square of its factors.",
               factors_not_squared),
        Mutant(
            "zeros-and-ones",
            "Every input that is not 0 was taken for 1. How large it is, and its sign, matter.",
            zeros_and_ones,
        ),
        Mutant(
            "summed-too-early",
            "The factors were added up before the square. Each factor makes its own square; add them last.",
            summed_too_early,
        ),
        Mutant("factors-kept-apart", "One number a factor comes out. A pair's product sums over the factors.",
               one_number_a_factor),
        Mutant("mean-of-factors", "That is a mean over the factors. A dot product is a sum.",
               mean_of_factors),
    ),
    hints=(
        "Take two inputs and one factor and write out the square of the sum. Which parts do you not want?",
        "For each factor: the square of one product, less another product in which both sides are squared.",
    ),
)  # fmt: skip
