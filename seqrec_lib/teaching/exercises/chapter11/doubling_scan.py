"""A linear recurrence by doubling: log2 T rounds in place of T steps."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _back(values: Tensor, steps: int, wrap: bool = False) -> Tensor:
    """``values`` ``steps`` steps later, with zeros before the first one."""
    if wrap:
        return values.roll(steps, 1)
    zeros = values.new_zeros(values.shape[0], min(steps, values.shape[1]), values.shape[2])
    return torch.cat([zeros, values], 1)[:, : values.shape[1]]


def _rounds(rate: Tensor, given: Tensor, square: bool = True, wrap: bool = False, most: int = 99) -> Tensor:
    reach = 1
    while reach < given.shape[1] and most:
        given = given + rate * _back(given, reach, wrap)
        rate, reach, most = rate * rate if square else rate, 2 * reach, most - 1
    return given


def doubling_scan(rate: Tensor, given: Tensor) -> Tensor:
    """rate: (P,), given: (B, T, P). Returns (B, T, P)."""
    return _rounds(rate, given)


def _grows_by_one(rate, given):
    """Each round reaches one step further, with the rate's next power, over what was summed already."""
    found = given
    for reach in range(1, given.shape[1]):
        found = found + rate**reach * _back(found, reach)
    return found


def _late(rate, given):
    return _back(_rounds(rate, given), 1)


def _doubled_rate(rate, given):
    reach = 1
    while reach < given.shape[1]:
        given = given + rate * _back(given, reach)
        rate, reach = 2 * rate, 2 * reach
    return given


def _not_decayed(rate, given):
    return given.cumsum(1)


def _input_decays(rate, given):
    return rate * _rounds(rate, given)


def _backwards(rate, given):
    return _rounds(rate, given.flip(1)).flip(1)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(112)

    def case(about: str, b: int, t: int, p: int) -> Probe:
        rate = 0.5 + 0.5 * torch.rand(p, generator=generator)
        rate[::2] *= -1  # a rate below 0 turns by half a circle
        return Probe(about, (rate, torch.randn(b, t, p, generator=generator)))

    return [
        case("one row, three steps", 1, 3, 1),
        case("two rows, eight steps", 2, 8, 3),
        case("a length that is no power of two", 3, 13, 2),
        case("one step", 2, 1, 4),
        case("long", 1, 70, 5),
    ]


EXERCISE = Exercise(
    name="doubling-scan",
    reference=doubling_scan,
    probes=_probes,
    mutants=(
        Mutant(
            "rate-not-squared",
            "The rate stays the same in each round. A part from twice as far back has decayed twice as long.",
            lambda rate, given: _rounds(rate, given, square=False),
        ),
        Mutant(
            "rate-doubled",
            "The rate is doubled in each round. Decay multiplies: what is λ twice?",
            _doubled_rate,
        ),
        Mutant(
            "wraps-round",
            "The end of a history comes in at its beginning. Before the first event stands nothing.",
            lambda rate, given: _rounds(rate, given, wrap=True),
        ),
        Mutant(
            "one-round",
            "One round sees one event back. Go on until the whole history is seen.",
            lambda rate, given: _rounds(rate, given, most=1),
        ),
        Mutant(
            "one-round-short",
            "The last round is missing: old events of a long history are lost.",
            lambda rate, given: _rounds(rate, given, most=max(0, (given.shape[1] - 1).bit_length() - 1)),
        ),
        Mutant(
            "counted-twice",
            "Some events are counted more than once. After a round a sum holds several steps: how far must "
            "the next round reach?",
            _grows_by_one,
        ),
        Mutant("one-step-late", "State t does not hold what is given at t.", _late),
        Mutant("no-decay", "Nothing decays: this is the sum of all that was given.", _not_decayed),
        Mutant(
            "new-input-decays",
            "What is given at t is multiplied too. It has had no time to decay.",
            _input_decays,
        ),
        Mutant("backwards", "The future comes in, and the past does not.", _backwards),
    ),
    hints=(
        "After the first round each step holds two events. What must be added so that it holds four, each "
        "once?",
        "Round by round, the distance doubles, and the factor for it is the square of the last one.",
    ),
)
