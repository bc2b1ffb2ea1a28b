"""Numbers about a log or a batch: the future that leaks, the cells that padding wastes, the gaps in time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import torch
from torch import Tensor

from ..messages import InputError
from .batch import Batch, Cases
from .errors import DataError
from .interactions import Interactions

if TYPE_CHECKING:
    from .splits import Split


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


def met_before(cases: Cases) -> Tensor:
    """``(N,)`` bool: the item that is asked for stands in the case's own history already.

    Where seen items leave the ranking, such a target has fewer rivals than others: it stays, and the other
    items of the history go.
    """
    row, item = cases.seen()
    again = torch.zeros(len(cases), dtype=torch.bool, device=cases.target.device)
    again[row[item == cases.target[row]]] = True
    return again


def without_rivals(cases: Cases, n_items: int) -> int:
    """How many cases leave no item to rank beside the target: every other one stands in their history.

    Whatever a model says, each metric of such a case is 1.
    """
    if cases.repeats or not len(cases) or int((cases.stop - cases.start).max()) < n_items - 1:
        return 0
    row, item = cases.seen()
    others = item != cases.target[row]
    seen = torch.unique(row[others] * (n_items + 1) + item[others]) // (n_items + 1)
    return int((torch.bincount(seen, minlength=len(cases)) == n_items - 1).sum())


class Lost(TypedDict):
    """What a split leaves untrained or untested, as counts (:func:`lost_in`)."""

    trained_targets: int
    untrained_targets: int
    items_never_trained: int
    test_targets_never_trained: int
    users_not_tested: int


def lost_in(split: Split) -> Lost:
    """What of its log a split never trains on, or never tests.

    Returns:
        ``trained_targets``: steps of the training part that are predicted. ``untrained_targets``: the others,
        older than the newest ``max_len`` of their user. ``items_never_trained``: items of the log that no
        training row holds, as input or target. ``test_targets_never_trained``: test cases that ask for one.
        ``users_not_tested``: users of the log without a test case.
    """
    targets, log = split.train.targets, split.train_log
    assert targets is not None  # every training row of a split has them
    counts = np.bincount(log.users, minlength=log.n_users)
    trained = int((targets > 0).sum())
    met = torch.zeros(log.n_items + 1, dtype=torch.bool)
    met[split.train.items.flatten()] = True
    met[targets.flatten()] = True
    tested = split.test.batch.users
    return Lost(
        trained_targets=trained,
        untrained_targets=int(np.maximum(counts - 1, 0).sum()) - trained,
        items_never_trained=int((~met[1:]).sum()),
        test_targets_never_trained=int((~met[split.test.target]).sum()),
        users_not_tested=0 if tested is None else log.n_users - len(torch.unique(tested)),
    )


def padding_share(lengths: Iterable[Tensor]) -> float:
    """The share of padded cells over all batches, each as wide as its longest row.

    Args:
        lengths: for each batch, ``(B,)`` the lengths of its rows.

    Raises:
        InputError: there is no row.
    """
    real = cells = 0
    for part in lengths:
        if len(part):
            real += int(part.sum())
            cells += len(part) * int(part.max())
    if not cells:
        raise InputError("no rows: give the lengths of at least one batch")
    return 1 - real / cells


def log_gaps(batch: Batch, unit: float = 60.0) -> Tensor:
    """``(B, T)`` float32: log(1 + gap / unit), the gap since the step before; 0 at step 0 and at padding.

    Gaps run from seconds to months. Their logarithm spreads them evenly, and log(1 + x) stays 0 for rows
    with the same time.

    Args:
        unit: seconds that count as one; a minute by default.

    Raises:
        DataError: the batch has no times, or times that fall. InputError: ``unit`` is not above 0.
    """
    if batch.times is None:
        raise DataError("this batch has no times: gaps need a log with a time column")
    if not unit > 0:
        raise InputError(f"unit is {unit} seconds: it must be above 0")
    gap = torch.zeros_like(batch.times)
    gap[:, 1:] = batch.times[:, 1:] - batch.times[:, :-1]
    gap = torch.where(batch.mask(), gap, torch.zeros_like(gap))
    if bool((gap < 0).any()):
        row, step = (gap < 0).nonzero()[0].tolist()
        raise DataError(f"row {row}: the time falls at step {step}: sort each user's events by time first")
    return torch.log1p(gap / unit).float()
