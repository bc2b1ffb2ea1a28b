"""The frame of models of clicks: a candidate and a history give the logit of a click.

Sizes: ``B`` histories, ``T`` steps, ``C`` candidates, ``D`` width, ``V`` items. ``seen`` ``(B, C)`` says how
many of the first steps a candidate may read; None is the whole history.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..messages import InputError
from .recommender import Model
from .settings import Settings

PLACES = 100  # of a slate, at most
AT_ONCE = 32  # candidates, where all items are scored

# How a model of clicks is trained on impressions, unless a recipe says otherwise. It is told the places.
USUAL_CLICKS: Mapping[str, Any] = {
    "places": True,
    "loss": "bce",
    "epochs": 12,
    "batch_size": 16,
    "lr": 4e-3,
    "weight_decay": 1e-2,
    "schedule": "cosine",
    "patience": 4,
    "select": "log-loss",
}


@dataclass(frozen=True)
class ClickSettings(Settings):
    """What every model of clicks has.

    Attributes:
        places: learn one number for each place of a slate; column k of the candidates stands at place k + 1.
    """

    places: bool = False


class ClickModel(Model):
    """A family says how a candidate and what it may read become a logit (:meth:`logits`)."""

    settings: ClickSettings
    place: nn.Parameter | None

    def item_table(self) -> nn.Embedding:
        """A vector for each item, standard deviation 1 / sqrt(D); padding is 0."""
        s = self.settings
        table = nn.Embedding(s.n_items + 1, s.dim, padding_idx=0)
        nn.init.normal_(table.weight, std=s.dim**-0.5)
        with torch.no_grad():
            table.weight[0] = 0.0
        return table

    def item_numbers(self) -> nn.Embedding:
        """A number for each item, which starts at 0."""
        numbers = nn.Embedding(self.settings.n_items + 1, 1, padding_idx=0)
        nn.init.zeros_(numbers.weight)
        return numbers

    def intercept(self) -> Tensor:
        """What is added to the logit of every shown item."""
        bias: Tensor = self.get_submodule("outer").bias  # type: ignore[assignment]  # of a linear layer
        return bias

    def start_at(self, rate: float) -> None:
        """Let the logits start near that of a click rate, so that no steps are spent on finding it."""
        with torch.no_grad():
            self.intercept().fill_(math.log(rate / (1 - rate)))

    @abstractmethod
    def logits(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> Tensor:
        """``(B, C)``: as :meth:`score`, without places."""

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """Logits of a click: ``(B, C)``, column k at place k + 1; or of all items ``(B, V+1)``, no place.

        Raises:
            InputError: more candidates than a slate has places, where places are read.
        """
        if candidates is None:
            items = torch.arange(self.n_items + 1, device=batch.items.device).expand(len(batch), -1)
            found = torch.cat([self.logits(batch, part) for part in items.split(AT_ONCE, dim=1)], dim=1)
            return found.index_fill(1, items.new_zeros(1), -torch.inf)
        return self.at_places(self.logits(batch, candidates))

    def at_places(self, logits: Tensor) -> Tensor:
        """``(B, C)`` with the number of each place added, where places are read; column k is place k + 1."""
        if self.place is None:
            return logits
        if logits.shape[1] > PLACES:
            raise InputError(f"a slate of {logits.shape[1]} items has more than {PLACES} places")
        return logits + self.place[: logits.shape[1]]


def seen_of(batch: Batch, candidates: Tensor, seen: Tensor | None) -> Tensor:
    """``(B, C)``: ``seen``, or the whole history for every candidate."""
    return batch.lengths[:, None].expand_as(candidates) if seen is None else seen


def mean_of_first(vectors: Tensor, seen: Tensor) -> Tensor:
    """``(B, T, D)``, ``(B, C)`` -> ``(B, C, D)``: the mean of the first ``seen`` steps of each candidate."""
    count = torch.arange(1, vectors.shape[1] + 1, device=vectors.device)
    means = vectors.cumsum(1) / count[:, None]  # (B, T, D)
    return at_last_seen(means, seen)


def at_last_seen(vectors: Tensor, seen: Tensor) -> Tensor:
    """``(B, T, D)``, ``(B, C)`` -> ``(B, C, D)``: the newest step that each candidate may read."""
    place = (seen - 1)[..., None].expand(-1, -1, vectors.shape[-1])
    return vectors.gather(1, place)
