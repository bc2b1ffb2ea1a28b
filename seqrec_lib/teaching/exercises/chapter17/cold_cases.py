"""Which cases of a split in time have a cold target."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _cold(items: Tensor, times: Tensor, moment: float, most: int, targets: Tensor, *, until: bool = True,
          late: bool = False, by_number: bool = False, strict: bool = False,
          first: bool = False) -> Tensor:  # fmt: skip
    size = int(max(items.max(), targets.max())) + 1
    kept = items[times <= moment] if late else items[times < moment] if until else items
    count = torch.bincount(kept, minlength=size)
    if by_number:
        return targets > size - 1 - most
    if first:
        begin = torch.full((size,), torch.inf, dtype=times.dtype)
        begin.scatter_reduce_(0, items, times, "amin")
        return begin[targets] >= moment
    found = count < most if strict else count <= most
    return found[targets]


def cold_cases(items: Tensor, times: Tensor, moment: float, most: int, targets: Tensor) -> Tensor:
    """items, times: (N,), moment: float, most: int, targets: (C,). Returns (C,) bool."""
    return _cold(items, times, moment, most, targets)


def _known(**changes) -> Callable:
    return lambda items, times, moment, most, targets: _cold(items, times, moment, most, targets, **changes)


def _probes() -> list[Probe]:
    def case(about: str, n: int, v: int, cases: int, most: int, seed: int, whole: bool = False) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        items = 1 + (v * torch.rand(n, generator=draw).square()).long()
        start = 1.6e9
        times = start + 8.64e4 * torch.randint(0, 40, (n,), generator=draw).double()
        late = items % 5 == 0
        times = torch.where(late, start + 8.64e4 * (18 + items % 9) + (times - start) / 3, times)
        targets = torch.cat([torch.arange(1, v + 1), torch.randint(1, v + 1, (cases,), generator=draw)])
        moment = start + 8.64e4 * 20
        return Probe(about, (items, times, moment, most, targets))

    return [
        case("a small log", 30, 6, 4, 2, 1),
        case("five events are still cold", 300, 40, 30, 5, 2),
        case("one event is still cold", 120, 30, 10, 1, 3),
        case("many cases", 400, 60, 200, 3, 4),
    ]


EXERCISE = Exercise(
    name="cold-cases",
    reference=cold_cases,
    probes=_probes,
    mutants=(
        Mutant(
            "later-events-count",
            "Events after the moment count too: then the test decides what is cold.",
            _known(until=False),
        ),
        Mutant(
            "the-moment-itself",
            "Events at the moment itself are counted as before it. They are to be predicted.",
            _known(late=True),
        ),
        Mutant(
            "by-number",
            "The items with the highest numbers are called cold. A number is not an arrival.",
            _known(by_number=True),
        ),
        Mutant(
            "by-first-event",
            "Only items without any earlier event are called cold here. A few events are cold too.",
            _known(first=True),
        ),
        Mutant("one-too-few", "An item with exactly `most` events is cold as well.", _known(strict=True)),
    ),
    hints=(
        "Count each item in the events before the moment. Which count does an item have that never occurs?",
        "The counts need a place for every target too, also for one that no event before the moment names.",
    ),
)
