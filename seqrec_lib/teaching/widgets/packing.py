"""Numbers as short text: what :mod:`book/assets/toolkit/data.js` reads back."""

from __future__ import annotations

import base64

import numpy as np
import torch
from torch import Tensor


def pack_shares(values: Tensor) -> str:
    """Shares between 0 and 1, any shape, as base64 of 16-bit little-endian steps of 1/65535.

    Raises:
        ValueError: a value below 0, above 1 or not a number.
    """
    flat = values.detach().cpu().double().flatten()
    if not bool(((flat >= -1e-6) & (flat <= 1 + 1e-6)).all()):
        raise ValueError("shares must be between 0 and 1")
    steps = (flat.clamp(0, 1) * 65535).round().numpy().astype("<u2")
    return base64.b64encode(steps.tobytes()).decode("ascii")


def pack_floats(values: Tensor) -> str:
    """Any numbers as base64 of 32-bit little-endian floats.

    Raises:
        ValueError: a value that is not finite.
    """
    flat = values.detach().cpu().float().flatten()
    if not bool(torch.isfinite(flat).all()):
        raise ValueError("a number is not finite")
    return base64.b64encode(flat.numpy().astype("<f4").tobytes()).decode("ascii")


def unpack_floats(text: str) -> Tensor:
    """What :func:`pack_floats` packed, as a flat float32 tensor."""
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), dtype="<f4").astype(np.float32))


def lower_triangle(weights: Tensor) -> Tensor:
    """``(..., T, T)`` -> ``(..., T (T+1) / 2)``: row 0 gives 1 number, row t gives t + 1."""
    steps = weights.shape[-1]
    row, column = torch.tril_indices(steps, steps)
    return weights[..., row, column]
