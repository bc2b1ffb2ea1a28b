"""Build a worker that takes all who wait at once, up to a limit."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _together(
    arrival, fixed, each, most, *, cost="both", late=False, fill=False, one=False, wait=False
) -> float:
    came = [float(time) for time in arrival]
    free, first, spent = float("-inf"), 0, []
    while first < len(came):
        begin = max(free, came[first])
        limit = 1 if one else most
        if fill:  # waits until the batch is full, or nobody else will come
            begin = max(begin, came[min(first + most, len(came)) - 1])
        count = 1
        while first + count < len(came) and count < limit and came[first + count] <= begin:
            count += 1
        takes = {"both": fixed + each * count, "fixed": fixed + each, "single": (fixed + each) * count}[cost]
        end = begin + takes
        if late:
            while first + count < len(came) and count < limit and came[first + count] <= end:
                count += 1
        spent += [(begin if wait else end) - came[n] for n in range(first, first + count)]
        free, first = end, first + count
    return sum(spent) / len(spent)


def served_together(arrival: Tensor, fixed: float, each: float, most: int) -> float:
    """arrival: (N,), fixed, each: float, most: int. Returns one number."""
    return _together(arrival, fixed, each, most)


def _known(**changes):
    return lambda arrival, fixed, each, most: _together(arrival, fixed, each, most, **changes)


def _arrivals(count: int, seed: int, gap: float) -> Tensor:
    luck = torch.Generator().manual_seed(seed)
    gaps = -gap * torch.rand(count, generator=luck, dtype=torch.float64).clamp(min=1e-6).log()
    return gaps.cumsum(0)


def _probes() -> list[Probe]:
    return [
        Probe("four requests, two of them while the worker is busy",
              (torch.tensor([0.0, 1.0, 2.0, 20.0]), 3.0, 0.5, 4)),
        Probe("a busy service", (_arrivals(60, 1, 1.0), 1.5, 0.2, 8)),
        Probe("small batches", (_arrivals(40, 2, 1.0), 1.0, 0.4, 2)),
        Probe("no fixed cost", (_arrivals(45, 3, 1.0), 0.0, 0.9, 5)),
        Probe("milliseconds", (_arrivals(50, 4, 0.002), 0.004, 0.0003, 16)),
        Probe("all at the same time", (torch.full((7,), 3.0), 2.0, 0.25, 3)),
    ]  # fmt: skip


EXERCISE = Exercise(
    name="served-together",
    reference=served_together,
    probes=_probes,
    mutants=(
        Mutant("one-by-one", "Each request is served alone here. Take all who wait.", _known(one=True)),
        Mutant(
            "waits-to-fill",
            "The worker waits until a batch is full. It should begin as soon as anybody is there.",
            _known(fill=True),
        ),
        Mutant(
            "jumps-on",
            "Somebody who came after a batch began is in it. He has to wait for the next.",
            _known(late=True),
        ),
        Mutant(
            "free-company",
            "A batch takes as long as a single request here. Each more adds its part.",
            _known(cost="fixed"),
        ),
        Mutant(
            "nothing-shared",
            "The fixed part is paid by each request. It is there to be shared by a batch.",
            _known(cost="single"),
        ),
        Mutant(
            "until-it-begins",
            "This ends when the service begins. The answer comes at its end.",
            _known(wait=True),
        ),
    ),
    hints=(
        "Keep two things: when the worker is free, and who is first in the queue.",
        "A batch begins at the later of both moments, and holds who has come by then, up to the limit.",
    ),
)
