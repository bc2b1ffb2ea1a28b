"""SASRec (Kang & McAuley 2018): causal Transformer blocks over item vectors. Sizes: ``B``, ``T``, ``D``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from ..data.batch import Batch
from ..encoders import BY_TIME, NORMS, POSITIONS, TransformerEncoder
from ..heads import UnitLength
from .next_item import HEADS, NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class SASRecSettings(NextItemSettings):
    """Settings of :class:`SASRec`.

    Attributes:
        layers: blocks. heads: H, of each block. ff_width: inner width of the feed-forward layers.
        positions: ``start``, ``end``, ``distance``, ``times`` and more (see ``encoders.TransformerEncoder``).
        request: count elapsed times to when the next item is asked for, and not to the last step.
        head: also ``cosine``: states and item vectors are brought to length 1, and their product is divided
            by ``temperature``, which the losses and the ranking then share.
        norm: where LayerNorm stands: ``pre``, ``post``, ``query`` or ``published`` (see ``encoders.Block``).
    """

    max_len: int = 200
    dropout: float = 0.1
    scale_items: bool = True
    layers: int = 2
    heads: int = 1
    positions: str = "start"
    norm: str = "pre"
    ff_width: int = 64
    temperature: float = 0.05
    request: bool = False

    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        "positions": POSITIONS,
        "norm": NORMS,
        "head": (*HEADS, "cosine"),
    }

    @property
    def timed(self) -> bool:
        return self.positions in BY_TIME

    def idle(self) -> dict[str, str]:
        found = super().idle()
        if self.head != "cosine":
            found["temperature"] = "head is not cosine"
        if not self.timed:
            found["request"] = "positions have no times"
        return found

    def build(self) -> NextItemModel:
        return SASRec(self)


class SASRec(NextItemModel):
    """Item vectors, learned positions, Transformer blocks, dot products with the item vectors."""

    settings: SASRecSettings

    def __init__(self, settings: SASRecSettings) -> None:
        super().__init__(settings)
        s = settings
        self.encoder = TransformerEncoder(
            s.dim, s.layers, s.heads, s.ff_width, s.max_len, s.dropout, s.norm, s.positions, s.request
        )
        self.layers, self.reads_request = s.layers, s.request and s.timed
        self.own_matrix = s.head == "cosine"
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        return self.encoder(self.item_vectors(batch), batch, need_weights)

    def make_head(self) -> nn.Module:
        s = self.settings
        return UnitLength(s.temperature) if s.head == "cosine" else super().make_head()

    def item_matrix(self) -> Tensor:
        vectors = super().item_matrix()
        return F.normalize(vectors, dim=1) if self.settings.head == "cosine" else vectors


_TRAINING = {
    **USUAL_TRAINING,
    "epochs": 100,
    "batch_size": 128,
    "lr": 1e-3,
    "weight_decay": 0.0,
    "schedule": "constant",
    "patience": 10,
    "precision": "auto",
}

# Counted from the newest item, as in the published code. Counted from the oldest, as the settings alone mean,
# the newest item of a history that is longer than any in training stands at a place that was never learned.
_POSITIONS = {"positions": "end"}

RECIPES = {
    "sasrec": Recipe(
        "SASRec: causal Transformer blocks, tied item vectors, full cross-entropy",
        "Kang & McAuley 2018; trained as by Klenitskiy & Vasilev 2023",
        SASRecSettings,
        _POSITIONS,
        _TRAINING,
    ),
    "gsasrec": Recipe(
        "SASRec trained with gBCE",
        "Petrov & Macdonald 2023",
        SASRecSettings,
        _POSITIONS,
        # gBCE first pushes every score far below 0, and these first gradients are by far the largest. With
        # a memory of 1,000 steps (.999) they keep the later steps tiny, and the model stands still at
        # popularity; Kang & McAuley's own code has .98. Small batches give it the steps that it needs; on a
        # small log it still stands at popularity for ten epochs, and patience must outlast that.
        {
            **_TRAINING,
            "loss": "gbce",
            "negatives": 256,
            "batch_size": 16,
            "lr": 2e-3,
            "beta2": 0.98,
            "patience": 20,
        },
    ),
}
