"""What a user says about events, taken into account: "that was not me", "less of this".

Sizes: ``B`` histories, ``T`` steps, ``H`` heads, ``V`` items, ``F`` flagged items, ``D`` width.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..attention import SelfAttention
from ..data.batch import Batch
from ..messages import InputError
from .absent import keep_only

LEAST = 1e-30  # its logarithm is -69: no weight is left, and no row is masked whole


def not_me(batch: Batch, flags: Tensor, max_len: int | None = None) -> Batch:
    """Histories without the events that are flagged, ``(B, T)`` bool; the newest ``max_len`` of what is left.

    Any model can read that. A history that is flagged whole keeps its last event, since a model needs one.
    """
    keep = ~flags
    empty = ~(keep & batch.mask()).any(1)
    keep[empty, batch.lengths[empty] - 1] = True
    left = keep_only(batch, keep)
    if max_len is None or left.items.shape[1] <= max_len:
        return left
    place = torch.arange(left.items.shape[1])
    return keep_only(left, place >= left.lengths[:, None] - max_len)


@contextmanager
def events_weighted(model: nn.Module, weights: Tensor) -> Iterator[None]:
    """Inside the block each event's weight of attention is multiplied by ``weights`` ``(B, T)``.

    Its log is added to the scores of the key in every layer, before the softmax. 1 changes nothing, 0.5 asks
    for "less of this", 0 hides the key. An encoder below attention still reads the event: a recurrent state
    that has seen it cannot unsee it, and a Transformer's own residual keeps it at its own step.

    Raises:
        InputError: the model has no attention of the book's own kind.
    """
    layers = [part for part in model.modules() if isinstance(part, SelfAttention)]
    if not layers:
        raise InputError("this model has no attention to weigh events in: take them out with not_me")
    bias = weights.clamp(min=LEAST).log()[:, None, None, :]  # (B, 1, 1, T)

    def add(
        _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        states = args[0]
        own = bias.to(states).expand(-1, -1, states.shape[1], -1)  # (B, 1, T, T)
        if kwargs.get("bias") is not None:
            own = own + kwargs["bias"]
        return args, {**kwargs, "bias": own}

    handles = [layer.register_forward_pre_hook(add, with_kwargs=True) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def less_like(scores: Tensor, matrix: Tensor, flagged: Tensor, strength: float = 1.0) -> Tensor:
    """Scores ``(B, V+1)`` less ``strength`` times how like an item is to the flagged ones.

    Likeness is the cosine to the nearest flagged item, and nothing where it is below 0. It needs no history
    and works after any model with item vectors.

    Args:
        matrix: ``(V+1, D)``, item vectors. flagged: ``(B, F)`` items, 0 for none.
    """
    unit = F.normalize(matrix, dim=1)
    alike = torch.einsum("vd,bfd->bfv", unit, unit[flagged])  # (B, F, V+1)
    alike = alike.masked_fill((flagged == 0)[:, :, None], 0.0).clamp(min=0)
    return scores - strength * alike.max(1).values
