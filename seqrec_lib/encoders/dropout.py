"""Dropout whose random bits are drawn eight numbers at a time."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..messages import InputError


class Dropout(nn.Module):
    """Set a share ``p`` of the numbers to 0 while training and scale the rest, so that the mean stays.

    On a CPU, PyTorch draws its chances one after another, and in a small Transformer that took a
    seventh of the training time. Here each random byte decides about one number, so ``p`` is rounded
    to a multiple of 1/256 (``share`` says to what). On a GPU this is PyTorch's own dropout.

    Raises:
        InputError: ``p`` is below 0, or rounds to 1.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p, self.kept = p, round((1 - p) * 256)
        if not 1 <= self.kept <= 256:
            raise InputError(f"dropout is {p}: it must be at least 0 and below 1")

    @property
    def share(self) -> float:
        """The share of numbers that is dropped on a CPU."""
        return 1 - self.kept / 256

    def forward(self, x: Tensor) -> Tensor:
        """``x`` of any shape -> the same shape."""
        if not self.training or self.kept == 256:
            return x
        if not x.is_cpu:
            return nn.functional.dropout(x, self.p)
        words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64)
        words.random_(torch.iinfo(torch.int64).min, None)  # every one of the 64 bits by chance
        chance = words.view(torch.uint8)[: x.numel()].view(x.shape)
        keep = torch.empty_like(x, requires_grad=False)
        torch.lt(chance, self.kept, out=keep)  # 1 or 0, written as numbers at once
        return x * keep.mul_(256 / self.kept)

    def extra_repr(self) -> str:
        return f"p={self.p}"
