"""SASRec (Kang & McAuley 2018): causal Transformer blocks over item vectors. Sizes: ``B``, ``T``, ``D``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from ..data.batch import Batch
from ..encoders import BY_TIME, NORMS, POSITIONS, TransformerEncoder
from .next_item import HEADS, NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class SASRecSettings(NextItemSettings):
    """Settings of :class:`SASRec`.

    Attributes:
        layers: blocks. heads: H, of each block. ff_width: inner width of the feed-forward layers.
        positions: ``start``, ``end``, ``distance``, ``times`` and more (see ``encoders.TransformerEncoder``).
        request: count elapsed times to when the next item is asked for, and not to the last step.
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
    request: bool = False

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"positions": POSITIONS, "norm": NORMS, "head": HEADS}

    @property
    def timed(self) -> bool:
        return self.positions in BY_TIME

    def idle(self) -> dict[str, str]:
        return {**super().idle(), **({} if self.timed else {"request": "positions have no times"})}

    def build(self) -> SASRec:
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
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        return self.encoder(self.item_vectors(batch), batch, need_weights)


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
