"""What a loss is told of the training data before the first batch. Size: ``V`` items."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial

from torch import Tensor

from ..data.splits import Split
from .sampled import item_shares


def with_popularity(loss: Callable[..., Tensor], split: Split) -> Callable[..., Tensor]:
    """``loss``; one with a parameter ``popularity`` is given each item's share of the training targets."""
    try:
        asks = "popularity" in inspect.signature(loss).parameters
    except (TypeError, ValueError):  # some callables do not tell their parameters
        asks = False
    if not asks:
        return loss
    assert split.train.targets is not None  # training rows have them
    return partial(loss, popularity=item_shares(split.train.targets, split.log.n_items))
