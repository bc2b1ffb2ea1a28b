"""Intervals in a user's own unit: the smallest gap that is above 0."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _numbers(times: Tensor, span: int, unit: Tensor, signed: bool = False) -> Tensor:
    between = times[:, None] - times
    between = between if signed else between.abs()
    return (between / unit).floor().clamp(-span, span).long()


def _smallest(gaps: Tensor) -> Tensor:
    gaps = gaps[gaps > 0]
    return gaps.min() if len(gaps) else torch.tensor(1.0, dtype=torch.float64)


def interval_numbers(times: Tensor, span: int) -> Tensor:
    """times: (T,) float64 seconds, never falling, span: int. Returns (T, T) whole numbers."""
    return _numbers(times, span, _smallest(times.diff()))


def _zero_gap(times, span):
    """The smallest gap may be 0; as if 1 second where it is, so that nothing is divided by 0."""
    gaps = times.diff()
    unit = gaps.min().clamp(min=1.0) if len(gaps) else torch.tensor(1.0)
    return _numbers(times, span, unit)


def _clipped_first(times, span):
    between = (times[:, None] - times).abs().clamp(max=span)
    return (between / _smallest(times.diff())).floor().long()


def _rounded(times, span):
    between = (times[:, None] - times).abs() / _smallest(times.diff())
    return between.round().clamp(max=span).long()


def _since_first(times, span):
    return _numbers(times, span, _smallest(times - times[0]))


def _mean_gap(times, span):
    gaps = times.diff()
    gaps = gaps[gaps > 0]
    return _numbers(times, span, gaps.mean() if len(gaps) else torch.tensor(1.0))


def _probes() -> list[Probe]:
    start = 1_600_000_000.0

    def case(about: str, since: list[float], span: int) -> Probe:
        return Probe(about, (start + torch.tensor(since, dtype=torch.float64), span))

    return [
        case("three events", [0, 7, 21], 9),
        case("two events at one moment", [0, 40, 40, 100, 310], 50),
        case("minutes and days", [0, 90, 250, 86400, 86700, 900000], 256),
        case("a small span", [0, 16, 24, 61, 61, 80, 200], 5),
        case("all at one moment", [0, 0, 0, 0], 3),
        case("one event", [0], 4),
    ]


EXERCISE = Exercise(
    name="interval-numbers",
    reference=interval_numbers,
    probes=_probes,
    mutants=(
        Mutant(
            "signed",
            "Some numbers are below 0, and a table has no such row. How long is it between two events, "
            "whichever came first?",
            lambda times, span: _numbers(times, span, _smallest(times.diff()), signed=True),
        ),
        Mutant(
            "zero-as-unit",
            "Two events of this user share a moment. Which gaps may be the unit?",
            _zero_gap,
        ),
        Mutant(
            "clipped-before-scaling",
            "The span counts units, not seconds. What comes first, the unit or the limit?",
            _clipped_first,
        ),
        Mutant("rounded", "An interval counts the whole units that have passed. Round down.", _rounded),
        Mutant(
            "since-the-first",
            "A gap lies between an event and the one before it, not between it and the first one.",
            _since_first,
        ),
        Mutant("mean-gap", "That is the mean gap. The unit is the smallest.", _mean_gap),
        Mutant(
            "never-clipped",
            "Some numbers are larger than span, and there is no row for them.",
            lambda times, span: _numbers(times, 10**9, _smallest(times.diff())),
        ),
    ),
    hints=(
        "Find the unit first. Which gaps of the history may it be?",
        "Divide all differences by the unit, round down, and only then limit them.",
    ),
)
