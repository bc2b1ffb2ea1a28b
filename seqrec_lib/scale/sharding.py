"""A table of item vectors that no single machine holds, and gradients of ranks with unlike shares.

Sizes: ``W`` ranks, ``V`` items, ``D`` width, ``N`` items that a rank looks up.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..messages import InputError
from ..training.ranks import Alone


def weighted_gradient(gradients: Tensor, targets: Sequence[int] | Tensor) -> Tensor:
    """The gradient of the mean over all targets, from each rank's gradient of its own mean.

    Args:
        gradients: ``(W, ...)``, one a rank. targets: ``(W,)``, how many targets each is the mean of.

    Returns:
        ``(...)``: the ranks' gradients weighted by their targets. Li et al. (2020) average them
        with equal weights, which is the same only where all ranks have equally many targets.

    Raises:
        InputError: no rank has a target, or there is not one count a rank.
    """
    counts = torch.as_tensor(targets, dtype=gradients.dtype)
    if counts.shape != gradients.shape[:1] or not counts.sum() > 0:
        raise InputError(
            f"targets are {counts.tolist()} for {len(gradients)} gradients: give one count a rank, not all 0"
        )
    mean: Tensor = torch.tensordot(counts / counts.sum(), gradients, dims=1)
    return mean


def owner_of(items: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """``(rank, row)`` of each item: dealt out in turn, so that frequent items with low numbers spread.

    ``items`` counts from 1 and 0 is padding, of which rank 0 takes care. ``size`` is ``W``.
    """
    return items % size, items // size


class ShardedTable(nn.Module):
    """``V + 1`` vectors dealt out to ``W`` ranks; each rank holds and trains every W-th of them.

    A lookup sends each wanted number to the rank that owns it and gets the vectors back, by two
    all-to-alls; the gradient travels the same way in reverse (Naumov et al. 2019). The rank
    scales its loss by its share of the targets, as ``train_epoch`` does: gradients of all ranks add up at the
    owner.

    Args:
        n_items: ``V``. dim: ``D``. ranks: those of :func:`~seqrec_lib.training.joining.joined`.
        scale: standard deviation of the start, which is a function of seed and item alone: any number of
            ranks begins with the same table.
    """

    def __init__(self, n_items: int, dim: int, ranks: Alone, seed: int = 0, scale: float = 0.02) -> None:
        super().__init__()
        if n_items < 1 or dim < 1:
            raise InputError(f"a table of {n_items} items and {dim} numbers: both must be at least 1")
        self.n_items, self.dim, self.ranks = n_items, dim, ranks
        mine = torch.arange(ranks.rank, n_items + 1, ranks.size)
        rows = torch.empty(len(mine), dim)
        for start in range(0, n_items + 1, BLOCK):  # the whole table never exists at once
            stop = min(start + BLOCK, n_items + 1)
            drawn = torch.randn(
                stop - start, dim, generator=torch.Generator().manual_seed(seed * APART + start)
            )
            here = (mine >= start) & (mine < stop)
            rows[here] = drawn[mine[here] - start] * scale
        rows[mine == 0] = 0.0  # padding
        self.rows = nn.Parameter(rows)
        self.rows.sharded = True  # type: ignore[attr-defined]

    def forward(self, items: Tensor) -> Tensor:
        """The vectors ``(..., D)`` of ``items`` ``(...)``, wherever they live.

        Raises:
            InputError: a number outside 0 to V.
        """
        if items.numel() and not 0 <= int(items.min()) <= int(items.max()) <= self.n_items:
            raise InputError(f"items go from 0 to {self.n_items}, and one is outside")
        flat, back = torch.unique(items.flatten(), return_inverse=True)  # each vector travels once
        found = self._own(flat) if self.ranks.size == 1 else self._from_owners(flat)
        return found[back].view(*items.shape, self.dim)

    def _own(self, items: Tensor) -> Tensor:
        _, row = owner_of(items, self.ranks.size)
        return self.rows[row] * (items > 0)[:, None]  # padding stays 0 and gets no gradient

    def _from_owners(self, items: Tensor) -> Tensor:
        """``(N, D)`` for distinct ``items`` ``(N,)``."""
        from torch.distributed.nn.functional import all_to_all_single

        size = self.ranks.size
        owner, _ = owner_of(items, size)
        order = owner.argsort(stable=True)
        wanted = owner.bincount(minlength=size)  # (W,) of each owner
        asked = torch.empty_like(wanted)
        torch.distributed.all_to_all_single(asked, wanted)
        give, take = asked.tolist(), wanted.tolist()
        theirs = items.new_empty(sum(give))
        torch.distributed.all_to_all_single(theirs, items[order], give, take)
        empty = self.rows.new_empty(len(items), self.dim)
        answer: Tensor = all_to_all_single(empty, self._own(theirs), take, give)
        return answer[order.argsort()]  # back in the order that was asked for


BLOCK = 65_536  # rows that are drawn at once
APART = 1_000_003
