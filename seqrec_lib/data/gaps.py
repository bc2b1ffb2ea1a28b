"""Time between events, on a scale that a model can use."""

from __future__ import annotations

import torch
from torch import Tensor

from .errors import DataError
from .sequences import Batch


def log_gaps(batch: Batch, unit: float = 60.0) -> Tensor:
    """``(B, T)`` float32: log(1 + gap / unit), the gap since the step before; 0 at step 0 and at padding.

    Gaps run from seconds to months. Their logarithm spreads them evenly, and log(1 + x) stays 0 for rows
    with the same time.

    Args:
        unit: seconds that count as one; a minute by default.

    Raises:
        DataError: the batch has no times, or times that fall. ValueError: ``unit`` is not above 0.
    """
    if batch.times is None:
        raise DataError("this batch has no times: gaps need a log with a time column")
    if not unit > 0:
        raise ValueError(f"unit is {unit} seconds: it must be above 0")
    gap = torch.zeros_like(batch.times)
    gap[:, 1:] = batch.times[:, 1:] - batch.times[:, :-1]
    gap = torch.where(batch.mask(), gap, torch.zeros_like(gap))
    if bool((gap < 0).any()):
        row, step = (gap < 0).nonzero()[0].tolist()
        raise DataError(f"row {row}: the time falls at step {step}: sort each user's events by time first")
    return torch.log1p(gap / unit).float()
