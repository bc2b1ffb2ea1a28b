"""The bucket of an elapsed time, from a function with three faults."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _bucket(seconds: Tensor, buckets: int, log=torch.log) -> Tensor:
    return (log(seconds.clamp(min=1)) / 0.301).floor().clamp(max=buckets - 1).long()


def time_buckets(seconds: Tensor, buckets: int) -> Tensor:
    """seconds: (N,) float64, buckets: int. Returns (N,) whole numbers."""
    return _bucket(seconds, buckets)


def _plus_one(seconds, buckets):
    return (seconds.clamp(min=0).log1p() / 0.301).floor().clamp(max=buckets - 1).long()


def _one_too_far(seconds, buckets):
    return _bucket(seconds, buckets + 1)


def _wraps(seconds, buckets):
    return _bucket(seconds, 10**6) % buckets


def _below_zero(seconds, buckets):
    """What lies before the event counts as if it lay behind it."""
    return _bucket(seconds.abs(), buckets)


def _rounded(seconds, buckets):
    return (seconds.clamp(min=1).log() / 0.301).round().clamp(max=buckets - 1).long()


def _probes() -> list[Probe]:
    def case(about: str, seconds: list[float], buckets: int) -> Probe:
        return Probe(about, (torch.tensor(seconds, dtype=torch.float64), buckets))

    return [
        case("no time at all", [0.0], 8),
        case("a second, a minute, an hour", [1.0, 60.0, 3600.0], 64),
        case("days and years", [86400.0, 5e6, 3.2e7, 9e8, 1e12], 64),
        case("few buckets", [0.3, 2.0, 5.0, 30.0, 1e4], 5),
        case("a clock that ran backwards", [-50.0, -0.5, 0.5, 4.0], 12),
    ]


EXERCISE = Exercise(
    name="time-buckets",
    reference=time_buckets,
    probes=_probes,
    mutants=(
        Mutant(
            "base-ten",
            "0.301 looks like the logarithm of 2 to base 10. The published code takes the natural logarithm "
            "all the same.",
            lambda seconds, buckets: _bucket(seconds, buckets, torch.log10),
        ),
        Mutant(
            "base-two",
            "The logarithm is the natural one.",
            lambda s, buckets: _bucket(s, buckets, torch.log2),
        ),
        Mutant(
            "one-second-added",
            "The second that keeps log 0 away is added to all times. What else can keep them at 1 or above?",
            _plus_one,
        ),
        Mutant(
            "one-bucket-too-many",
            "With `buckets` buckets, counted from 0, which number has the last one?",
            _one_too_far,
        ),
        Mutant("wraps-round", "Very long times come out as short ones. Let them share the last.", _wraps),
        Mutant(
            "no-sign",
            "An event that lies ahead is read as if it lay as far back. It belongs in bucket 0.",
            _below_zero,
        ),
        Mutant("rounded", "Round down, not to the nearest.", _rounded),
    ),
    hints=(
        "Try 0 seconds, and a time of many years. What does each line give?",
        "Limit the seconds from below before the logarithm, and the number from above after it.",
    ),
)
