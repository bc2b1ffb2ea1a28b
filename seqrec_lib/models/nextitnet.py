"""NextItNet (Yuan et al. 2019): causal convolutions with holes, so that few layers reach far back.

Sizes: ``B`` batch, ``T`` steps, ``D`` width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from ..data.batch import Batch
from .next_item import NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class NextItNetSettings(NextItemSettings):
    """Settings of :class:`NextItNet`.

    Attributes:
        layers: residual blocks, of two convolutions each. kernel: how many steps a filter reads.
        cycle: block i, from 0, has dilations l and 2 l with l = 2 ** (i % cycle).
    """

    layers: int = 4
    kernel: int = 3
    cycle: int = 2

    def dilations(self) -> list[int]:
        """Of each convolution, first to last: two a block."""
        return [2 ** (block % self.cycle) * times for block in range(self.layers) for times in (1, 2)]

    def reach(self) -> int:
        """How many of the newest items a state can depend on: 1 + (kernel - 1) times the sum of dilations."""
        return 1 + (self.kernel - 1) * sum(self.dilations())

    def build(self) -> NextItNet:
        return NextItNet(self)


class CausalConvolution(nn.Module):
    """Step t reads steps t, t - dilation, t - 2 dilation, ...; in front of the first step there are zeros."""

    def __init__(self, dim: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.before = (kernel - 1) * dilation
        self.filters = nn.Conv1d(dim, dim, kernel, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, T, D)`` -> ``(B, T, D)``."""
        padded = F.pad(x.transpose(1, 2), (self.before, 0))  # (B, D, before + T)
        return self.filters(padded).transpose(1, 2)


class ConvolutionBlock(nn.Module):
    """x + ReLU(norm(conv_2l(ReLU(norm(conv_l(x)))))): the block of the published code (``ops.py``).

    The paper has a second one, a bottleneck of three convolutions, which the code does not use by default.
    """

    def __init__(self, dim: int, kernel: int, dilations: tuple[int, int]) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(CausalConvolution(dim, kernel, each) for each in dilations)
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in dilations)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, T, D)`` -> ``(B, T, D)``."""
        out = x
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            out = norm(convolution(out)).relu()
        return x + out


class NextItNet(NextItemModel):
    """Item vectors, residual blocks of causal convolutions, dot products with the item vectors.

    The published code (fajieyuan/nextitnet) has an output table of its own (``tied`` False gives one) and
    trains padding as if it were items; here padding is no target.
    """

    settings: NextItNetSettings

    def __init__(self, settings: NextItNetSettings) -> None:
        super().__init__(settings)
        s = settings
        steps = s.dilations()
        self.blocks = nn.ModuleList(
            ConvolutionBlock(s.dim, s.kernel, (steps[2 * i], steps[2 * i + 1])) for i in range(s.layers)
        )
        self.dropout = nn.Dropout(s.dropout)
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """As the frame's; convolutions have no weights to show."""
        states = self.dropout(self.item_vectors(batch))  # (B, T, D)
        for block in self.blocks:
            states = block(states)
        return states, []


RECIPES = {
    "nextitnet": Recipe(
        "NextItNet: residual blocks of causal convolutions with holes, full cross-entropy",
        "Yuan et al. 2019",
        NextItNetSettings,
        {},
        USUAL_TRAINING,
    ),
}
