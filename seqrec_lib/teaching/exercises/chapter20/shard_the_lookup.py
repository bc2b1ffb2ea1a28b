"""Look vectors up in a table that is dealt out to ranks, and give them back in the order asked for."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def shard_the_lookup(shards: Sequence[Tensor], items: Tensor) -> Tensor:
    """shards: list of W tensors (rows, D), items: (N,). Returns (N, D)."""
    found = torch.stack([shards[int(i) % len(shards)][int(i) // len(shards)] for i in items])
    return found * (items > 0)[:, None]


def _blocks(shards, items):
    whole = torch.cat(list(shards))
    return whole[items] * (items > 0)[:, None]


def _order_lost(shards, items):
    order = (items % len(shards)).argsort(stable=True)
    return shard_the_lookup(shards, items[order])


def _padding_too(shards, items):
    return torch.stack([shards[int(i) % len(shards)][int(i) // len(shards)] for i in items])


def _order_twice(shards, items):
    order = (items % len(shards)).argsort(stable=True)
    return shard_the_lookup(shards, items[order])[order]


def _swapped(shards, items):
    found = [shards[int(i) // len(shards) % len(shards)] for i in items]
    rows = [int(i) % len(shards) % len(each) for i, each in zip(items, found, strict=True)]
    return torch.stack([each[row] for each, row in zip(found, rows, strict=True)]) * (items > 0)[:, None]


def _one_late(shards, items):
    size = len(shards)
    found = [shards[(int(i) - 1) % size] for i in items]
    rows = [min((int(i) - 1) // size if i > 0 else 0, len(s) - 1) for i, s in zip(items, found, strict=True)]
    return torch.stack([s[r] for s, r in zip(found, rows, strict=True)]) * (items > 0)[:, None]


def _probes() -> list[Probe]:
    def case(about: str, size: int, n_items: int, dim: int, items: list[int], seed: int) -> Probe:
        whole = torch.randn(n_items + 1, dim, generator=torch.Generator().manual_seed(seed))
        return Probe(about, ([whole[rank::size].clone() for rank in range(size)], torch.tensor(items)))

    return [
        case("two ranks, five items", 2, 5, 2, [3, 2, 5, 4], 0),
        case("three ranks and padding", 3, 13, 3, [7, 0, 12, 1, 7, 2], 1),
        case("ranks whose shards differ in length", 4, 17, 5, [17, 1, 16, 4, 9, 0, 3], 2),
        case("one item asked for three times", 2, 30, 2, [22, 11, 22, 5, 22, 8], 3),
        case("five ranks", 5, 41, 3, [40, 0, 13, 41, 25, 6, 7, 19], 4),
    ]


EXERCISE = Exercise(
    name="shard-the-lookup",
    reference=shard_the_lookup,
    probes=_probes,
    mutants=(
        Mutant(
            "blocks",
            "This reads the shards as blocks, one behind the other. Items were dealt out in turn.",
            _blocks,
        ),
        Mutant(
            "order-lost",
            "These are the right vectors, sorted by owner. Bring them back into the order of the question.",
            _order_lost,
        ),
        Mutant(
            "order-twice",
            "The order of the owners is applied a second time. To undo a permutation takes its inverse.",
            _order_twice,
        ),
        Mutant("padding", "Item 0 is padding: its vector is 0, whatever stands in that row.", _padding_too),
        Mutant("swapped", "Remainder and quotient have changed places: which is the rank?", _swapped),
        Mutant("one-late", "Items were dealt out from number 0 on, padding among them.", _one_late),
    ),
    hints=(
        "Item i lives on the rank that is the remainder of i by W. Which row is it there?",
        "However you group the items by owner, result n belongs to item n of the question.",
    ),
)
