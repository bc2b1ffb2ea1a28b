"""Attention as SASRec's published code has it. Sizes: ``B`` batch, ``H`` heads, ``T`` steps, ``D`` width."""

from __future__ import annotations

from torch import Tensor

from ..attention import SelfAttention
from .dropout import Dropout


class PublishedAttention(SelfAttention):
    """Causal self-attention without a projection after the heads, and with dropout on its weights.

    From ``multihead_attention`` in ``modules.py`` of https://github.com/kang205/SASRec (read at commit
    e373896): queries, keys and values are projected, the heads' results stand side by side, and that is all.
    """

    def __init__(self, dim: int, heads: int, dropout: float, distance: int = 0) -> None:
        super().__init__(dim, heads, project_values=True, distance=distance)
        self.mix = None
        self.dropout = Dropout(dropout)

    def forward(
        self,
        states: Tensor,
        mask: Tensor | None,
        need_weights: bool = True,
        keys: Tensor | None = None,
        bias: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """As :meth:`SelfAttention.forward`; the weights that are returned are those before dropout."""
        if not self.training:
            return super().forward(states, mask, need_weights, keys, bias)
        weights = super().forward(states, mask, True, keys, bias)[1]
        assert weights is not None and self.value is not None
        value = self._split(self.value(states if keys is None else keys))  # (B, H, T, d)
        mixed = self.dropout(weights) @ value
        output = mixed.transpose(1, 2).reshape(states.shape)  # (B, T, D)
        return output, (weights if need_weights else None)
