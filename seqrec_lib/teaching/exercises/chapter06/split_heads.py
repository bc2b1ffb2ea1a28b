"""From states to heads: which numbers belong to which head."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def split_heads(states: Tensor, heads: int) -> Tensor:
    """states: (B, T, D), heads: int. Returns (B, H, T, d)."""
    b, t, dim = states.shape
    return states.reshape(b, t, heads, dim // heads).transpose(1, 2)


def no_transpose(states, heads):
    b, t, dim = states.shape
    return states.reshape(b, heads, t, dim // heads)


def heads_interleaved(states, heads):
    b, t, dim = states.shape
    return states.reshape(b, t, dim // heads, heads).permute(0, 3, 1, 2)


def steps_backwards(states, heads):
    return split_heads(states, heads).flip(2)


def heads_last(states, heads):
    b, t, dim = states.shape
    return states.reshape(b, t, heads, dim // heads)


def turned_first(states, heads):
    b, t, dim = states.shape
    return states.transpose(1, 2).reshape(b, heads, t, dim // heads)


def every_head_the_first(states, heads):
    d = states.shape[2] // heads
    return torch.stack([states[..., :d]] * heads, 1)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(6)

    def case(about: str, b: int, t: int, dim: int, heads: int) -> Probe:
        return Probe(about, (torch.randn(b, t, dim, generator=generator), heads))

    return [
        case("one row of two steps, two heads of two numbers", 1, 2, 4, 2),
        case("two rows of five steps, three heads", 2, 5, 6, 3),
        case("as many steps as heads", 3, 4, 8, 4),
        case("one head", 2, 3, 5, 1),
        case("one step", 2, 1, 6, 2),
    ]


EXERCISE = Exercise(
    name="split-heads",
    reference=split_heads,
    probes=_probes,
    mutants=(
        Mutant(
            "no-transpose",
            "The shape is right and the numbers are not: head 1 holds numbers of several steps. Reshaping "
            "reads memory in order, so the axis of heads must first stand beside the features.",
            no_transpose,
        ),
        Mutant(
            "heads-interleaved",
            "Every H-th number goes to one head. Each head takes d numbers that stand side by side.",
            heads_interleaved,
        ),
        Mutant("steps-backwards", "The steps of each head run backwards.", steps_backwards),
        Mutant(
            "heads-last",
            "This is (B, T, H, d). A head needs its steps and features as the last two axes.",
            heads_last,
        ),
        Mutant(
            "turned-first",
            "Steps and features changed places before the split, so time was cut up into heads.",
            turned_first,
        ),
        Mutant("every-head-the-first", "All heads hold the first d numbers.", every_head_the_first),
    ),
    hints=(
        "Write 0, 1, 2, … into one row of two steps, and follow where each number goes.",
        "First give D two axes; only then move an axis.",
    ),
)
