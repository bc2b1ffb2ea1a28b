"""What padding costs: the share of a batch's cells that hold no item."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor


def padding_share(lengths: Iterable[Tensor]) -> float:
    """The share of padded cells over all batches, each as wide as its longest row.

    Args:
        lengths: for each batch, ``(B,)`` the lengths of its rows.

    Raises:
        ValueError: there is no row.
    """
    real = cells = 0
    for part in lengths:
        if len(part):
            real += int(part.sum())
            cells += len(part) * int(part.max())
    if not cells:
        raise ValueError("no rows: give the lengths of at least one batch")
    return 1 - real / cells
