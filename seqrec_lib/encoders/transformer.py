"""The Transformer encoder: blocks of causal self-attention and a feed-forward layer.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``H`` heads, ``F`` feed-forward width.
"""

from __future__ import annotations

from torch import Tensor, nn

from ..attention import SelfAttention, causal_mask
from ..data.batch import Batch
from ..messages import InputError, unknown
from .dropout import Dropout

NORMS = ("pre", "post", "query")
POSITIONS = ("start", "distance", "both")


class Block(nn.Module):
    """One block. ``norm`` says where LayerNorm stands.

    ``pre``: x + attention(norm(x)), then x + ff(norm(x)) (Xiong et al. 2020, figure 1b).
    ``post``: norm(x + attention(x)), then norm(x + ff(x)) (Vaswani et al. 2017, section 3.1).
    ``query``: what SASRec's original listing does, though its paper says ``pre``: only the query is
    normalised and the residual starts from the normalised query, keys and values are not normalised;
    the feed-forward layer's residual starts from its normalised input too.

    Raises:
        InputError: an unknown norm.
    """

    def __init__(
        self, dim: int, heads: int, ff_width: int, dropout: float, norm: str, distance: int = 0
    ) -> None:
        super().__init__()
        if norm not in NORMS:
            raise InputError(unknown("norm", norm, NORMS))
        self.norm = norm
        self.attention = SelfAttention(dim, heads, project_values=True, distance=distance)
        self.norm_attention, self.norm_ff = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.inner, self.outer = nn.Linear(dim, ff_width), nn.Linear(ff_width, dim)
        self.dropout = Dropout(dropout)

    def _feed_forward(self, x: Tensor) -> Tensor:
        return self.outer(self.dropout(self.inner(x).relu()))

    def forward(self, x: Tensor, mask: Tensor | None, need_weights: bool) -> tuple[Tensor, Tensor | None]:
        """``x`` ``(B, T, D)`` -> ``((B, T, D), weights (B, H, T, T) or None)``."""
        if self.norm == "post":
            mixed, weights = self.attention(x, mask, need_weights)
            x = self.norm_attention(x + self.dropout(mixed))
            return self.norm_ff(x + self.dropout(self._feed_forward(x))), weights
        query = self.norm_attention(x)
        keys = query if self.norm == "pre" else x
        mixed, weights = self.attention(query, mask, need_weights, keys)
        x = (x if self.norm == "pre" else query) + self.dropout(mixed)
        normed = self.norm_ff(x)
        return (x if self.norm == "pre" else normed) + self.dropout(self._feed_forward(normed)), weights


class TransformerEncoder(nn.Module):
    """Positions, ``blocks`` blocks, and a last LayerNorm (none with ``post``, which ends in one).

    ``positions`` says how the order gets in. ``start``: a learned vector for each place, counted from the
    oldest kept item (Kang & McAuley 2018, section III-A); a place that no training row reached has the vector
    that it began with. ``distance``: a learned number a head and block for each distance between two items,
    added to the scores (Raffel et al. 2020, section 2.1); near distances are trained by every row.
    ``both``: both. Weights of linear layers and positions start
    from a normal distribution with standard deviation 0.02, biases from 0.
    """

    def __init__(
        self,
        dim: int,
        blocks: int,
        heads: int,
        ff_width: int,
        max_len: int,
        dropout: float,
        norm: str = "pre",
        positions: str = "start",
    ) -> None:
        super().__init__()
        if positions not in POSITIONS:
            raise InputError(unknown("positions", positions, POSITIONS))
        self.positions = None if positions == "distance" else nn.Embedding(max_len, dim)
        self.dropout = Dropout(dropout)
        reach = 0 if positions == "start" else max_len
        self.blocks = nn.ModuleList(Block(dim, heads, ff_width, dropout, norm, reach) for _ in range(blocks))
        self.last_norm = nn.Identity() if norm == "post" else nn.LayerNorm(dim)
        for layer in self.modules():
            if isinstance(layer, nn.Linear | nn.Embedding):
                nn.init.normal_(layer.weight, std=0.02)
            if isinstance(layer, nn.Linear):
                nn.init.zeros_(layer.bias)

    def forward(
        self, vectors: Tensor, batch: Batch, need_weights: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """``vectors`` ``(B, T, D)`` -> states ``(B, T, D)``, and where wanted each block's weights.

        Weights are ``(B, H, T, T)``, first block first. Where nobody wants them no mask of padding is built:
        padding stands at the end, so the causal mask alone hides it from every real step.
        """
        steps = vectors.shape[1]
        mask = causal_mask(batch.lengths, steps) if need_weights else None
        placed = vectors if self.positions is None else vectors + self.positions.weight[:steps]
        x = self.dropout(placed)
        found = []
        for block in self.blocks:
            x, weights = block(x, mask, need_weights)
            if weights is not None:
                found.append(weights)
        return self.last_norm(x), found
