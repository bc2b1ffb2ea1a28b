"""A log in portions of whole users, so that sequences are made without holding all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..data.interactions import Interactions
from ..messages import InputError


def portions(log: Interactions, rows: int) -> Iterator[Interactions]:
    """Yield ``log`` in portions of about ``rows`` rows; no user is cut in two.

    Each portion numbers its users from 0 and keeps the numbers of all items, so that models and splits of
    the portions fit together. A user with more than ``rows`` rows is a portion alone.

    Raises:
        InputError: ``rows`` is below 1.
    """
    if rows < 1:
        raise InputError(f"rows is {rows}: it must be at least 1")
    ends = log.offsets[1:]  # (U,)
    first = 0
    while first < log.n_users:
        start = int(log.offsets[first])
        last = max(first + 1, int(np.searchsorted(ends, start + rows, side="right")))
        part = slice(start, int(log.offsets[last]))
        yield replace(
            log,
            users=np.asarray(log.users[part]) - first,
            items=np.array(log.items[part]),
            times=None if log.times is None else np.array(log.times[part]),
            events=None if log.events is None else log.events[part],
            features={name: values[part] for name, values in log.features.items()},
            user_ids=log.user_ids[first:last],
        )
        first = last
