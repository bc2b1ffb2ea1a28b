"""Factorisation machine for clicks (Rendle 2010), and logistic regression, its linear part alone.

Sizes: ``B`` histories, ``T`` steps, ``C`` candidates, ``D`` factors, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..heads import pairwise_fields
from .click_model import PLACES, USUAL_CLICKS, ClickModel, ClickSettings, at_last_seen, mean_of_first, seen_of
from .recipe import USUAL_TRAINING, Recipe

FIELDS = 3  # the candidate, the history, the last item
SMALL = 0.2  # of the usual spread: crossed fields then start near 0, and not 0, where no factor would move


@dataclass(frozen=True)
class FMSettings(ClickSettings):
    """Settings of :class:`FM`.

    Attributes:
        crossed: whether fields are crossed, with ``dim`` factors for each input. False: logistic regression.
    """

    crossed: bool = True

    def idle(self) -> dict[str, str]:
        return {} if self.crossed else {"dim": "nothing is crossed, so there are no factors"}

    def build(self) -> FM:
        return FM(self)


class FM(ClickModel):
    """Three fields: the candidate (x = 1), the history (x = 1 / length for each step), the last item (x = 1).

    Each item has an input in each field, so the same film as candidate and as memory is two inputs. In the
    linear part a history adds the same to all candidates: it cannot order a slate.
    """

    settings: FMSettings

    def __init__(self, settings: FMSettings) -> None:
        super().__init__(settings)
        s = settings
        self.dropout = nn.Dropout(s.dropout)
        self.bias = nn.Parameter(torch.zeros(()))
        self.linear = nn.ModuleList(self.item_numbers() for _ in range(FIELDS))
        tables = [self.item_table() for _ in range(FIELDS if s.crossed else 0)]
        with torch.no_grad():
            for table in tables:
                table.weight *= SMALL
        self.factors = nn.ModuleList(tables)
        self.place = nn.Parameter(torch.zeros(PLACES)) if s.places else None

    def intercept(self) -> Tensor:
        return self.bias

    def logits(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> Tensor:
        self.check_batch(batch)
        seen = seen_of(batch, candidates, seen)
        lines = torch.stack(self.fields(self.linear, batch, candidates, seen))  # (F, B, C, 1)
        found = self.bias + lines.sum(0).squeeze(-1)
        if not self.settings.crossed:
            return found
        vectors = torch.stack(self.fields(self.factors, batch, candidates, seen), dim=-2)  # (B, C, F, D)
        return found + pairwise_fields(vectors)

    def fields(self, tables: nn.ModuleList, batch: Batch, candidates: Tensor, seen: Tensor) -> list[Tensor]:
        """What each field has in ``tables``, times its x: F times ``(B, C, D)``."""
        of_candidate, of_history, of_last = tables
        past = self.dropout(of_history(batch.items))  # (B, T, D)
        last = self.dropout(of_last(batch.items))
        return [of_candidate(candidates), mean_of_first(past, seen), at_last_seen(last, seen)]


_HOW = {**USUAL_TRAINING, "loss": "sampled", "negatives": 4, "lr": 1e-2, "epochs": 10}
RECIPES = {
    "logistic": Recipe(
        "logistic regression on candidate, history and last item: a floor of clicks",
        "Cox 1958; the fields are ours",
        FMSettings,
        {"crossed": False, "dropout": 0.1},
        _HOW,
        {**USUAL_CLICKS, "lr": 1e-2},
    ),
    "fm": Recipe(
        "factorisation machine: candidate, history and last item, crossed two by two",
        "Rendle 2010; the fields are ours",
        FMSettings,
        {"dim": 16, "dropout": 0.1},
        _HOW,
        {**USUAL_CLICKS},
    ),
}
