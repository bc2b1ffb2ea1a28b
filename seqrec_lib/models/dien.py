"""DIEN (Zhou et al. 2019): how an interest came about, and how it moves towards the candidate.

Sizes: ``B`` histories, ``T`` steps, ``C`` candidates, ``D`` width, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..attention import masked_softmax
from ..data.batch import Batch
from ..encoders.augru import AUGRU, GATES
from ..messages import InputError
from .click_model import PLACES, USUAL_CLICKS, ClickModel, ClickSettings, seen_of
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class DIENSettings(ClickSettings):
    """Settings of :class:`DIEN`.

    Attributes:
        gate: of the AUGRU. ``paper``: attention 1 is a step of a GRU and 0 keeps the state; ``code``, the
            authors' program: 0 is a step of a GRU and 1 forgets the state. In both, more renews more.
        auxiliary: weight of the auxiliary loss beside the clicks'; 0 leaves it out. What is learned from next
            items has no such loss: there the next item is the target already.
        mlp_width: of the one inner layer of the MLP above.
    """

    gate: str = "paper"
    auxiliary: float = 1.0
    mlp_width: int = 64

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"gate": GATES}

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.auxiliary >= 0:
            raise InputError(f"auxiliary is {self.auxiliary}: a weight is 0 or more")

    def build(self) -> DIEN:
        return DIEN(self)


class DIEN(ClickModel):
    """A GRU extracts the interest at each step; an AUGRU walks through these for each candidate.

    The MLP reads [last state of that walk, candidate, their product], as DIN's does.
    """

    settings: DIENSettings

    def __init__(self, settings: DIENSettings) -> None:
        super().__init__(settings)
        s = settings
        self.auxiliary = s.auxiliary
        self.embedding = self.item_table()
        self.dropout = nn.Dropout(s.dropout)
        self.extract = nn.GRU(s.dim, s.dim, batch_first=True)
        self.match = nn.Linear(s.dim, s.dim, bias=False)  # W in h_t . W e
        self.evolve = AUGRU(s.dim, s.gate)
        self.inner = nn.Linear(3 * s.dim, s.mlp_width)
        self.outer = nn.Linear(s.mlp_width, 1)
        self.item = self.item_numbers()
        self.place = nn.Parameter(torch.zeros(PLACES)) if s.places else None

    def interest(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """``(states (B, T, D), item vectors (V+1, D))``: what the auxiliary loss compares."""
        self.check_batch(batch)
        states: Tensor = self.extract(self.dropout(self.embedding(batch.items)))[0]
        return states, self.embedding.weight

    def attend(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """``(last states (B, C, D), attention (B, C, T))``; ``seen`` as in :meth:`logits`."""
        states, _ = self.interest(batch)
        seen = seen_of(batch, candidates, seen)
        fits = self.match(self.embedding(candidates)) @ states.mT  # (B, C, D) @ (B, D, T)
        step = torch.arange(states.shape[1], device=states.device)
        attention = masked_softmax(fits, step < seen[..., None])  # (B, C, T)
        return self.evolve(states, attention, seen), attention

    def logits(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> Tensor:
        state, _ = self.attend(batch, candidates, seen)
        vectors = self.embedding(candidates)
        both = torch.cat([state, vectors, state * vectors], dim=-1)  # (B, C, 3D)
        inner = self.inner(self.dropout(both)).relu()
        return (self.outer(inner) + self.item(candidates)).squeeze(-1)


RECIPES = {
    "dien": Recipe(
        "DIEN: a GRU with auxiliary loss, then one whose gate the candidate moves",
        "Zhou et al. 2019, the paper's gate; attention and MLP have one layer less",
        DIENSettings,
        {"dim": 16, "dropout": 0.1},
        {**USUAL_TRAINING, "loss": "sampled", "negatives": 4, "lr": 1e-2, "epochs": 10},
        {**USUAL_CLICKS},
    ),
}
