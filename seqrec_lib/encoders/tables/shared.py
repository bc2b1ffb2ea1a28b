"""Tables in which items share rows: hashing, and quotient and remainder (Shi et al. 2020, section 3).

Sizes: ``V`` items, ``D`` width, ``R`` shared rows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .frame import ItemTable, pad


def _rows(count: int, dim: int, std: float, mean: float = 0.0) -> nn.Parameter:
    return nn.Parameter(torch.empty(count, dim).normal_(mean, std))


class HashedTable(ItemTable):
    """e_i = E[i mod R]: items whose numbers leave the same remainder have the same vector and score."""

    def __init__(self, rows: int, dim: int, std: float, shared: int) -> None:
        super().__init__(rows, dim)
        self.shared = min(shared, rows)
        self.table = _rows(self.shared, dim, std)

    def forward(self, items: Tensor) -> Tensor:
        return pad(self.table[items % self.shared], items)

    def scores(self, states: Tensor) -> Tensor:
        """As of every table, with R dot products and not V."""
        own = states @ self.table.T  # (B, R)
        found = own[:, torch.arange(self.rows, device=own.device) % self.shared]
        found[:, 0] = 0.0
        return found


class QuotientRemainderTable(ItemTable):
    """e_i = E1[i mod R] * E2[i // R], number by number: no two items have both rows in common.

    E2 begins near 1, so that e_i begins as E1's row does. R = sqrt(V) needs the fewest rows.
    """

    def __init__(self, rows: int, dim: int, std: float, shared: int) -> None:
        super().__init__(rows, dim)
        self.shared = min(shared, rows)
        self.remainders = _rows(self.shared, dim, std)
        self.quotients = _rows(-(-rows // self.shared), dim, 0.1, 1.0)

    def forward(self, items: Tensor) -> Tensor:
        rest, times = items % self.shared, items // self.shared
        return pad(self.remainders[rest] * self.quotients[times], items)
