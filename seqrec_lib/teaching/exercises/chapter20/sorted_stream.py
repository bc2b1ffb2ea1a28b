"""Sequences from a stream of chunks: users go on from one chunk to the next, and ties keep their order."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Chunk = tuple[Tensor, Tensor, Tensor]
Sequences = tuple[Tensor, Tensor]


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    users, items, times = (torch.cat(list(each)) for each in zip(*chunks, strict=True))
    return users, items, times


def sorted_stream(chunks: Sequence[Chunk]) -> Sequences:
    """chunks: list of (users, items, times), (n,) each. Returns (items (N,), lengths (U,))."""
    users, items, times = _joined(chunks)
    order = times.argsort(stable=True)
    order = order[users[order].argsort(stable=True)]
    return items[order], users[order].unique_consecutive(return_counts=True)[1]


def _cut(chunks):
    found = [sorted_stream([chunk]) for chunk in chunks]
    return torch.cat([items for items, _ in found]), torch.cat([lengths for _, lengths in found])


def _ties_reversed(chunks):
    users, items, times = (each.flip(0) for each in _joined(chunks))
    order = times.argsort(stable=True)
    order = order[users[order].argsort(stable=True)]
    return items[order], users[order].unique_consecutive(return_counts=True)[1]


def _as_in_file(chunks):
    users, items, _ = _joined(chunks)
    order = users.argsort(stable=True)
    return items[order], users[order].unique_consecutive(return_counts=True)[1]


def _ties_by_item(chunks):
    users, items, times = _joined(chunks)
    order = items.argsort(stable=True)
    order = order[times[order].argsort(stable=True)]
    order = order[users[order].argsort(stable=True)]
    return items[order], users[order].unique_consecutive(return_counts=True)[1]


def _newest_first(chunks):
    users, items, times = _joined(chunks)
    order = (-times).argsort(stable=True)
    order = order[users[order].argsort(stable=True)]
    return items[order], users[order].unique_consecutive(return_counts=True)[1]


def _by_time_alone(chunks):
    users, items, times = _joined(chunks)
    return items[times.argsort(stable=True)], users.sort().values.unique_consecutive(return_counts=True)[1]


def _probes() -> list[Probe]:
    def case(about: str, sizes: list[int], users: int, moments: int, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)

        def some(n: int) -> Chunk:
            who = torch.randint(0, users, (n,), generator=draw) * 3
            what = torch.randint(1, 60, (n,), generator=draw)
            when = 1_500_000_000 + 60 * torch.randint(0, moments, (n,), generator=draw)
            return who, what, when

        return Probe(about, ([some(n) for n in sizes],))

    return [
        case("two chunks, two users", [4, 3], 2, 3, 1),
        case("three chunks, many ties", [12, 9, 11], 4, 3, 2),
        case("hardly any ties", [15, 20], 5, 500, 3),
        case("chunks of unlike size", [1, 25, 2, 14], 6, 8, 4),
        case("many users", [40, 35, 30], 20, 10, 5),
    ]


EXERCISE = Exercise(
    name="sorted-stream",
    reference=sorted_stream,
    probes=_probes,
    mutants=(
        Mutant(
            "users-cut",
            "A user who stands in two chunks has become two users. A chunk need not end where a user does.",
            _cut,
        ),
        Mutant(
            "ties-reversed",
            "Rows with one time stand in reversed order. They keep the order in which they came.",
            _ties_reversed,
        ),
        Mutant(
            "file-order",
            "Nobody looked at the times. Rows came in the order of the file, which need not be that of time.",
            _as_in_file,
        ),
        Mutant(
            "ties-by-item",
            "Rows with one time are sorted by item. That invents an order that nobody recorded.",
            _ties_by_item,
        ),
        Mutant(
            "newest-first", "The newest item stands first. Histories begin with the oldest.", _newest_first
        ),
        Mutant(
            "time-alone",
            "The items of all users are mixed. Sort by user first, then by time.",
            _by_time_alone,
        ),
    ),
    hints=(
        "Sort by two keys, and think of what happens where both are equal.",
        "A stable sort by the lesser key, then a stable sort by the greater one, keeps ties as they came.",
    ),
)
