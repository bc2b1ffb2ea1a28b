"""Positions as distances: ways to tell attention how far back a key stands.

Sizes: ``B`` batch, ``H`` heads, ``T`` steps, ``D`` width, ``d`` numbers a head. The distance is t - j.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..messages import InputError, unknown
from .layers import SelfAttention

RELATIVE = ("buckets", "alibi", "rope")
EXACT, BUCKETS, FAR = 8, 24, 128


def distances(steps: int, device: torch.device | None = None) -> Tensor:
    """``(T, T)`` int64: t - j, and 0 where j > t; the mask closes those."""
    step = torch.arange(steps, device=device)
    return (step[:, None] - step[None, :]).clamp(min=0)


def bucket(distance: Tensor, exact: int = EXACT, buckets: int = BUCKETS, far: int = FAR) -> Tensor:
    """The bucket of each distance, int64 (Raffel et al. 2020, section 2.1, looking back only).

    Distances below ``exact`` have a bucket each. The others share ``buckets - exact``, which grow like
    powers; all from ``far`` on share the last one.
    """
    share = (distance.clamp(min=exact).double() / exact).log() / math.log(far / exact)
    wide = exact + (share * (buckets - exact)).long()
    return torch.where(distance < exact, distance, wide.clamp(max=buckets - 1))


def alibi_slopes(heads: int) -> Tensor:
    """``(H,)``: 2^(-8/H), 2^(-16/H), ... (Press et al. 2022, section 3, where H is a power of two)."""
    return 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads)


def alibi_bias(heads: int, steps: int) -> Tensor:
    """``(H, T, T)``: minus slope times distance. Nothing is learned."""
    return -alibi_slopes(heads)[:, None, None] * distances(steps)


def rotate(x: Tensor, base: float = 10_000.0) -> Tensor:
    """Turn each pair of numbers of ``x`` ``(..., T, d)`` by an angle that grows with the step.

    Pair i of step t turns by t / base^(2i/d), with i from 0 (Su et al. 2021), so that the dot
    product of a turned query and a turned key depends on t - j. Number i is paired with number i + d/2.
    """
    steps, d = x.shape[-2:]
    pace = base ** (-torch.arange(0, d, 2, device=x.device, dtype=torch.float64) / d)  # (d/2,)
    angle = torch.arange(steps, device=x.device)[:, None] * pace  # (T, d/2)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x.chunk(2, dim=-1)  # (..., T, d/2) each
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


class Turned(nn.Linear):
    """A linear layer whose output is turned, head by head: ``(B, T, D)`` -> ``(B, T, D)``."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__(dim, dim)
        self.heads = heads

    def forward(self, input: Tensor) -> Tensor:
        made = super().forward(input)
        b, t, dim = made.shape
        heads = made.view(b, t, self.heads, -1).transpose(1, 2)  # (B, H, T, d)
        return rotate(heads).transpose(1, 2).reshape(b, t, dim)  # (B, T, D)


class RelativeAttention(SelfAttention):
    """Scaled causal self-attention, with values of its own, that knows distances in one of three forms.

    - ``buckets``: a learned number a head for each :func:`bucket` of distances.
    - ``alibi``: a penalty that grows with the distance, at a slope that is fixed for each head.
    - ``rope``: queries and keys are turned by :func:`rotate`; no number is learned.

    A number for *each* distance is ``SelfAttention(distance=...)``.

    Raises:
        InputError: an unknown form, heads that do not divide dim, or ``rope`` with an odd d.
    """

    def __init__(self, dim: int, heads: int, form: str) -> None:
        if form not in RELATIVE:
            raise InputError(unknown("relative form", form, RELATIVE))
        super().__init__(dim, heads, project_values=True, distance=BUCKETS if form == "buckets" else 0)
        self.told_by = form
        if form == "alibi":  # a bias that is not learned: no parameter, and made anew when loaded
            del self.distance
            self.register_buffer("distance", alibi_slopes(heads)[:, None], persistent=False)
        if form == "rope":
            if dim // heads % 2:
                raise InputError(
                    f"rope turns pairs, and heads of {dim // heads} numbers do not split into pairs"
                )
            self.query, self.key = Turned(dim, heads), Turned(dim, heads)

    def distance_bias(self, steps: int) -> Tensor | None:
        """``(H, T, T)``, or None with ``rope``."""
        if self.distance is None:
            return None
        away = distances(steps, self.distance.device)
        if self.told_by == "alibi":
            return -self.distance[:, :, None] * away
        return self.distance[:, bucket(away)]
