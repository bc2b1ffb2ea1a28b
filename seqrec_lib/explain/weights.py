"""Explanations that read attention: the last row of weights, and rollout through all layers.

Sizes: ``B`` histories, ``H`` heads, ``T`` events.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.batch import Batch
from ..evaluation.asking import asked
from ..evaluation.causes import last_weights
from ..messages import InputError
from ..models.recommender import Attentive, layers_of, place_model, steps_added


def attention(model: Attentive, batch: Batch, layer: int = -1) -> Tensor:
    """The weights with which the request reads each event, mean over heads: ``(B, T)`` float64."""
    check_attentive(model)
    return last_weights(model, batch, layer=layer).double().mean(1)


def rollout(model: Attentive, batch: Batch) -> Tensor:
    """Weights followed down through all layers, the product of (A + I) / 2: ``(B, T)``.

    Abnar & Zuidema (2020). The half is the residual connection, which carries each step past the layer. A is
    the mean over heads.
    """
    check_attentive(model)
    device = place_model(model, None)
    with asked(model):
        flow = None
        for layer in range(layers_of(model)):
            weights = model.attention_weights(batch.to(device), layer).double().mean(1).cpu()  # (B, T, T)
            mixed = (weights + torch.eye(weights.shape[1], dtype=torch.float64)) / 2
            mixed = mixed / mixed.sum(-1, keepdim=True).clamp(min=1e-12)  # rows of padding have no weights
            flow = mixed if flow is None else mixed @ flow
    assert flow is not None  # there is a layer
    return batch.last(flow) * batch.mask()


def check_attentive(model: object) -> None:
    """Raise InputError when ``model`` has no weights, or when they are not of its events alone."""
    if not layers_of(model):
        raise InputError("this model has no attention to read: use occlusion, which asks any model")
    if steps_added(model):
        raise InputError(
            "this model asks with a step of its own, so its weights are not of events alone: use occlusion"
        )
