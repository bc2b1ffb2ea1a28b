"""What attention looked at, beside what really called for the next item.

Sizes: ``N`` histories, ``H`` heads, ``T`` steps. Attention weights show what a model reads, not why
it decides (Jain & Wallace 2019; Wiegreffe & Pinter 2019). After an encoder there is one more
catch: the state at step j + 1 still carries item j, so a weight on j + 1 may mean item j.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import message
from ..models.recommender import Attentive, place_model, steps_added
from .asking import asked


def last_weights(model: Attentive, batch: Batch, size: int = 256, layer: int = -1) -> Tensor:
    """The row of attention that asks for the next item: ``(N, H, T)``, on the CPU, dropout off.

    That is the last real row. A model that adds a step to ask with has that step's, and ``T`` is one more.
    ``layer`` picks a layer of attention, from 0; -1 is the last.
    """
    device = place_model(model, None)
    found = []
    with asked(model):
        for first in range(0, len(batch), size):
            part = batch.rows(slice(first, first + size)).to(device)
            weights = model.attention_weights(part, layer)  # (B, H, T, T)
            asking = replace(part, lengths=part.lengths + steps_added(model))
            found.append(asking.last(weights.transpose(1, 2)).cpu())  # (B, T, H, T) -> (B, H, T)
    return torch.cat(found)


def by_distance_mean(weights: Tensor, lengths: Tensor, longest: int = 20) -> list[float]:
    """Mean of ``weights`` ``(N, T)`` by distance from the request: entry 0 is the last item."""
    means = []
    for distance in range(1, longest + 1):
        place = lengths - distance
        enough = place >= 0
        if not bool(enough.any()):
            break
        means.append(float(weights[enough, place[enough]].double().mean()))
    return means


def cause_report(
    weights: Tensor, posterior: Tensor, predictive: Tensor, lengths: Tensor, sure: float = 0.9
) -> pd.DataFrame:
    """How much weight lies on the event that called for the next item, where that is beyond doubt.

    Only histories count where one past event has a responsibility of at least ``sure``. Three
    yardsticks stand beside the heads: the same weight everywhere, all weight on the most recent
    item, and the oracle's own share, which cannot be sure either before it sees the item.

    Args:
        weights: ``(N, H, T)``. posterior, predictive: ``(N, T+1)``, from the world; the last
            column is "none". lengths: ``(N,)``.

    Returns:
        A table: who looks, mean weight on the cause when that is the last item, when it lies
        further back, and the number of such histories in the column names' order.
    """
    share, cause = posterior[:, :-1].max(1)
    clear = share >= sure
    row = torch.arange(len(lengths))
    real = torch.arange(weights.shape[-1]) < lengths[:, None]
    ahead = predictive[:, :-1]
    lookers = {message("head {h}", h=h + 1): weights[:, h] for h in range(weights.shape[1])}
    lookers[message("same weight everywhere")] = real / lengths[:, None]
    lookers[message("the last item only")] = torch.nn.functional.one_hot(lengths - 1, weights.shape[-1])
    lookers[message("the oracle, looking ahead")] = ahead / ahead.sum(1, keepdim=True).clamp(min=1e-12)
    recent = cause == lengths - 1
    rows = []
    for name, weight in lookers.items():
        on_cause = weight[row, cause].double()
        rows.append((name, *(float(on_cause[clear & part].mean()) for part in (recent, ~recent))))
    columns = [
        message("who looks"),
        message("weight on the cause: last item ({n})", n=int((clear & recent).sum())),
        message("weight on the cause: further back ({n})", n=int((clear & ~recent).sum())),
    ]
    return pd.DataFrame(rows, columns=columns)
