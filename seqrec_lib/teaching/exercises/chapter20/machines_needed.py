"""How many machines a plan needs: memory and time each ask for some."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..exercise import Exercise, Mutant, Probe

HOUR = 3600


def _count(
    items: int, dim: int, flops: float, memory: float, speed: float, hours: float, *,
    numbers: Callable = lambda items, dim: 4 * (items + 1) * dim, both: Callable = max,
    up: Callable = math.ceil, seconds: float = HOUR, least: int = 1,
) -> int:  # fmt: skip
    for_memory = up(4 * numbers(items, dim) / memory)
    for_time = up(flops / speed / (hours * seconds))
    return both(least, both(for_memory, for_time))


def machines_needed(items: int, dim: int, flops: float, memory: float, speed: float, hours: float) -> int:
    """items, dim: int; flops, memory (bytes), speed (flops a second), hours: float. Returns an int."""
    return _count(items, dim, flops, memory, speed, hours)


def _known(**changes) -> Callable:
    return lambda *sizes: _count(*sizes, **changes)


def _sum(*sizes):
    items, dim, flops, memory, speed, hours = sizes
    return machines_needed(items, dim, 0.0, memory, speed, hours) + max(
        1, math.ceil(flops / speed / (hours * HOUR))
    )


def _memory_alone(items, dim, flops, memory, speed, hours):
    return machines_needed(items, dim, 0.0, memory, speed, hours)


def _time_alone(items, dim, flops, memory, speed, hours):
    return max(1, math.ceil(flops / speed / (hours * HOUR)))


def _probes() -> list[Probe]:
    return [
        Probe("a small table, much work", (20_000, 64, 4e18, 64e9, 1e13, 24.0)),
        Probe("a large table, little work", (100_000_000, 64, 1e17, 30e9, 1e13, 24.0)),
        Probe("one machine is enough", (1_000, 32, 1e12, 16e9, 1e12, 5.0)),
        Probe("both ask for several", (30_000_000, 128, 9e18, 24e9, 2e13, 20.0)),
        Probe("a wide table", (8_000_001, 1_000, 3e16, 20e9, 3e12, 3.0)),
        Probe("a short night", (5_000_000, 100, 2.5e17, 40e9, 4e12, 6.0)),
        Probe("machines that the items fill", (500_000, 250, 1e15, 1e9, 1e12, 2.0)),
    ]


EXERCISE = Exercise(
    name="machines-needed",
    reference=machines_needed,
    probes=_probes,
    mutants=(
        Mutant(
            "weights-alone",
            "This is what the weights alone take. Training with Adam holds more than one number for each of "
            "them, and a number has four bytes.",
            _known(numbers=lambda items, dim: (items + 1) * dim),
        ),
        Mutant(
            "no-gradient",
            "Weights and two moments are counted. One more copy of the table exists in each step.",
            _known(numbers=lambda items, dim: 3 * (items + 1) * dim),
        ),
        Mutant(
            "added",
            "The machines for memory and those for time are added. The same machine gives both.",
            _sum,
        ),
        Mutant(
            "fewest",
            "The smaller of the two needs decides here. Both have to be met.",
            lambda *s: max(1, min(_memory_alone(*s), _time_alone(*s))),
        ),
        Mutant("memory-alone", "Only memory is looked at. Will it be done in time?", _memory_alone),
        Mutant("time-alone", "Only time is looked at. Does the table fit?", _time_alone),
        Mutant(
            "rounded-down",
            "Part of a machine is left out: round up.",
            _known(up=math.floor),
            _known(up=math.floor, least=0),
            _known(up=round),
            _known(up=round, least=0),
        ),
        Mutant("minutes", "An hour has 3,600 seconds.", _known(seconds=60), _known(seconds=1)),
        Mutant(
            "no-padding",
            "The table has a row for padding too.",
            _known(numbers=lambda items, dim: 4 * items * dim),
        ),
    ),
    hints=(
        "Two needs, one after the other: bytes of the table with all that Adam keeps, and hours of work.",
        "How many machines hold the table? How many do the work in time? Take what satisfies both.",
    ),
)
