"""The fixed numbers of a world: who follows whom, tastes, popularity.

Sizes: ``V`` items (column 0 is padding), ``Z`` user types, ``C`` categories.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .settings import WorldSettings

YEAR = 365 * 86400.0


@dataclass(frozen=True)
class Tables:
    """What the world's process reads.

    Attributes:
        successor, called: ``(V+1,)`` int64: the item that follows, the item that is called for
            later; 0 is none.
        succession, trigger: ``(V+1,)`` float64: the intensities of those two.
        taste: ``(Z, V+1)`` float64, intensity of each item for each type.
        popularity: ``(V+1,)`` float64 intensity at time 0. drift: ``(V+1,)`` float64, change of
            its logarithm a year.
        prior: ``(Z,)`` float64, shares of the types.
        category: ``(V+1,)`` int64, 0 to C-1; -1 for padding.
        part: ``(V+1,)`` int64: 1, 2, ... in a series; 0 for a film; -1 for a companion.
    """

    successor: Tensor
    called: Tensor
    succession: Tensor
    trigger: Tensor
    taste: Tensor
    popularity: Tensor
    drift: Tensor
    prior: Tensor
    category: Tensor
    part: Tensor

    def popularity_at(self, time: Tensor) -> Tensor:
        """Intensity of popularity at ``time`` ``(B,)`` seconds: ``(B, V+1)``, constant total."""
        if not bool(self.drift.any()):
            return self.popularity.expand(len(time), -1)
        moved = self.popularity * torch.exp(self.drift * (time[:, None] / YEAR))
        return moved * (self.popularity.sum() / moved.sum(1, keepdim=True))


def make_tables(settings: WorldSettings, rng: np.random.Generator) -> Tables:
    """Draw a world's tables. Item numbers: series parts, films, companions."""
    s = settings
    in_series, sources = s.series * s.parts, s.series + s.films
    v = s.n_items
    successor, called = np.zeros(v + 1, int), np.zeros(v + 1, int)
    part, category = np.full(v + 1, -1), np.full(v + 1, -1)
    first_parts = 1 + s.parts * np.arange(s.series)
    for k in range(s.parts):
        part[first_parts + k] = k + 1
        if k + 1 < s.parts:
            successor[first_parts + k] = first_parts + k + 1
    films = in_series + 1 + np.arange(s.films)
    part[films] = 0
    companions = in_series + s.films + 1 + np.arange(sources)
    called[np.concatenate([first_parts, films])] = companions
    own = rng.permutation(np.arange(sources) % s.categories)  # one category for a source and its kin
    for k in range(s.parts):
        category[first_parts + k] = own[: s.series]
    category[films], category[companions] = own[s.series :], own

    # Item weights are continuous, so that no two items tie.
    entry = np.where((part == 0) | (part == 1), s.entry, 1.0)
    entry[0] = 0.0
    like = np.exp(s.sharpness * rng.normal(size=(s.types, s.categories)))
    own_weight = np.exp(0.5 * rng.normal(size=v + 1)) * entry
    taste = like[:, category] * own_weight
    taste[:, 0] = 0.0
    taste *= s.taste / taste.sum(1, keepdims=True)
    rank = np.zeros(v + 1)
    rank[1:] = rng.permutation(v) + 1 + rng.uniform(-0.3, 0.3, v)
    popular = np.zeros(v + 1)
    popular[1:] = rank[1:] ** -s.zipf * entry[1:]
    popular *= s.popularity / popular.sum()
    spread = rng.uniform(0.8, 1.25, size=(2, v + 1))
    prior = rng.dirichlet(np.full(s.types, 8.0))
    as_tensor = torch.from_numpy
    return Tables(
        successor=as_tensor(successor),
        called=as_tensor(called),
        succession=as_tensor(np.where(successor > 0, s.succession * spread[0], 0.0)),
        trigger=as_tensor(np.where(called > 0, s.trigger * spread[1], 0.0)),
        taste=as_tensor(taste),
        popularity=as_tensor(popular),
        drift=as_tensor(np.where(rank > 0, s.drift * rng.normal(size=v + 1), 0.0)),
        prior=as_tensor(prior),
        category=as_tensor(category),
        part=as_tensor(part),
    )
