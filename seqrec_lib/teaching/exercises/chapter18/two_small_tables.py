"""An item's vector from a quotient and a remainder: the lookup, written by hand."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def two_small_tables(items: Tensor, remainders: Tensor, quotients: Tensor) -> Tensor:
    """items: (B, T), remainders: (R, D), quotients: (Q, D). Returns (B, T, D)."""
    rows = len(remainders)
    found = remainders[items % rows] * quotients[items // rows]
    return found * (items > 0)[..., None]


def _hashed(items, remainders, quotients):
    return remainders[items % len(remainders)] * (items > 0)[..., None]


def _added(items, remainders, quotients):
    rows = len(remainders)
    return (remainders[items % rows] + quotients[items // rows]) * (items > 0)[..., None]


def _swapped(items, remainders, quotients):
    rows = len(quotients)
    one, two = items // rows % len(remainders), items % rows
    return remainders[one] * quotients[two] * (items > 0)[..., None]


def _twice_the_remainder(items, remainders, quotients):
    rows = len(remainders)
    return remainders[items % rows] * quotients[items % rows % len(quotients)] * (items > 0)[..., None]


def _same_table(items, remainders, quotients):
    rows = len(remainders)
    return remainders[items % rows] * remainders[items // rows % rows] * (items > 0)[..., None]


def _padding_kept(items, remainders, quotients):
    rows = len(remainders)
    return remainders[items % rows] * quotients[items // rows]


def _from_one(items, remainders, quotients):
    rows, one = len(remainders), (items - 1).clamp(min=0)
    return remainders[one % rows] * quotients[one // rows] * (items > 0)[..., None]


def _probes() -> list[Probe]:
    def case(about: str, batch: int, steps: int, shared: int, top: int, width: int, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        items = torch.randint(1, top + 1, (batch, steps), generator=draw)
        items[0, -1], items[-1, 0] = 0, top  # padding, and the last item of the catalogue
        remainders = torch.randn(shared, width, generator=draw, dtype=torch.float64)
        quotients = 1 + 0.4 * torch.randn(top // shared + 1, width, generator=draw, dtype=torch.float64)
        return Probe(about, (items, remainders, quotients))

    return [
        case("two histories, 11 items", 2, 3, 4, 11, 2, 1),
        case("a catalogue of 97", 3, 6, 10, 97, 5, 2),
        case("more quotients than remainders", 4, 5, 3, 40, 3, 3),
    ]


EXERCISE = Exercise(
    name="two-small-tables",
    reference=two_small_tables,
    probes=_probes,
    mutants=(
        Mutant(
            "hashed",
            "This is the remainder's row alone: items that share a remainder then share a vector.",
            _hashed,
        ),
        Mutant("added", "The two rows are added. Asked for is their product, number by number.", _added),
        Mutant(
            "swapped",
            "The two tables have changed places: the number of rows of `remainders` is what to divide by.",
            _swapped,
        ),
        Mutant(
            "twice-the-remainder",
            "Both rows are chosen by the remainder. Then the second row says nothing new.",
            _twice_the_remainder,
        ),
        Mutant("same-table", "Both rows come from the first table.", _same_table),
        Mutant("padding-kept", "Padding, item 0, has a vector here. It should be zeros.", _padding_kept),
        Mutant("from-one", "Items are counted from 0 here, for 0 is padding: do not subtract 1.", _from_one),
    ),
    hints=(
        "An item's number divided by the rows of the first table leaves a remainder, and goes so many times.",
        "Take one row from each table, multiply them, and keep padding at 0.",
    ),
)
