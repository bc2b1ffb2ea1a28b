"""The lists that users would be shown: what coverage and novelty look at, and accuracy never does."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.batch import Cases
from .metrics import allowed_items, top_items
from .ranking import check_items, place_model


@torch.no_grad()
def top_lists(model, cases: Cases, k: int = 10, batch_size: int = 256) -> Tensor:
    """``(N, k)`` int64 on the CPU: each case's ``k`` best items, best first; 0 where fewer are left.

    Items of the case's own history are left out unless the log has repeats. The target gets no favour:
    it stands in the list only where the model puts it.

    Raises:
        ValueError: k is larger than the catalogue, or an item of a history is not in it.
    """
    device = place_model(model, None)
    check_items(cases.batch, None)
    training = getattr(model, "training", False)
    if training:
        model.eval()
    lists = []
    try:
        for part in cases.batches(batch_size):
            part = part.to(device)
            scores = model.score(part.batch)  # (B, V+1)
            allowed = allowed_items(scores, None if part.repeats else part.seen())
            lists.append(top_items(scores, k, allowed).cpu())
    finally:
        if training:
            model.train()
    return torch.cat(lists)
