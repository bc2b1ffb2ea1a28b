"""Which item follows which, and which calls for which, found by counting in a training log.

That an item has at most one successor and calls for at most one item is known of a world; which ones
they are is not. A pair is a link when it is seen far oftener than chance would have it; of an item's
pairs the clearest is kept. A link that is none does little harm: fitting finds its strength near 0.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from ....messages import InputError
from ...interactions import Interactions
from ..clock import DAY
from ..settings import WorldSettings

_CLEAR = 5.0  # nats by which the evidence of a link must exceed that of the best of all chance pairs
_BUMP = 1.2  # a trigger that waits for days is sought where its bump is above about half its height


def find_links(log: Interactions, settings: WorldSettings) -> tuple[Tensor, Tensor]:
    """``(successor, called)``, both ``(V+1,)`` int64; 0 is none."""
    successor = _clearest(_pairs(log, [1], None), log)
    if settings.self_call:
        called = torch.arange(log.n_items + 1)
    elif settings.trigger_days:
        longest = int(np.diff(log.offsets).max())
        called = _clearest(_pairs(log, range(1, longest), settings), log)
    else:
        called = _clearest(_pairs(log, [lag for lag, _ in settings.lag_kernel], None), log)
    return successor, called


def _pairs(log: Interactions, lags: Iterable[int], bump: WorldSettings | None) -> np.ndarray:
    """``(V+1, V+1)``: how often each item came one of ``lags`` after each; with ``bump``, when it calls."""
    width = log.n_items + 1
    found = np.zeros(width * width)
    for lag in lags:
        kept = log.users[lag:] == log.users[:-lag]
        if bump is not None:
            times = moments(log)
            days = np.maximum((times[lag:] - times[:-lag]) / DAY, 1e-9)
            kept &= np.abs(np.log(days / bump.trigger_days)) < _BUMP * bump.trigger_spread
        code = log.items[:-lag][kept] * width + log.items[lag:][kept]
        found += np.bincount(code, minlength=width * width)
    return found.reshape(width, width)


def moments(log: Interactions) -> np.ndarray:
    """``(N,)`` times of the log. Raises InputError: it has none."""
    if log.times is None:
        raise InputError(f"{log.name}: this world's numbers cannot be fitted on a log without times")
    return log.times


def _clearest(pairs: np.ndarray, log: Interactions) -> Tensor:
    """``(V+1,)``: of each row of ``pairs`` the column that chance explains worst, 0 where it explains all."""
    share = np.bincount(log.items, minlength=log.n_items + 1) / len(log.items)
    chance = np.maximum(pairs.sum(1, keepdims=True) * share, 1e-12)
    ratio = np.maximum(pairs / chance, 1.0)
    clear = np.where(pairs > chance, pairs * np.log(ratio) - (pairs - chance), 0.0)
    np.fill_diagonal(clear, 0.0)
    best = clear.argmax(1)
    sure = clear.max(1) > 2 * np.log(log.n_items) + _CLEAR
    return torch.from_numpy(np.where(sure, best, 0))
