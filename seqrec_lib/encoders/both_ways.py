"""A Transformer whose steps look both ways. Sizes: ``B`` batch, ``T`` time, ``D`` width."""

from __future__ import annotations

from torch import Tensor

from ..data.batch import Batch
from .transformer import TransformerEncoder


class BothWays(TransformerEncoder):
    """As its parent, but each step looks at every real step of its row, at later ones too.

    So a state knows what comes after it: to train each step on the next item would give the target away.
    Places are counted from the newest step (``positions="end"``): every row trains the last one.
    """

    def __init__(
        self, dim: int, blocks: int, heads: int, ff_width: int, max_len: int, dropout: float, norm: str
    ) -> None:
        super().__init__(dim, blocks, heads, ff_width, max_len, dropout, norm, "end")

    def mask(self, batch: Batch, steps: int, need_weights: bool) -> Tensor:
        """``(B, T, T)`` bool: True at the keys of real steps."""
        real = batch.items.new_ones(steps).cumsum(0) <= batch.lengths[:, None]  # (B, T)
        return real[:, None, :].expand(-1, steps, -1)
