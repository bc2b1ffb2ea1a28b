"""How much of the exact list a faster index finds. Sizes: ``B`` queries, ``k`` items a list."""

from __future__ import annotations

import torch
from torch import Tensor

from ..messages import InputError


def recall_at_k(found: Tensor, exact: Tensor) -> Tensor:
    """``(B,)`` float64: the share of the ``exact`` list that stands anywhere in the ``found`` one.

    Both are ``(B, k)`` items, 0 for none. An item counts once, however often it was found. What users took
    next plays no part here: this measures the index, not the model.

    Raises:
        InputError: shapes that do not fit, or an exact list without items.
    """
    if found.dim() != 2 or exact.dim() != 2 or len(found) != len(exact):
        raise InputError(f"lists must be (B, k) each; got {tuple(found.shape)}, {tuple(exact.shape)}")
    real = exact > 0
    if bool((real.sum(1) == 0).any()):
        raise InputError("an exact list holds no item, so nothing can be found of it")
    hit = (exact[:, :, None] == found[:, None, :]).any(2) & real  # (B, k)
    return hit.sum(1).to(torch.float64) / real.sum(1)
