"""DIN (Zhou et al. 2018): each candidate reads the history with its own eyes.

Sizes: ``B`` histories, ``T`` steps, ``C`` candidates, ``D`` width, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..attention import TargetAttention, pool
from ..data.batch import Batch
from .recommender import Model
from .settings import Settings

READERS = ("target", "fixed", "mean")


@dataclass(frozen=True)
class DINSettings(Settings):
    """Settings of :class:`DIN`.

    Attributes:
        reader: who weighs the history: ``target``: the candidate; ``fixed``: one learned vector in its
            place, the same for all candidates; ``mean``: nobody.
        normalise: softmax over the steps. The paper has none, the authors' code has one.
        distance: a learned number for each distance from the request (see ``TargetAttention``).
        width: inner width of the activation unit. mlp_width: of the MLP above.
        slate: how many places a slate has; one number is learned for each. Column k of the candidates
            stands at place k + 1.
    """

    reader: str = "target"
    normalise: bool = False
    distance: bool = False
    width: int = 36
    mlp_width: int = 64
    slate: int = 20

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"reader": READERS}

    def build(self) -> DIN:
        return DIN(self)


class DIN(Model):
    """Candidate and history to the logit of a click.

    The MLP reads [pooled history, candidate, their product]. To it come one number for the place, learned
    and the same for every item, and one for the item: how often it is clicked anywhere.
    """

    settings: DINSettings

    def __init__(self, settings: DINSettings) -> None:
        super().__init__(settings)
        s = settings
        self.embedding = nn.Embedding(s.n_items + 1, s.dim, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=s.dim**-0.5)
        with torch.no_grad():
            self.embedding.weight[0] = 0.0
        self.dropout = nn.Dropout(s.dropout)
        reach = s.max_len if s.distance else 0
        self.unit = None if s.reader == "mean" else TargetAttention(s.dim, s.width, s.normalise, reach)
        self.asker = nn.Parameter(torch.randn(s.dim) / s.dim**0.5) if s.reader == "fixed" else None
        self.inner, self.outer = nn.Linear(3 * s.dim, s.mlp_width), nn.Linear(s.mlp_width, 1)
        self.item, self.place = nn.Embedding(s.n_items + 1, 1), nn.Parameter(torch.zeros(s.slate))
        nn.init.zeros_(self.item.weight)

    def read(self, batch: Batch, candidates: Tensor) -> tuple[Tensor, Tensor]:
        """What each candidate takes from the history: ``(pooled (B, C, D), weights (B, C, T))``."""
        self.check_batch(batch)
        states = self.dropout(self.embedding(batch.items))  # (B, T, D)
        if self.unit is None:
            even = (batch.mask() / batch.lengths[:, None]).to(states.dtype)  # (B, T)
            weights = even[:, None].expand(-1, candidates.shape[1], -1)  # (B, C, T)
            return pool(weights, states, batch.mask())
        asked = self.embedding(candidates)  # (B, C, D)
        if self.asker is not None:
            asked = self.asker.expand_as(asked)
        return self.unit(asked, states, batch.lengths)

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """Logits of a click: ``(B, C)``, column k at place k + 1; or of all items ``(B, V+1)``, no place."""
        if candidates is None:
            items = torch.arange(self.n_items + 1, device=batch.items.device).expand(len(batch), -1)
            return self._logits(batch, items).index_fill(1, items.new_zeros(1), -torch.inf)
        return self._logits(batch, candidates) + self.place[: candidates.shape[1]]

    def _logits(self, batch: Batch, candidates: Tensor) -> Tensor:
        pooled, _ = self.read(batch, candidates)
        vectors = self.embedding(candidates)  # (B, C, D)
        seen = torch.cat([pooled, vectors, pooled * vectors], dim=-1)  # (B, C, 3D)
        return self.outer(self.inner(self.dropout(seen)).relu()).squeeze(-1) + self.item(candidates).squeeze(
            -1
        )
