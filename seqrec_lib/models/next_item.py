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
from ..encoders.tables import TABLES, ItemTable, make_table
from ..heads import MLP, dot_scores
from ..messages import InputError, unknown
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
        table: how item vectors are kept: ``full``, one row an item; ``hashed``, ``qr`` and ``codes`` are
            smaller and trained so; ``bf16``, ``int8``, ``int4`` and ``sparse`` are made of a trained table
            (``encoders.tables``). shared_rows: of ``hashed`` and ``qr``. pieces: M, of ``codes``.
        kept: share of the numbers that ``sparse`` keeps.
    """

    head: str = "dot"
    mlp_width: int = 128
    tied: bool = True
    scale_items: bool = False
    table: str = "full"
    shared_rows: int = 1000
    pieces: int = 8
    kept: float = 0.1

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"head": HEADS}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.table not in TABLES:
            raise InputError(unknown("table", self.table, TABLES))
        if self.table == "codes" and self.dim % self.pieces:
            raise InputError(f"pieces is {self.pieces}: it must divide dim, which is {self.dim}")
        if not 0 < self.kept <= 1:
            raise InputError(f"kept is {self.kept}: it must be above 0 and at most 1")

    def idle(self) -> dict[str, str]:
        found = {"mlp_width": "head is not mlp"} if self.head != "mlp" else {}
        if self.table not in ("hashed", "qr"):
            found["shared_rows"] = "table is neither hashed nor qr"
        if self.table != "codes":
            found["pieces"] = "table is not codes"
        if self.table != "sparse":
            found["kept"] = "table is not sparse"
        return found


class NextItemModel(Model):
    """What comes after this history? A family says how states are made (:meth:`attend`).

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
        self.embedding = self._table()
        self.output = None if s.tied else self._table()
        std = self._spread()
        for table in self.tables():
            if isinstance(table, nn.Embedding):
                nn.init.normal_(table.weight, std=std)
                with torch.no_grad():
                    table.weight[0] = 0.0

    def _spread(self) -> float:
        return 0.02 if self.settings.scale_items else self.settings.dim**-0.5

    def _table(self) -> nn.Embedding | ItemTable:
        s = self.settings
        return make_table(s.table, s.n_items + 1, s.dim, self._spread(), s.shared_rows, s.pieces, s.kept)

    def tables(self) -> list[nn.Embedding | ItemTable]:
        """The tables of item vectors: the one that is read, and the one that scores where it is another."""
        return [table for table in (self.embedding, self.output) if table is not None]

    def start_from_log(self, users: Tensor, items: Tensor) -> None:
        """Let the tables look at the training events ``(E,)``, ``(E,)``; see ``ItemTable.start_from_log``."""
        for table in self.tables():
            if isinstance(table, ItemTable):
                table.start_from_log(users, items)

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
        return self.score_states(last, candidates)

    def score_states(self, states: Tensor, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` with minus infinity in column 0, or ``(B, C)``, of states ``(B, D)``.

        A table that can score without the whole matrix does.
        """
        table = self.output or self.embedding
        if not isinstance(table, ItemTable) or self.own_matrix:
            return dot_scores(states, self.item_matrix(), candidates)
        if candidates is not None:
            found: Tensor = (table(candidates) @ states[:, :, None]).squeeze(-1)  # (B, C, D) @ (B, D, 1)
            return found
        scores = table.scores(states)
        scores[:, 0] = -float("inf")
        return scores

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
