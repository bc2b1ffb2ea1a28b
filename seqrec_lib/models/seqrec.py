"""The article's model and its relatives: a recurrent encoder, attention over its states, a head.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``H`` heads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from ..attention import KINDS, SelfAttention, causal_mask
from ..data.batch import Batch
from ..encoders import RECURRENT, RecurrentEncoder
from .next_item import HEADS, NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class SeqRecSettings(NextItemSettings):
    """Settings of :class:`SeqRec`.

    Attributes:
        encoder: ``rnn``, ``lstm``, ``gru``; or ``none``: attention reads the item vectors themselves.
        layers: stacked layers of it. packed: see the encoder.
        attention: how it scores, see ``SelfAttention``: ``scaled``, ``dot``, ``additive``, ``bilinear``,
            ``bare``, ``distance``, ``mean``; or ``none``: the last state alone. heads: H, of it.
        project_values: whether heads project values and are mixed (see ``SelfAttention``).
        distance: whether attention learns a number for each distance between query and key.
    """

    encoder: str = "lstm"
    layers: int = 1
    packed: bool = False
    attention: str = "scaled"
    heads: int = 1
    project_values: bool = False
    distance: bool = True
    head: str = "mlp"

    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        "encoder": (*RECURRENT, "none"),
        "attention": (*KINDS, "none"),
        "head": HEADS,
    }

    def idle(self) -> dict[str, str]:
        found = super().idle()
        if self.encoder == "none":
            found |= dict.fromkeys(("layers", "packed"), "encoder is none")
        if self.attention == "none":
            found |= dict.fromkeys(("heads", "project_values", "distance"), "attention is none")
        if self.attention == "mean":
            found["distance"] = "with mean every step weighs the same"
        if self.attention == "distance":
            found["distance"] = "attention is by distance alone"
        return found

    def build(self) -> SeqRec:
        return SeqRec(self)


class SeqRec(NextItemModel):
    """Item vectors, a recurrent encoder or none, causal self-attention over its states, an MLP, scores.

    The output at t is the sum over j <= t of w_tj h_j; every step is trained at once.
    """

    settings: SeqRecSettings

    def __init__(self, settings: SeqRecSettings) -> None:
        super().__init__(settings)
        s = settings
        self.dropout = nn.Dropout(s.dropout)
        self.encoder = None
        if s.encoder != "none":
            self.encoder = RecurrentEncoder(s.encoder, s.dim, s.layers, s.dropout, s.packed)
        self.attention = None
        if s.attention != "none":
            reach = s.max_len if s.distance or s.attention == "distance" else 0
            self.attention = SelfAttention(s.dim, s.heads, s.attention, s.project_values, reach)
        self.layers = 0 if self.attention is None else 1
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        states = self.dropout(self.item_vectors(batch))  # (B, T, D)
        if self.encoder is not None:
            states, _ = self.encoder(states, batch)
        if self.attention is None:
            return states, []
        # Padding stands at the end: the causal mask alone hides it from every real step. Weights are
        # looked at, and there padding must not show at any step.
        mask = causal_mask(batch.lengths, states.shape[1]) if need_weights else None
        context, weights = self.attention(states, mask, need_weights)
        return context, [] if weights is None else [weights]


RECIPES = {
    "lstm-attention": Recipe(
        "the article's model: LSTM, causal self-attention over its states, MLP",
        "chapter 1 of this book",
        SeqRecSettings,
        {},
        USUAL_TRAINING,
    ),
    "lstm-mean": Recipe(
        "lstm-attention with every earlier state weighing the same: attention taken away",
        "chapter 1 of this book",
        SeqRecSettings,
        {"attention": "mean"},
        USUAL_TRAINING,
    ),
    "gru4rec": Recipe(
        "GRU, its last state against the item vectors",
        "Hidasi et al. 2016, with full cross-entropy and tied item vectors",
        SeqRecSettings,
        {"encoder": "gru", "attention": "none", "head": "dot", "distance": False},
        USUAL_TRAINING,
    ),
}
