"""SeqRec: item vectors, encoder, attention, head.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``V`` items, ``H`` heads, ``C`` candidates.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..attention.functions import causal_mask
from ..attention.layers import SelfAttention
from ..data.batch import Batch
from ..encoders import RecurrentEncoder, TransformerEncoder
from ..heads.mlp import MLP
from ..heads.tied import dot_scores
from .settings import Settings


def make_encoder(settings: Settings) -> nn.Module:
    """The encoder that ``settings`` name."""
    s = settings
    if s.encoder == "transformer":
        return TransformerEncoder(s.dim, s.layers, s.heads, s.ff_width, s.max_len, s.dropout, s.norm)
    return RecurrentEncoder(s.encoder, s.dim, s.layers, s.dropout, s.packed)


class SeqRec(nn.Module):
    """A sequential recommender: what comes after this history?

    Embeddings start from a normal distribution with standard deviation 1 / sqrt(D), so that a
    dot product of two of them has variance about 1 / D (0.02 with ``scale_items``, see the settings);
    other layers start as PyTorch's do.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        s = self.settings = settings
        self.embedding = nn.Embedding(s.n_items + 1, s.dim, padding_idx=0)
        self.output = None if s.tied else nn.Embedding(s.n_items + 1, s.dim, padding_idx=0)
        for table in (self.embedding, self.output):
            if table is not None:
                nn.init.normal_(table.weight, std=0.02 if s.scale_items else s.dim**-0.5)
                with torch.no_grad():
                    table.weight[0] = 0.0
        self.dropout = nn.Dropout(s.dropout)
        self.encoder = make_encoder(s)
        self.attention = None
        if s.attention != "none":
            reach = s.max_len if s.distance else 0
            self.attention = SelfAttention(s.dim, s.heads, s.attention, s.project_values, reach)
        self.head = MLP(s.dim, s.mlp_width, s.dropout) if s.head == "mlp" else nn.Identity()

    def _check(self, batch: Batch) -> None:
        steps, top = batch.items.shape[1], self.settings.n_items
        if steps > self.settings.max_len:
            raise ValueError(
                f"a history has {steps} items; this model takes at most max_len {self.settings.max_len}"
            )
        if batch.items.is_cpu:  # elsewhere a look at the values would make the device wait
            wrong = (batch.items < batch.mask().long()) | (batch.items > top)  # a real item is at least 1
            if bool(wrong.any()):
                raise ValueError(
                    f"item numbers must be 1 to {top} (0 is padding); got {int(batch.items[wrong][0])}"
                )
        if batch.lengths.is_cpu and bool((batch.lengths < 1).any()):
            raise ValueError("a history is empty: every row needs at least one item")

    def attend(
        self, batch: Batch, need_weights: bool = False, layer: int = -1
    ) -> tuple[Tensor, Tensor | None]:
        """``(context (B, T, D), weights (B, H, T, T) or None)``: everything before the head."""
        self._check(batch)
        vectors = self.embedding(batch.items)  # (B, T, D)
        if self.settings.scale_items:
            vectors = vectors * self.settings.dim**0.5
        if isinstance(self.encoder, TransformerEncoder):
            states, layers = self.encoder.with_weights(vectors, batch.lengths, need_weights)
            if self.attention is None:
                return states, layers[layer]
        else:
            states = self.encoder(self.dropout(vectors), batch.lengths)  # (B, T, D)
        if self.attention is None:
            return states, None
        return self.attention(states, causal_mask(batch.lengths, states.shape[1]), need_weights)

    @property
    def has_weights(self) -> bool:
        """Whether there is attention to look at."""
        return self.attention is not None or isinstance(self.encoder, TransformerEncoder)

    def hidden(self, batch: Batch) -> Tensor:
        """``(B, T, D)``: the state after each item, ready for the dot product with item vectors."""
        return self.head(self.attend(batch)[0])

    def item_matrix(self) -> Tensor:
        """``(V+1, D)``: one vector an item; row 0 is padding and is never scored."""
        return (self.output or self.embedding).weight

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """Scores of the item after the last one: ``(B, V+1)``, column 0 -inf, or ``(B, C)``."""
        last = self.head(batch.last(self.attend(batch)[0]))  # (B, D): only the last step needs a head
        return dot_scores(last, self.item_matrix(), candidates)

    def attention_weights(self, batch: Batch, layer: int = -1) -> Tensor:
        """``(B, H, T, T)``: row t says how much step t takes from each step j <= t.

        ``layer`` picks a block of a Transformer, from 0; -1 is the last.

        Raises ValueError: this model has no attention.
        """
        if not self.has_weights:
            raise ValueError(f"{self.settings.model} has no attention, so it has no weights to show")
        return self.attend(batch, need_weights=True, layer=layer)[1]
