"""The frame of models that score by dot products: item vectors in, item vectors out, a head between.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``V`` items, ``H`` heads, ``C`` candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..heads import MLP, dot_scores
from .recommender import Attending
from .settings import TableSettings

HEADS = ("mlp", "dot")


@dataclass(frozen=True)
class NextItemSettings(TableSettings):
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
        return super().idle() | ({"mlp_width": "head is not mlp"} if self.head != "mlp" else {})


class NextItemModel(Attending):
    """What comes after this history? A family says how states are made (``attend``).

    Embeddings start from a normal distribution with standard deviation 1 / sqrt(D), so that a
    dot product of two of them has variance about 1 / D (0.02 with ``scale_items``, see the settings);
    other layers start as PyTorch's do.
    """

    settings: NextItemSettings
    own_matrix = False  # whether item_matrix changes the vectors of the table before they score
    head: nn.Module  # (..., D) -> (..., D), what stands between a state and its dot products

    def __init__(self, settings: NextItemSettings) -> None:
        super().__init__(settings)
        s = settings
        std = 0.02 if s.scale_items else s.dim**-0.5
        self.embedding = self._table(std)
        self.output = None if s.tied else self._table(std)
        for table in (self.embedding, self.output):
            if isinstance(table, nn.Embedding):
                nn.init.normal_(table.weight, std=std)
                with torch.no_grad():
                    table.weight[0] = 0.0

    def _table(self, std: float) -> Any:
        s = self.settings
        if s.table == "full":
            return nn.Embedding(s.n_items + 1, s.dim, padding_idx=0)
        from ..encoders.tables import make_table  # smaller ones, chapter 18

        return make_table(s.table, s.n_items + 1, s.dim, std, s.shared_rows, s.pieces, s.kept)

    def make_head(self) -> nn.Module:
        """The head that the settings name. A family makes it last, so that a seed gives the same weights."""
        s = self.settings
        return MLP(s.dim, s.mlp_width, s.dropout) if s.head == "mlp" else nn.Identity()

    def item_vectors(self, batch: Batch) -> Tensor:
        """``(B, T, D)``: the vectors of the items, on their way into the encoder."""
        self.check_batch(batch)
        vectors: Tensor = self.embedding(batch.items)
        return vectors * self.settings.dim**0.5 if self.settings.scale_items else vectors

    def hidden(self, batch: Batch) -> Tensor:
        """``(B, T, D)``: the state after each item, ready for the dot product with item vectors."""
        return self.head(self.attend(batch)[0])

    def item_matrix(self) -> Tensor:
        """``(V+1, D)``: one vector an item; row 0 is padding and is never scored."""
        found: Tensor = (self.output or self.embedding).weight
        return found

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """Scores of the item after the last one: ``(B, V+1)``, column 0 -inf, or ``(B, C)``."""
        last = self.head(batch.last(self.attend(batch)[0]))  # (B, D): only the last step needs a head
        return self.score_states(last, candidates)

    def score_states(self, states: Tensor, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)``, column 0 -inf, or ``(B, C)``, of states ``(B, D)``."""
        table = None if self.own_matrix else self.output or self.embedding
        if table is None or isinstance(table, nn.Embedding):
            return dot_scores(states, self.item_matrix(), candidates)
        found: Tensor = table.score_items(states, candidates)  # it may do without the whole matrix
        return found
