"""The 95th percentile of the times that count."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _ranked(times: Tensor, warm: int, share: float) -> Tensor:
    counted = times[warm:].sort().values
    return counted[max(1, math.ceil(round(share * len(counted), 9))) - 1]


def slow_requests(times: Tensor, warm: int, share: float) -> Tensor:
    """times: (n,) in the order measured, warm: int, share: float. Returns one number."""
    return _ranked(times, warm, share)


def _mean(times, warm, share):
    return times[warm:].mean()


def _with_warm(times, warm, share):
    return _ranked(times, 0, share)


def _from_above(times, warm, share):
    counted = times[warm:].sort(descending=True).values
    return counted[math.ceil(round(share * len(counted), 9)) - 1]


def _not_sorted(times, warm, share):
    counted = times[warm:]
    return counted[math.ceil(round(share * len(counted), 9)) - 1]


def _next_above(times, warm, share):
    counted = times[warm:].sort().values
    return counted[min(len(counted) - 1, math.floor(round(share * len(counted), 9)))]


def _between(times, warm, share):
    return times[warm:].quantile(share)


def _largest(times, warm, share):
    return times[warm:].max()


def _sorted_first(times, warm, share):
    return _ranked(times.sort(descending=True).values, warm, share)


def _share_of_largest(times, warm, share):
    return share * times[warm:].max()


def _probes() -> list[Probe]:
    def case(about: str, n: int, warm: int, share: float, seed: int, cold: float = 60) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        times = 2 + torch.rand(n, generator=draw, dtype=torch.float64)
        slow = torch.rand(n, generator=draw) < 0.15
        times = torch.where(slow, 4 * times, times)
        times[:warm] += torch.linspace(
            cold, cold / 6, warm, dtype=torch.float64
        )  # the first calls load and allocate
        return Probe(about, (times, warm, share))

    return [
        case("twenty times, two to warm up", 22, 2, 0.95, 1),
        case("a share that falls between two", 40, 3, 0.9, 2),
        case("the median of an odd number", 36, 5, 0.5, 3, 0.5),
        case("many requests", 220, 20, 0.95, 4),
    ]


EXERCISE = Exercise(
    name="slow-requests",
    reference=slow_requests,
    probes=_probes,
    mutants=(
        Mutant("mean", "This is the mean. It says nothing of how slow the slow requests are.", _mean),
        Mutant(
            "warm-up-counted",
            "The calls that warm up are counted. They load and allocate what later calls find ready.",
            _with_warm,
        ),
        Mutant(
            "from-above",
            "The times are sorted from the slowest: this is what most requests exceed.",
            _from_above,
        ),
        Mutant(
            "not-sorted",
            "The times are not sorted: this is one request that came late in the run.",
            _not_sorted,
        ),
        Mutant(
            "one-too-far",
            "This is the next larger value. At least so large a share does not exceed an earlier one "
            "already.",
            _next_above,
        ),
        Mutant(
            "between",
            "This value lies between two measured times. The nearest rank is a time that was measured.",
            _between,
        ),
        Mutant("largest", "This is the slowest request of all.", _largest),
        Mutant(
            "slowest-left-out",
            "The slowest calls are left out, whenever they came. Those to leave out are the first ones.",
            _sorted_first,
        ),
        Mutant(
            "share-of-largest",
            "This is a share of the slowest time. Asked for is a place in a sorted list.",
            _share_of_largest,
        ),
    ),
    hints=(
        "First leave out, then sort, then count places from below.",
        "The place is the smallest whole number that is at least the share times the number of "
        "counted times.",
    ),
)
