"""What a training log shows of a world without any fitting: links, categories, arrivals."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...interactions import Interactions
from ..settings import WorldSettings
from ..tables import Tables
from .links import find_links, moments


def blank_tables(log: Interactions, s: WorldSettings) -> Tables:
    """Tables ``(V+1,)``, ``(Z, V+1)`` with what can be read off ``log``; strengths are 1, the rest is 0."""
    successor, called = find_links(log, s)
    named = log.item_features.get("category", np.full(log.n_items + 1, "one"))
    category = np.full(log.n_items + 1, -1)
    category[1:] = np.unique(named[1:], return_inverse=True)[1]
    nothing, types = torch.zeros(log.n_items + 1, dtype=torch.float64), torch.zeros(s.types).double()
    return Tables(
        successor=successor,
        called=called,
        succession=(successor > 0).double(),
        trigger=(called > 0).double(),
        taste=types[:, None] + nothing,
        popularity=nothing,
        drift=nothing,
        prior=types + 1 / s.types,
        category=torch.from_numpy(category),
        part=nothing.long(),
        family=nothing.long(),
        log_price=nothing,
        budget=types,
        weekend=nothing + 1,
        session_end=types + 0.5,
        arrival=_arrivals(log) if s.new_share else nothing - torch.inf,
        lure=nothing,
    )


def _arrivals(log: Interactions) -> Tensor:
    """``(V+1,)``: two mean gaps before an item's first sight; -inf where that is before the log's start."""
    arrival = np.full(log.n_items + 1, -np.inf)
    times = moments(log)
    end = times.max()
    for item in range(1, log.n_items + 1):
        seen = times[log.items == item]
        if len(seen):
            moment = seen.min() - 2 * (end - seen.min()) / len(seen)
            arrival[item] = moment if moment > times.min() else -np.inf
    return torch.from_numpy(arrival)
