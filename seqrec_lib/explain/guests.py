"""A guest on the account: events of someone else of another type among a user's own.

Sizes: ``B`` histories, ``T`` events, ``U`` users.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.worlds import World


class Visited(NamedTuple):
    """``batch``: mixed histories, ``(B, T')`` items without times. guest: ``(B, T')`` bool, who it was."""

    batch: Batch
    guest: Tensor


def with_guests(world: World, batch: Batch, share: float = 0.2, seed: int = 0) -> Visited:
    """Put in each history one evening of a guest, so long that ``share`` of the events are the guest's.

    The guest is a user of the world with another true type, drawn at random, whose events, in their order, go
    in at one random place; those that the host has seen too are left out. The host does what the host would
    have done: what comes next is drawn from the host's own events alone.

    Args:
        batch: histories of users of ``world``, with ``users``.
    """
    assert batch.users is not None  # a split says whose histories they are
    generator = torch.Generator().manual_seed(seed)
    draw, rows = world.draw, []
    for own, length, user in zip(batch.items, batch.lengths.tolist(), batch.users.tolist(), strict=True):
        others = (draw.types != draw.types[user]).nonzero().squeeze(1)
        guest = int(others[torch.randint(len(others), (1,), generator=generator)])
        theirs = draw.items[guest, : int(draw.lengths[guest])]
        theirs = theirs[~torch.isin(theirs, own)]
        count = min(round(length * share / (1 - share)), len(theirs))
        place = int(torch.randint(1, length + 1, (1,), generator=generator))
        mixed = torch.cat([own[:place], theirs[:count], own[place:length]])
        step = torch.arange(len(mixed))
        rows.append((mixed, (step >= place) & (step < place + count)))
    items, guest_rows = (
        torch.nn.utils.rnn.pad_sequence(list(part), batch_first=True) for part in zip(*rows, strict=True)
    )
    lengths = torch.tensor([len(mixed) for mixed, _ in rows])
    return Visited(Batch(items=items, lengths=lengths, users=batch.users), guest_rows)
