"""The prefixes of a set of codes, and beam search that keeps to them.

Sizes: ``V`` items, ``L`` levels, ``P`` prefixes of one length, ``B`` rows, ``W`` beams, ``K`` codewords.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..messages import InputError

# (row numbers (N,), prefixes (N, l)) -> (N, K) log-probabilities of the code that comes next
NextCode = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Level:
    """The prefixes of one length: ``code`` ``(P,)``, their last code; ``parent`` ``(P,)``, one level up."""

    code: Tensor
    parent: Tensor


@dataclass(frozen=True)
class Trie:
    """All prefixes of ``codes`` ``(V, L)``, of which no two rows are equal.

    Attributes:
        codes: as given. levels: one a length. leaf: ``(V,)``, where each item stands in the last level.
    """

    codes: Tensor
    levels: tuple[Level, ...]
    leaf: Tensor

    def allowed(self, prefixes: Tensor, size: int) -> Tensor:
        """``(N, K)`` bool: the codes that lead from ``prefixes`` ``(N, l)`` on towards some item."""
        length = prefixes.shape[1]
        same = (self.codes[None, :, :length] == prefixes[:, None]).all(2)  # (N, V)
        found = torch.zeros(len(prefixes), size, dtype=torch.bool, device=prefixes.device)
        row, item = same.nonzero(as_tuple=True)
        found[row, self.codes[item, length]] = True
        return found


def make_trie(codes: Tensor) -> Trie:
    """The trie of ``codes`` ``(V, L)`` int64. Raises InputError: two rows are equal."""
    if len(codes.unique(dim=0)) < len(codes):
        raise InputError("two items have equal codes: tell them apart by a last one (numbered_apart)")
    levels, above = [], torch.zeros(len(codes), dtype=torch.int64, device=codes.device)
    for column in codes.T:
        pair, place = torch.stack([above, column], 1).unique(dim=0, return_inverse=True)
        levels.append(Level(pair[:, 1], pair[:, 0]))
        above = place
    return Trie(codes, tuple(levels), above)


def beam_search(
    next_code: NextCode, rows: int, sizes: list[int], width: int, trie: Trie | None = None
) -> tuple[Tensor, Tensor]:
    """``(codes (B, W, L), log-probabilities (B, W))``, best first: the sum of log p(code | the codes before).

    All have the same length, so no mean over the length is taken. With ``trie`` only prefixes of items are
    followed, and of fewer than W items the rest have log-probability -inf; without, what is found need not be
    an item.

    Args:
        next_code: see :data:`NextCode`. rows: B. sizes: K of each level.

    Raises:
        InputError: fewer than 1 beam.
    """
    if width < 1:
        raise InputError(f"a beam of {width}: it must be at least 1")
    codes, score = torch.zeros(rows, 1, 0, dtype=torch.int64), torch.zeros(rows, 1)
    for size in sizes:
        b, w, length = codes.shape
        flat = codes.flatten(0, 1)
        row = torch.arange(b).repeat_interleave(w)
        more = next_code(row, flat)[:, :size]
        if trie is not None:
            more = more.masked_fill(~trie.allowed(flat, size), -torch.inf)
        total = (score[..., None] + more.view(b, w, size)).flatten(1)  # (B, W * K)
        score, place = total.topk(min(width, w * size), dim=1)
        kept = codes.gather(1, (place // size)[..., None].expand(-1, -1, length))
        codes = torch.cat([kept, (place % size)[..., None]], 2)
    return codes, score
