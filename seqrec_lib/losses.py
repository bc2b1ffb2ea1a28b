"""Losses for the next item.

Every loss takes the states of real steps and the item matrix, never a full table of logits it was
handed, so that large catalogues stay possible. Sizes: ``N`` real steps, ``D`` width, ``V`` items.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def cross_entropy(
    hidden: Tensor,
    targets: Tensor,
    item_matrix: Tensor,
    generator: torch.Generator | None = None,
    negatives: int = 0,
) -> Tensor:
    """Full cross-entropy: mean over steps of -log softmax(scores)[target], over all V items.

    Args:
        hidden: ``(N, D)``. targets: ``(N,)``, 1 to V. item_matrix: ``(V+1, D)``; padding, row 0,
            is no class. generator, negatives: not used; they are there so that losses are called alike.
    """
    return F.cross_entropy(hidden @ item_matrix[1:].T, targets - 1)


def binary_cross_entropy(
    hidden: Tensor,
    targets: Tensor,
    item_matrix: Tensor,
    generator: torch.Generator | None = None,
    negatives: int = 1,
) -> Tensor:
    """BCE with sampled negatives (Kang & McAuley 2018, section III-E).

    For each step: -log sigmoid(score of the target) - mean over the negatives of
    log(1 - sigmoid(score)). Negatives are uniform over the items other than the target.

    Raises ValueError: fewer than 1 negative, or no second item to draw one from.
    """
    n, v = len(targets), len(item_matrix) - 1
    if negatives < 1 or v < 2:
        raise ValueError(f"{negatives} negatives from {v} items: BCE needs at least 1 negative and 2 items")
    draw = torch.randint(1, v, (n, negatives), generator=generator).to(targets.device)
    draw = draw + (draw >= targets[:, None])  # step over the target: uniform over the other V - 1
    positive = (hidden * item_matrix[targets]).sum(-1)  # (N,)
    negative = (item_matrix[draw] @ hidden[:, :, None]).squeeze(-1)  # (N, negatives)
    return (F.softplus(-positive) + F.softplus(negative).mean(1)).mean()


LOSSES = {"ce": cross_entropy, "bce": binary_cross_entropy}
