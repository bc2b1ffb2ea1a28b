"""How long each request stays with one worker: Lindley's recursion and what is added to it."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _stays(arrival, service, *, floor=True, whose="before", own=True, begin=0.0) -> Tensor:
    wait, stays = begin, []
    for n in range(len(arrival)):
        if n:
            takes = service[n - 1] if whose == "before" else service[n]
            wait = wait + float(takes) - float(arrival[n] - arrival[n - 1])
            wait = max(0.0, wait) if floor else wait
        stays.append(wait + (float(service[n]) if own else 0.0))
    return torch.tensor(stays, dtype=torch.float64)


def one_worker(arrival: Tensor, service: Tensor) -> Tensor:
    """arrival, service: (N,). Returns (N,)."""
    return _stays(arrival, service)


def _known(**changes):
    return lambda arrival, service: _stays(arrival, service, **changes)


def _last_in(arrival, service):
    """Whoever waits goes to the end of all the work that is there, his own included twice."""
    return _stays(arrival, service) + service.double() * (_stays(arrival, service, own=False) > 0)


def _queue(count: int, seed: int, busy: float, scale: float = 1.0) -> tuple[Tensor, Tensor]:
    luck = torch.Generator().manual_seed(seed)
    gaps = -torch.rand(count, generator=luck, dtype=torch.float64).clamp(min=1e-6).log()
    service = busy * (0.25 + 1.5 * torch.rand(count, generator=luck, dtype=torch.float64))
    return gaps.cumsum(0) * scale, service * scale


def _probes() -> list[Probe]:
    return [
        Probe(
            "three requests, the second one waits",
            (torch.tensor([1.0, 2.0, 9.0]), torch.tensor([3.0, 0.5, 2.0])),
        ),
        Probe("a busy hour", _queue(40, 1, 0.8)),
        Probe("a quiet night", _queue(25, 2, 0.2)),
        Probe("more than can be done", _queue(30, 3, 1.6)),
        Probe("milliseconds", _queue(35, 4, 0.9, 0.003)),
        Probe("one request alone", (torch.tensor([5.0]), torch.tensor([2.0]))),
        Probe("all at once", (torch.full((6,), 4.0), torch.tensor([1.0, 2.0, 0.5, 3.0, 0.25, 1.5]))),
    ]


EXERCISE = Exercise(
    name="one-worker",
    reference=one_worker,
    probes=_probes,
    mutants=(
        Mutant(
            "no-floor",
            "Some stays are shorter than the service. An idle worker saves nothing for the next request.",
            _known(floor=False),
        ),
        Mutant(
            "own-service",
            "A request waits for the work of those *before* it, not for its own.",
            _known(whose="own"),
        ),
        Mutant("wait-alone", "This is the wait. The user also sits through the service.", _known(own=False)),
        Mutant(
            "served-twice", "Who waits is served twice here: the own service is counted two times.", _last_in
        ),
    ),
    hints=(
        "Take three requests, and write down when the worker begins and ends with each.",
        "What is left of the work before is the wait before, plus its service, minus the gap; never below 0.",
    ),
)
