"""Dice (Zhou et al. 2018, section 5.3): a PReLU whose bend moves with the data. Sizes: ``D`` features."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Dice(nn.Module):
    """p(s) s + (1 - p(s)) alpha s, with p(s) = sigmoid((s - mean) / sqrt(variance + eps)), by feature.

    Mean and variance are those of the batch in training, and running ones at test, so that an answer does
    not depend on who else asks. (The authors' code gives its normalising layer no training flag, so that
    its running numbers never move; its alpha starts at 0, and beta multiplies what is in the sigmoid.)

    Args:
        features: D. eps: as in the paper. momentum: how much of the running numbers one batch replaces.
        alpha: where the learned slope starts, as in PyTorch's PReLU.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, features: int, eps: float = 1e-8, momentum: float = 0.1, alpha: float = 0.25) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.alpha = nn.Parameter(torch.full((features,), alpha))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("variance", torch.ones(features))

    def forward(self, s: Tensor, real: Tensor | None = None) -> Tensor:
        """``(..., D) -> (..., D)``.

        Args:
            real: ``(...)`` bool, or None. Where it is False there is padding: its values are passed on,
                but do not count in the batch's mean and variance.
        """
        rows = s.flatten(0, -2) if real is None else s[real]  # (N, D)
        mean, variance = self.mean, self.variance
        if self.training and len(rows):
            mean, variance = rows.mean(0), rows.var(0, unbiased=False)  # (D,) each
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.variance.lerp_(variance, self.momentum)
        p = ((s - mean) / (variance + self.eps).sqrt()).sigmoid()  # (..., D)
        return p * s + (1 - p) * self.alpha * s
