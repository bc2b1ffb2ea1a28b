"""The Transformer encoder: blocks of causal self-attention and a feed-forward layer.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``H`` heads, ``F`` feed-forward width.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..attention import (
    RELATIVE,
    RelativeAttention,
    SelfAttention,
    TimeAttention,
    causal_mask,
    elapsed,
    time_bucket,
)
from ..data.batch import Batch
from ..messages import InputError, unknown
from .dropout import Dropout
from .published import PublishedAttention

Attention = Callable[[Tensor, Tensor | None, bool, Tensor | None], tuple[Tensor, Tensor | None]]
NORMS = ("pre", "post", "query", "published")
BY_TIME = ("times", "end+times")
POSITIONS = ("start", "end", "distance", "both", "end+distance", *RELATIVE, *BY_TIME)


class Block(nn.Module):
    """One block. ``norm`` says where LayerNorm stands.

    ``pre``: x + attention(norm(x)), then x + ff(norm(x)) (Xiong et al. 2020, figure 1b).
    ``post``: norm(x + attention(x)), then norm(x + ff(x)) (Vaswani et al. 2017, section 3.1).
    ``query``: what SASRec's original listing does, though its paper says ``pre``: only the query is
    normalised and the residual starts from the normalised query, keys and values are not normalised;
    the feed-forward layer's residual starts from its normalised input too.
    ``published``: ``query`` with the rest of that listing's block: no projection after the heads, dropout on
    the attention weights and not on what attention brings, and 1e-8 in place of 1e-5 inside the norms.

    ``distance`` and ``form`` say how attention knows distances (``SelfAttention``, ``RelativeAttention``) or,
    with the form ``times``, elapsed times (``TimeAttention``). A family with attention of its own gives it as
    ``attention``.

    Raises:
        InputError: an unknown norm.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        ff_width: int,
        dropout: float,
        norm: str,
        distance: int = 0,
        form: str = "",
        attention: SelfAttention | None = None,
    ) -> None:
        super().__init__()
        if norm not in NORMS:
            raise InputError(unknown("norm", norm, NORMS))
        self.norm = norm
        epsilon = norm_epsilon(norm)
        self.activation: Callable[[Tensor], Tensor] = torch.relu
        self.attention = attention or self._attention(dim, heads, dropout, distance, form)
        self.norm_attention, self.norm_ff = nn.LayerNorm(dim, epsilon), nn.LayerNorm(dim, epsilon)
        self.inner, self.outer = nn.Linear(dim, ff_width), nn.Linear(ff_width, dim)
        self.dropout = Dropout(dropout)

    def _attention(self, dim: int, heads: int, dropout: float, distance: int, form: str) -> SelfAttention:
        if form and self.norm == "published":
            raise InputError(f"the published block knows no distances as {form}: use another norm")
        if form == "times":
            return TimeAttention(dim, heads)
        if form:
            return RelativeAttention(dim, heads, form)
        if self.norm == "published":
            return PublishedAttention(dim, heads, dropout, distance)
        return SelfAttention(dim, heads, project_values=True, distance=distance)

    def _feed_forward(self, x: Tensor) -> Tensor:
        return self.outer(self.dropout(self.activation(self.inner(x))))

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None,
        need_weights: bool,
        attention: Attention | None = None,
        **told: Tensor,
    ) -> tuple[Tensor, Tensor | None]:
        """``x`` ``(B, T, D)`` -> ``((B, T, D), weights (B, H, T, T) or None)``.

        ``attention`` takes the place of the block's own where keys and values are kept (``models.cached``).
        ``told`` is passed on to attention that reads more than states.
        """
        attend = self.attention if attention is None else attention
        if self.norm == "post":
            mixed, weights = attend(x, mask, need_weights, None, **told)
            x = self.norm_attention(x + self.dropout(mixed))
            return self.norm_ff(x + self.dropout(self._feed_forward(x))), weights
        query = self.norm_attention(x)
        keys = query if self.norm == "pre" else x
        mixed, weights = attend(query, mask, need_weights, keys, **told)
        mixed = mixed if self.norm == "published" else self.dropout(mixed)
        x = (x if self.norm == "pre" else query) + mixed
        normed = self.norm_ff(x)
        return (x if self.norm == "pre" else normed) + self.dropout(self._feed_forward(normed)), weights


