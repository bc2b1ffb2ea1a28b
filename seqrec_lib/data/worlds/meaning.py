"""Does a changed history still mean the same? The oracle knows what follows each of the two.

Sizes: ``B`` histories, ``T`` steps, ``V`` items.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...messages import InputError
from ..batch import Batch
from .world import World


def meaning_lost(world: World, history: Batch, changed: Sequence[Batch]) -> Tensor:
    """KL(p(.|h) || p(.|changed h)) of each history, in nats: ``(B,)`` float64.

    Items that either history holds are left out of both, and both are brought to sum 1 again: else an item
    that was cut away and can now come again would make the divergence infinite.

    Args:
        history: whole histories. changed: one changed copy of all; or several, whose predictions are
            averaged, where a step is hidden and what stands there is not known (see :func:`filled`).

    Raises:
        InputError: no copy, or a world that looks at times: a view has none.
    """
    if world.settings.timed or world.settings.repeats:
        raise InputError(f"world {world.name!r} looks at times or repeats items: use 'video'")
    if not changed:
        raise InputError("give one changed copy of the histories at least")
    p = world.oracle(history.items, None, history.lengths, None)  # (B, V+1)
    many = [world.oracle(copy.items, None, copy.lengths, None) for copy in changed]
    q = torch.stack(many).mean(0)
    for seen in (history, *changed):
        p, q = p.scatter(1, seen.items, 0.0), q.scatter(1, seen.items, 0.0)
    p, q = p / p.sum(1, keepdim=True), q / q.sum(1, keepdim=True)
    return divergence_of(p, q)


def divergence_of(p: Tensor, q: Tensor) -> Tensor:
    """KL(p || q) of each row in nats, 0 log 0 = 0: ``(..., V)`` twice -> ``(...)``."""
    return (p * (p.clamp(min=1e-300).log() - q.clamp(min=1e-300).log())).sum(-1)


def filled(batch: Batch, gaps: Tensor, n_items: int, generator: torch.Generator) -> Batch:
    """The histories with an item drawn at random at each of ``gaps`` ``(B, T)``, none twice in a row.

    An oracle cannot read a mask. What it can say about a hidden step is the mean over what may stand there.
    """
    key = torch.rand(len(batch), n_items + 1, generator=generator)
    key[:, 0] = 2.0
    key.scatter_(1, batch.items, 2.0)  # seen items come last
    fresh = key.argsort(1)[:, : batch.items.shape[1]]  # (B, T)
    return Batch(items=torch.where(gaps, fresh, batch.items), lengths=batch.lengths)
