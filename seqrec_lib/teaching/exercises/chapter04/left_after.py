"""What a forget gate leaves of the cell after some steps, read from two biases."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _part(bias: Tensor, number: int) -> Tensor:
    return bias.chunk(4)[number]


def left_after(b_ih: Tensor, b_hh: Tensor, k: int) -> Tensor:
    """b_ih, b_hh: (4D,), k: int. Returns (D,)."""
    return (_part(b_ih, 1) + _part(b_hh, 1)).sigmoid() ** k


def _of_part(number: int):
    return lambda b_ih, b_hh, k: (_part(b_ih, number) + _part(b_hh, number)).sigmoid() ** k


def first_bias(b_ih, b_hh, k):
    return _part(b_ih, 1).sigmoid() ** k


def second_bias(b_ih, b_hh, k):
    return _part(b_hh, 1).sigmoid() ** k


def gates_multiplied(b_ih, b_hh, k):
    return (_part(b_ih, 1).sigmoid() * _part(b_hh, 1).sigmoid()) ** k


def mean_of_biases(b_ih, b_hh, k):
    return ((_part(b_ih, 1) + _part(b_hh, 1)) / 2).sigmoid() ** k


def times_k(b_ih, b_hh, k):
    return (_part(b_ih, 1) + _part(b_hh, 1)).sigmoid() * k


def k_inside(b_ih, b_hh, k):
    return (k * (_part(b_ih, 1) + _part(b_hh, 1))).sigmoid()


def one_step_less(b_ih, b_hh, k):
    return (_part(b_ih, 1) + _part(b_hh, 1)).sigmoid() ** (k - 1)


def forgotten(b_ih, b_hh, k):
    return 1 - left_after(b_ih, b_hh, k)


def no_sigmoid(b_ih, b_hh, k):
    return (_part(b_ih, 1) + _part(b_hh, 1)) ** k


def mean_over_numbers(b_ih, b_hh, k):
    return left_after(b_ih, b_hh, k).mean()


def every_fourth(b_ih, b_hh, k):
    return (b_ih + b_hh)[1::4].sigmoid() ** k


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(6)

    def case(about: str, dim: int, k: int, shift: float) -> Probe:
        b, c = (torch.randn(4 * dim, generator=generator, dtype=torch.float64) for _ in range(2))
        return Probe(about, (b + shift, c, k))

    return [
        case("width 2, three steps", 2, 3, 0.5),
        case("width 3, one step", 3, 1, 0.0),
        case("gates near 1, ten steps", 4, 10, 4.0),
        case("width 5, two steps, gates below a half", 5, 2, -1.0),
    ]


EXERCISE = Exercise(
    name="left-after",
    reference=left_after,
    probes=_probes,
    mutants=(
        Mutant("input-gate", "This reads the input gate: the first quarter.", _of_part(0)),
        Mutant("candidate", "This reads the candidate's part: the third quarter.", _of_part(2)),
        Mutant("output-gate", "This reads the output gate: the last quarter.", _of_part(3)),
        Mutant(
            "one-bias",
            "Only one of the two biases is read. PyTorch adds both.",
            first_bias,
            second_bias,
        ),
        Mutant(
            "gates-multiplied", "Each bias goes through σ alone. They are added before it.", gates_multiplied
        ),
        Mutant(
            "mean-of-biases", "This takes the mean of the two biases. They act as their sum.", mean_of_biases
        ),
        Mutant(
            "times-k", "The gate is multiplied by k. Each step multiplies by the gate once more.", times_k
        ),
        Mutant("k-inside", "k stands inside σ. The gate comes first, and then acts k times.", k_inside),
        Mutant("one-step-less", "This is what is left after one step less.", one_step_less),
        Mutant("forgotten", "This is the share that is lost.", forgotten),
        Mutant("no-sigmoid", "A bias is no gate: it has to pass σ first.", no_sigmoid),
        Mutant("mean", "This is one number. Each number of the cell has its own gate.", mean_over_numbers),
        Mutant(
            "every-fourth",
            "This takes every fourth number. The gates stand one below the other, D numbers each.",
            every_fourth,
        ),
    ),
    hints=(
        "Nothing comes in: each step only multiplies the cell by its forget gate.",
        "Which D of the 4D numbers belong to the forget gate, and what happens to the two biases before σ?",
    ),
)
