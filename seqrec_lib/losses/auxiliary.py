"""DIEN's auxiliary loss (Zhou et al. 2019, section 4.2): each state is to know the click that follows it.

Sizes: ``B`` histories, ``T`` steps, ``D`` width.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def auxiliary_loss(states: Tensor, vectors: Tensor, negatives: Tensor, lengths: Tensor) -> Tensor:
    """Mean over real pairs of -log sigmoid(h_t . e_{t+1}) - log(1 - sigmoid(h_t . e'_{t+1})).

    A pair is real where step t + 1 is, so padding adds nothing and is not counted. (The authors' code
    takes the mean over all ``B * T`` places, so there its weight depends on how a batch was padded.)

    Args:
        states: ``(B, T, D)``, what the GRU knows after each step. vectors: ``(B, T, D)``, the item of each
            step. negatives: ``(B, T, D)``, an item of each step that was not the one.
        lengths: ``(B,)``.

    Returns:
        A number; 0 where no history has two steps.
    """
    step = torch.arange(1, states.shape[1], device=states.device)
    real = step < lengths[:, None]  # (B, T-1)
    before = states[:, :-1]  # (B, T-1, D)
    fits = (before * vectors[:, 1:]).sum(-1)[real]  # (N,)
    other = (before * negatives[:, 1:]).sum(-1)[real]
    return -(F.logsigmoid(fits) + F.logsigmoid(-other)).sum() / max(1, len(fits))
