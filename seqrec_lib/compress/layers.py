"""Linear layers in whole numbers. Sizes: ``N`` rows, ``F`` numbers in, ``G`` numbers out."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..encoders.tables import dequantise, quantise
from ..messages import InputError, unknown

WAYS = ("weight-only", "dynamic")


class Int8Linear(nn.Module):
    """``nn.Linear`` with a byte a weight and one scale an output.

    ``weight-only``: weights become floats again at each call, and states stay floats. ``dynamic``: states are
    quantised too, a row at a time, and whole numbers are multiplied (their sums are int32).
    """

    q: Tensor
    scale: Tensor

    def __init__(self, layer: nn.Linear, way: str = "weight-only") -> None:
        super().__init__()
        if way not in WAYS:
            raise InputError(unknown("way", way, WAYS))
        self.way = way
        q, scale = quantise(layer.weight.detach())
        self.register_buffer("q", q)
        self.register_buffer("scale", scale)
        self.bias = None if layer.bias is None else nn.Parameter(layer.bias.detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        """``(..., F) -> (..., G)``."""
        if self.way == "weight-only":
            return F.linear(x, dequantise(self.q, self.scale), self.bias)
        rows = x.reshape(-1, x.shape[-1])
        asked, scale = quantise(rows)
        found = (torch._int_mm(asked, self.q.T).to(x.dtype) * scale * self.scale.T).view(*x.shape[:-1], -1)
        return found if self.bias is None else found + self.bias


def quantise_layers(model: nn.Module, way: str = "weight-only") -> nn.Module:
    """A copy of ``model`` in which each ``nn.Linear`` that is called as a layer is an :class:`Int8Linear`.

    Tables of items and recurrent layers stay as they are.

    Raises:
        InputError: there is no such layer, or an unknown way.
    """
    made = copy.deepcopy(model)
    found = 0
    for parent in list(made.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Linear:
                setattr(parent, name, Int8Linear(child, way))
                found += 1
    if not found:
        raise InputError("this model has no linear layer to quantise: its weights are tables and recurrences")
    return made.eval()
