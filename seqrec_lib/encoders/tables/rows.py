"""Whole numbers with one scale a row: symmetric quantisation (Jacob et al. 2018, section 2.1, with z = 0).

Sizes: ``N`` rows, ``D`` width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...messages import InputError


def quantise(weight: Tensor, bits: int = 8) -> tuple[Tensor, Tensor]:
    """``(q (N, D) int8, scale (N, 1))``: q = round(w / scale), scale = max |w| of the row / (2^(bits-1) - 1).

    The lowest whole number, -2^(bits-1), is not used: then 0 is 0 and a sign change loses nothing. A row of
    zeros has scale 1.

    Raises:
        InputError: bits outside 2 to 8, or a number that is not finite.
    """
    if not 2 <= bits <= 8:
        raise InputError(f"bits is {bits}: int8 holds 2 to 8")
    if not bool(torch.isfinite(weight).all()):
        row = int((~torch.isfinite(weight)).nonzero()[0, 0])
        raise InputError(f"row {row} of the table holds a number that is not finite: train the model again")
    top = 2 ** (bits - 1) - 1
    scale = weight.abs().amax(1, keepdim=True) / top
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    return (weight / scale).round().clamp(-top, top).to(torch.int8), scale


def dequantise(q: Tensor, scale: Tensor) -> Tensor:
    """``(..., D)``: q * scale, in the scale's precision."""
    return q.to(scale.dtype) * scale


def pack_pairs(q: Tensor) -> Tensor:
    """Two 4-bit numbers a byte: ``(N, D) -> (N, D/2)`` uint8, the even column in the low half.

    Raises:
        InputError: an odd width, or a number outside -8 to 7.
    """
    if q.shape[1] % 2:
        raise InputError(f"dim is {q.shape[1]}: two numbers share a byte, so it must be even")
    if q.numel() and (int(q.min()) < -8 or int(q.max()) > 7):
        raise InputError("four bits hold -8 to 7: quantise with bits=4")
    shifted = (q + 8).to(torch.uint8)
    return shifted[:, ::2] | (shifted[:, 1::2] << 4)


def unpack_pairs(packed: Tensor) -> Tensor:
    """The inverse of :func:`pack_pairs`: ``(..., D/2) -> (..., D)`` int8."""
    both = torch.stack([packed & 15, packed >> 4], dim=-1).flatten(-2)
    return both.to(torch.int8) - 8


def bytes_of_rows(rows: int, dim: int, bits: int, scale_bytes: int = 4) -> int:
    """Bytes of a table with ``bits`` a number and one scale a row."""
    return rows * (dim * bits // 8 + scale_bytes)
