"""How much of its future a test case can see through the training log."""

from __future__ import annotations

import numpy as np

from .errors import DataError
from .interactions import Interactions


def later_share(train_log: Interactions, query_times: np.ndarray) -> np.ndarray:
    """For each request ``(B,)``, the share of the training log that happened at its time or after.

    0 is what a service could know. Under leave-one-out it is large, because users end at different
    times (Ji et al. 2023).

    Raises:
        DataError: the training log has no times, or no rows.
    """
    if train_log.times is None or not len(train_log):
        raise DataError(f"{train_log.name}: a training log with times is needed: name its time column")
    order = np.sort(train_log.times)
    before = np.searchsorted(order, np.asarray(query_times, dtype=np.float64), side="left")
    return 1 - before / len(order)