def norm_epsilon(norm: str) -> float:
    """What a LayerNorm adds to the variance: PyTorch's 1e-5, or that of SASRec's published code."""
    return 1e-8 if norm == "published" else 1e-5


def start_small(module: nn.Module) -> None:
    """Draw weights of linear layers and tables with standard deviation 0.02; biases start from 0."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Embedding):
            nn.init.normal_(layer.weight, std=0.02)
        if isinstance(layer, nn.Linear) and layer.bias is not None:
            nn.init.zeros_(layer.bias)


class TransformerEncoder(nn.Module):
    """Positions, ``blocks`` blocks, and a last LayerNorm (none with ``post``, which ends in one).

    ``positions`` says how the order gets in.

    - ``start``: a learned vector for each place, counted from the oldest kept item. A place that no training
      row reached has the vector that it began with, and there the newest item of a longer history stands.
    - ``end``: the same counted from the newest item, as in Kang and McAuley's code, which pads at the front.
      What is new in a longer history is then the places of its oldest items. States depend on how many items
      come later, though not on which: state t of a history is not the last state of its first items.
    - ``distance``: a learned number a head and block for each distance between two items, added to the scores
      (Raffel et al. 2020, section 2.1); near distances are trained by every row.
    - ``both``: ``start`` and ``distance``. ``end+distance``: ``end`` and ``distance``.
    - ``buckets``, ``alibi``, ``rope``: distances in another form (see ``attention.RelativeAttention``).
    - ``times``: a learned number for each bucket of elapsed time (see ``attention.TimeAttention``);
      ``end+times``: ``end`` beside it. ``request``: time is counted to the request, not to the step.

    Weights of linear layers and positions start from a normal distribution with standard deviation 0.02,
    biases from 0.
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
        request: bool = False,
    ) -> None:
        super().__init__()
        if positions not in POSITIONS:
            raise InputError(unknown("positions", positions, POSITIONS))
        self.by_time, self.request = positions in BY_TIME, request
        form = positions if positions in RELATIVE else "times" if self.by_time else ""
        placeless = positions in (*RELATIVE, "distance", "times")
        self.positions = None if placeless else nn.Embedding(max_len, dim)
        self.dropout = Dropout(dropout)
        self.from_end = positions.startswith("end")
        reach = max_len if positions in ("distance", "both", "end+distance") else 0
        self.blocks = nn.ModuleList(
            Block(dim, heads, ff_width, dropout, norm, reach, form) for _ in range(blocks)
        )
        self.last_norm = nn.Identity() if norm == "post" else nn.LayerNorm(dim, norm_epsilon(norm))
        start_small(self)

    def forward(
        self, vectors: Tensor, batch: Batch, need_weights: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """``vectors`` ``(B, T, D)`` -> states ``(B, T, D)``, and where wanted each block's weights.

        Weights are ``(B, H, T, T)``, first block first. Where nobody wants them no mask of padding is built:
        padding stands at the end, so the causal mask alone hides it from every real step.
        """
        steps = vectors.shape[1]
        mask = self.mask(batch, steps, need_weights)
        told = {"buckets": time_bucket(elapsed(batch, self.request))} if self.by_time else {}
        x = self.dropout(self._placed(vectors, batch))
        found = []
        for block in self.blocks:
            x, weights = block(x, mask, need_weights, **told)
            if weights is not None:
                found.append(weights)
        return self.last_norm(x), found

    def mask(self, batch: Batch, steps: int, need_weights: bool) -> Tensor | None:
        """``(B, T, T)`` bool, True where a step may look; None: at itself and what came before it."""
        return causal_mask(batch.lengths, steps) if need_weights else None

    def _placed(self, vectors: Tensor, batch: Batch) -> Tensor:
        """``(B, T, D)``: the item vectors, each with the vector of its place added where places have one."""
        if self.positions is None:
            return vectors
        steps = vectors.shape[1]
        if not self.from_end:
            return vectors + self.positions.weight[:steps]
        step = torch.arange(steps, device=vectors.device)
        place = batch.lengths[:, None] - 1 - step  # (B, T): 0 is the newest; below 0 is padding
        return vectors + self.positions(place.clamp(min=0))
