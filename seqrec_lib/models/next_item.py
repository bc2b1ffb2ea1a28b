"""The frame of models that score by dot products: item vectors in, item vectors out, a head between.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``V`` items, ``H`` heads, ``C`` candidates.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..heads import MLP, dot_scores
from ..messages import InputError
from .recommender import Model
from .settings import Settings

HEADS = ("mlp", "dot")


@dataclass(frozen=True)
class NextItemSettings(Settings):
    """What every model of the next item has.

    Attributes:
        head: ``mlp`` or ``dot`` (none). mlp_width: inner width of the MLP.
        tied: whether items are scored with their input embeddings (Press & Wolf 2017).
        scale_items: multiply item vectors by sqrt(D) on their way in (Vaswani et al. 2017, section 3.4); they
            then start 0.02 wide, so that scores start near 0 and the encoder still sees them.
    """

    head: str = "dot"
    mlp_width: int = 128
    tied: bool = True
    scale_items: bool = False

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"head": HEADS}

    def idle(self) -> dict[str, str]:
        return {"mlp_width": "head is not mlp"} if self.head != "mlp" else {}


class NextItemModel(Model):
    """What comes after this history? A family says how states are made (:meth:`attend`).

    Embeddings start from a normal distribution with standard deviation 1 / sqrt(D), so that a
    dot product of two of them has variance about 1 / D (0.02 with ``scale_items``, see the settings);
    other layers start as PyTorch's do.
    """

    settings: NextItemSettings
    head: nn.Module  # (..., D) -> (..., D), what stands between a state and its dot products

    def __init__(self, settings: NextItemSettings) -> None:
        super().__init__(settings)
        s = settings
        self.embedding = nn.Embedding(s.n_items + 1, s.dim, padding_idx=0)
        self.output = None if s.tied else nn.Embedding(s.n_items + 1, s.dim, padding_idx=0)
        for table in (self.embedding, self.output):
            if table is not None:
                nn.init.normal_(table.weight, std=0.02 if s.scale_items else s.dim**-0.5)
                with torch.no_grad():
                    table.weight[0] = 0.0

    def make_head(self) -> nn.Module:
        """The head that the settings name. A family makes it last, so that a seed gives the same weights."""
        s = self.settings
        return MLP(s.dim, s.mlp_width, s.dropout) if s.head == "mlp" else nn.Identity()

    def item_vectors(self, batch: Batch) -> Tensor:
        """``(B, T, D)``: the vectors of the items, on their way into the encoder."""
        self.check_batch(batch)
        vectors = self.embedding(batch.items)
        return vectors * self.settings.dim**0.5 if self.settings.scale_items else vectors

    @abstractmethod
    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """``(states (B, T, D), [weights (B, H, T, T)])``: everything before the head.

        The weights are one tensor a layer of attention, first layer first; none unless they are needed.
        """

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

        ``layer`` picks a layer of attention, from 0; -1 is the last.

        Raises:
            InputError: this model has no attention, or no such layer.
        """
        if not self.layers:
            raise InputError(f"{self.settings.model} has no attention, so it has no weights to show")
        if not -self.layers <= layer < self.layers:
            raise InputError(
                f"{self.settings.model} has {self.layers} layers of attention, 0 to {self.layers - 1}; "
                f"there is no layer {layer}"
            )
        return self.attend(batch, need_weights=True)[1][layer]
