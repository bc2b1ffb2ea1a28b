"""The fixed numbers of a world: who follows whom, tastes, popularity.

Sizes: ``V`` items (column 0 is padding), ``Z`` user types, ``C`` categories.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .added_tables import added_tables
from .checks import check_tables
from .clock import DAY
from .settings import WorldSettings

YEAR = 365 * DAY


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
        family: ``(V+1,)`` int64: number of the series or film, with its companion; -1 for padding.
        log_price: ``(V+1,)`` float64, standardised; 0 for padding. budget: ``(Z,)`` the price level
            that each type likes, on the same scale.
        weekend: ``(V+1,)`` factor on taste at weekends. session_end: ``(Z,)`` probabilities.
        arrival: ``(V+1,)`` seconds since 1970; -inf for an item that is there from the start.
        lure: ``(V+1,)`` float64, standard normal; 0 for padding. See ``clickbait`` in the settings.
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
    family: Tensor
    log_price: Tensor
    budget: Tensor
    weekend: Tensor
    session_end: Tensor
    arrival: Tensor
    lure: Tensor

    def popularity_at(self, time: Tensor) -> Tensor:
        """Intensity of popularity at ``time`` ``(B,)`` seconds: ``(B, V+1)``, constant total."""
        if not bool(self.drift.any()):
            return self.popularity.expand(len(time), -1)
        moved = self.popularity * torch.exp(self.drift * (time[:, None] / YEAR))
        return moved * (self.popularity.sum() / moved.sum(1, keepdim=True))


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # check_tables says it in words
def make_tables(settings: WorldSettings, rng: np.random.Generator) -> Tables:
    """Draw a world's tables. Item numbers: series parts, films, companions.

    Raises:
        InputError: settings so large that numbers overflow.
    """
    s = settings
    in_series, sources = s.series * s.parts, s.series + s.films
    v = s.n_items
    successor, called = np.zeros(v + 1, int), np.zeros(v + 1, int)
    part, category, family = np.full(v + 1, -1), np.full(v + 1, -1), np.full(v + 1, -1)
    first_parts = 1 + s.parts * np.arange(s.series)
    for k in range(s.parts):
        part[first_parts + k] = k + 1
        if k + 1 < s.parts:
            successor[first_parts + k] = first_parts + k + 1
    films = in_series + 1 + np.arange(s.films)
    part[films] = 0
    companions = in_series + s.films + 1 + np.arange(0 if s.self_call else sources)
    if s.self_call:
        called[1:] = np.arange(1, v + 1)
    else:
        called[np.concatenate([first_parts, films])] = companions
    own = rng.permutation(np.arange(sources) % s.categories)  # one category for a source and its kin
    number = np.arange(sources)
    for k in range(s.parts):
        category[first_parts + k], family[first_parts + k] = own[: s.series], number[: s.series]
    category[films], family[films] = own[s.series :], number[s.series :]
    if not s.self_call:
        category[companions], family[companions] = own, number

    # Item weights are continuous, so that no two items tie.
    entry = np.where((part == 0) | (part == 1), s.entry, 1.0)
    entry[0] = 0.0
    like = np.exp(s.sharpness * rng.normal(size=(s.types, s.categories)))
    own_weight = np.exp(0.5 * rng.normal(size=v + 1)) * entry
    rank = np.zeros(v + 1)
    rank[1:] = rng.permutation(v) + 1 + rng.uniform(-0.3, 0.3, v)
    popular = np.zeros(v + 1)
    popular[1:] = rank[1:] ** -s.zipf * entry[1:]
    popular *= s.popularity / popular.sum()
    spread = rng.uniform(0.8, 1.25, size=(2, v + 1))
    prior = rng.dirichlet(np.full(s.types, 8.0))
    drift = np.where(rank > 0, s.drift * rng.normal(size=v + 1), 0.0)

    added = added_tables(s, family, category)
    taste = like[:, category] * own_weight
    if s.price_sense:  # a type's taste keeps to its price level
        away = added["log_price"][None, :] - added["budget"][:, None]
        taste = taste * np.exp(-0.5 * s.price_sense * away**2)
    taste[:, 0] = 0.0
    taste *= s.taste / taste.sum(1, keepdims=True)
    found = {
        "successor": successor,
        "called": called,
        "succession": np.where(successor > 0, s.succession * spread[0], 0.0),
        "trigger": np.where(called > 0, s.trigger * spread[1], 0.0),
        "taste": taste,
        "popularity": popular,
        "drift": drift,
        "prior": prior,
        "category": category,
        "part": part,
        "family": family,
        **added,
    }
    tables = Tables(**{name: torch.from_numpy(table) for name, table in found.items()})
    check_tables(s, tables)
    return tables
