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
from ..heads import Dice
from .click_model import PLACES, USUAL_CLICKS, ClickModel, ClickSettings, seen_of
from .recipe import USUAL_TRAINING, Recipe

READERS = ("target", "fixed", "mean")
ACTIVATIONS = ("relu", "dice")


@dataclass(frozen=True)
class DINSettings(ClickSettings):
    """Settings of :class:`DIN`.

    Attributes:
        reader: who weighs the history: ``target``: the candidate; ``fixed``: one learned vector in its
            place, the same for all candidates; ``mean``: nobody.
        normalise: softmax over the steps. The paper has none, the authors' code has one.
        distance: a learned number for each distance from the request (see ``TargetAttention``).
        width: inner width of the activation unit. mlp_width: of the MLP above.
        activation: of the MLP above: ``relu``, or ``dice`` (the paper's; see :class:`Dice`).
    """

    reader: str = "target"
    normalise: bool = False
    distance: bool = False
    width: int = 36
    mlp_width: int = 64
    activation: str = "relu"

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"reader": READERS, "activation": ACTIVATIONS}

    def idle(self) -> dict[str, str]:
        unread = ("normalise", "distance", "width") if self.reader == "mean" else ()
        return dict.fromkeys(unread, "with mean nobody weighs the history")

    def build(self) -> DIN:
        return DIN(self)


class DIN(ClickModel):
    """Candidate and history to the logit of a click.

    The MLP reads [pooled history, candidate, their product]. To it come one number for the place, learned
    and the same for every item, and one for the item: how often it is clicked anywhere.
    """

    settings: DINSettings

    def __init__(self, settings: DINSettings) -> None:
        super().__init__(settings)
        s = settings
        self.embedding = self.item_table()
        self.dropout = nn.Dropout(s.dropout)
        reach = s.max_len if s.distance else 0
        self.unit = None if s.reader == "mean" else TargetAttention(s.dim, s.width, s.normalise, reach)
        self.asker = nn.Parameter(torch.randn(s.dim) / s.dim**0.5) if s.reader == "fixed" else None
        self.inner = nn.Linear(3 * s.dim, s.mlp_width)
        self.outer = nn.Linear(
            s.mlp_width, 1, bias=s.places
        )  # all alike, it orders nothing: for clicks alone
        self.dice = Dice(s.mlp_width) if s.activation == "dice" else None
        self.item = nn.Embedding(s.n_items + 1, 1)
        nn.init.zeros_(self.item.weight)
        self.place = nn.Parameter(torch.zeros(PLACES)) if s.places else None

    def read(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """What each candidate takes from the history: ``(pooled (B, C, D), weights (B, C, T))``.

        ``seen`` ``(B, C)``: how many of the first steps each candidate sees; None: the whole history.
        """
        self.check_batch(batch)
        states = self.dropout(self.embedding(batch.items))  # (B, T, D)
        seen = seen_of(batch, candidates, seen)
        if self.unit is None:
            step = torch.arange(states.shape[1], device=states.device)
            even = (step < seen[..., None]).to(states.dtype) / seen[..., None]  # (B, C, T)
            return pool(even, states)
        asked = self.embedding(candidates)  # (B, C, D)
        if self.asker is not None:
            asked = self.asker.expand_as(asked)
        return self.unit(asked, states, seen)

    def intercept(self) -> Tensor:
        return self.outer.bias if self.settings.places else self.item.weight

    def logits(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> Tensor:
        """``(B, C)``: as :meth:`score`, without places; ``seen`` as in :meth:`read`."""
        pooled, _ = self.read(batch, candidates, seen)
        vectors = self.embedding(candidates)  # (B, C, D)
        both = torch.cat([pooled, vectors, pooled * vectors], dim=-1)  # (B, C, 3D)
        inner = self.inner(self.dropout(both))  # (B, C, mlp_width)
        inner = inner.relu() if self.dice is None else self.dice(inner, candidates > 0)
        return (self.outer(inner) + self.item(candidates)).squeeze(-1)


RECIPES = {
    "din": Recipe(
        "DIN: each candidate weighs the history, by softmax and distance",
        "Zhou et al. 2018, softmax as in the authors' code; distances are ours",
        DINSettings,
        {"normalise": True, "distance": True, "dim": 32, "dropout": 0.1},
        {**USUAL_TRAINING, "loss": "sampled", "negatives": 4, "lr": 1e-2, "epochs": 10},
        {**USUAL_CLICKS},
    ),
}
