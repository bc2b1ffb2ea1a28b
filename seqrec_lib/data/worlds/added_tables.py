"""The tables that came after the first ones: prices, budgets, weekends, paces, arrivals and lures.

They have random numbers of their own, so that the worlds that were there before keep theirs.
"""

from __future__ import annotations

import numpy as np

from ...messages import InputError
from .clock import DAY, EPOCH
from .settings import WorldSettings

ADDED_SEED = 19_051_925
LURE_SEED = 20_180_709


def added_tables(s: WorldSettings, family: np.ndarray, category: np.ndarray) -> dict[str, np.ndarray]:
    """``log_price``, ``budget``, ``weekend``, ``session_end``, ``arrival`` and ``lure`` of :class:`Tables`.

    Args:
        family, category: ``(V+1,)``, -1 for padding.

    Raises:
        InputError: too few items are there from the start.
    """
    rng = np.random.default_rng([ADDED_SEED, *(ord(letter) for letter in s.name)])
    v, families = len(family) - 1, s.series + s.films
    # A category has its price level, a family its own around it, an item a little of its own.
    level, about, own = rng.normal(size=s.categories), rng.normal(size=families), rng.normal(size=v + 1)
    price = 0.6 * level[category] + 0.7 * about[family] + 0.3 * own
    price = (price - price[1:].mean()) / price[1:].std()
    price[0] = 0.0
    budget = np.linspace(-1.2, 1.2, s.types) if s.types > 1 else np.zeros(1)
    budget = rng.permutation(budget) + 0.1 * rng.normal(size=s.types)
    weekend = np.exp(s.weekend * rng.normal(size=s.categories))[category]
    weekend[0] = 1.0
    odds = np.log(np.clip(s.session_end, 1e-9, 1 - 1e-9) / (1 - np.clip(s.session_end, 1e-9, 1 - 1e-9)))
    pace = np.linspace(-1.5, 1.5, s.types) if s.types > 1 else np.zeros(1)
    odds = odds + s.pace * rng.permutation(pace)
    session_end = 1 / (1 + np.exp(-odds)) if s.pace else np.full(s.types, s.session_end)
    new = rng.permutation(families)[: round(s.new_share * families)]
    when = np.full(families, -np.inf)
    when[new] = EPOCH + s.start_days * DAY * rng.uniform(0.1, 1.0, len(new))
    arrival = when[family]
    arrival[0] = -np.inf
    old = int((arrival[1:] == -np.inf).sum())
    if old < (1 if s.repeats else s.max_length):
        raise InputError(
            f"new_share {s.new_share} leaves {old} items that are there from the start: too few for "
            f"max_length {s.max_length}"
        )
    return {
        "log_price": price,
        "budget": budget,
        "weekend": weekend,
        "session_end": session_end,
        "arrival": arrival,
        "lure": make_lures(s, v),
    }


def make_lures(s: WorldSettings, v: int) -> np.ndarray:
    """``(V+1,)`` how far each item promises more than it holds; drawn apart from all else."""
    rng = np.random.default_rng([LURE_SEED, *(ord(letter) for letter in s.name)])
    lure = rng.normal(size=v + 1)
    lure[0] = 0.0
    return lure
