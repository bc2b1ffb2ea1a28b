"""Would the explanation be the same if the model had learned nothing? Then it does not explain the model.

The test of random weights of Adebayo et al. (2018).
"""

from __future__ import annotations

import copy

import torch
from torch import nn

from ..messages import InputError
from ..models.recommender import Recommender


def with_random_weights(model: Recommender, seed: int = 0) -> Recommender:
    """A copy of ``model`` in which each weight has been shuffled: the same numbers, in no order.

    Shuffling keeps each tensor's mean and spread, so that only what was learned is lost. The row of padding
    stays zero.

    Raises:
        InputError: the model has no weights.
    """
    if not isinstance(model, nn.Module):
        raise InputError("this model has no weights to shuffle")
    generator = torch.Generator().manual_seed(seed)
    other = copy.deepcopy(model)
    padded = {id(m.weight) for m in other.modules() if isinstance(m, nn.Embedding) and m.padding_idx == 0}
    with torch.no_grad():
        for weight in other.parameters():
            part = weight[1:] if id(weight) in padded else weight
            order = torch.randperm(part.numel(), generator=generator).to(weight.device)
            part.copy_(part.flatten()[order].view_as(part))
    return other
