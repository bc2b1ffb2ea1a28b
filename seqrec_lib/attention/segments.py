"""Attention over segments of a long history, each with a memory of what came before it.

Sizes: ``B`` batch, ``H`` heads, ``T`` steps, ``D`` width, ``d = D / H``, ``S`` steps a segment, ``M`` steps
of memory, ``N`` segments, ``K = M + S`` keys of a segment: its memory, oldest first, then its own steps.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..messages import InputError
from .functions import masked_softmax


def distance_vectors(count: int, dim: int, device: torch.device | None = None) -> Tensor:
    """``(count, D)`` float64: row δ is the vector of distance δ (Dai et al. 2019; Vaswani et al. 2017, 3.5).

    The sines of δ at D/2 paces come first, then the cosines. Nothing is learned, so no distance is new.
    """
    pace = 10_000.0 ** (-torch.arange(0, dim, 2, device=device, dtype=torch.float64) / dim)  # (D/2,)
    angle = torch.arange(count, device=device)[:, None] * pace  # (count, D/2)
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


def relative_shift(scores: Tensor) -> Tensor:
    """From scores by distance to scores by key: ``(..., S, K)`` -> ``(..., S, K)``.

    Column c of ``scores`` belongs to distance K - 1 - c, the same for every query. Query i, from 0, stands at
    key M + i, so its key j is M + i - j away and its score stands in column j + S - 1 - i: row i moves
    S - 1 - i places to the left. What moves in at the right belongs to keys that come later: it is the next
    row's beginning and no score at all, and a causal mask must hide it.

    The move costs no arithmetic: with one more column in front, the numbers read on row by row in rows of one
    fewer are each row shifted by one place more than the row below it.
    """
    *rest, s, k = scores.shape
    wider = torch.cat([scores.new_zeros(*rest, s, 1), scores], dim=-1)  # (..., S, K+1)
    return wider.reshape(*rest, k + 1, s)[..., 1:, :].reshape(*rest, s, k)  # the same numbers, read on


def windows(states: Tensor, segment: int, memory: int) -> Tensor:
    """``(B, T, D)`` -> ``(B, N, K, D)``: for each segment its M steps of memory and its own S steps.

    Where there is nothing, before the first step and after the last one, stand zeros.
    """
    steps = states.shape[1]
    end = (segment - steps % segment) % segment  # no negative numbers: an exporter cannot bound them
    padded = nn.functional.pad(states, (0, 0, memory, end))  # (B, M + N S, D)
    return padded.unfold(1, memory + segment, segment).transpose(2, 3)  # (B, N, K, D)


def segment_mask(steps: int, segment: int, memory: int, device: torch.device | None = None) -> Tensor:
    """``(N, S, K)`` bool: query i of segment n may look at key c, a real step and not a later one."""
    segments = (steps + segment - 1) // segment
    query = torch.arange(segment, device=device)[:, None]  # (S, 1)
    key = torch.arange(memory + segment, device=device)  # (K,)
    real = torch.arange(segments, device=device)[:, None, None] * segment + key - memory >= 0  # (N, 1, K)
    return (key <= memory + query) & real


class SegmentAttention(nn.Module):
    """Causal attention within segments and their memory, with the four terms of Dai et al. (2019, 3.3).

    The score of query i and key j at distance δ is (q·k + q·r + u·k + v·r) / √d, where r is a learned map of
    the distance's vector, u stands for a query that asks for content whatever it is, and v for one that asks
    for distance. The division is in the authors' code.

    Args:
        dim: D. heads: H, a divisor of D. segment: S. memory: M, 0 for none.

    Raises:
        InputError: heads that do not divide dim, or an odd dim.
    """

    def __init__(self, dim: int, heads: int, segment: int, memory: int) -> None:
        super().__init__()
        if dim % heads or dim % 2:
            raise InputError(f"dim is {dim}: it must be even, and {heads} heads must divide it")
        self.heads, self.segment, self.memory = heads, segment, memory
        self.query, self.key, self.value, self.far = (nn.Linear(dim, dim, bias=False) for _ in range(4))
        self.mix = nn.Linear(dim, dim, bias=False)

    def _split(self, states: Tensor) -> Tensor:
        *rest, k, dim = states.shape
        return states.view(*rest, k, self.heads, dim // self.heads).transpose(-2, -3)  # (..., H, K, d)

    def forward(
        self, fresh: Tensor, old: Tensor, u: Tensor, v: Tensor, real: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """``fresh``, ``old`` ``(B, T, D)`` -> ``((B, T, D), weights (B, H, T, T) or None)``.

        Args:
            fresh: the states as the segment reads them. old: the same states as its memory has them.
            u, v: ``(H, d)``, which layers may share.
            real: ``(B, T)``, False at padding; with it the weights are made, and padding is no key.
        """
        b, t, dim = fresh.shape
        s, m = self.segment, self.memory
        new, kept = windows(fresh, s, m)[:, :, m:], windows(old, s, m)[:, :, :m]  # (B, N, S, D), (B, N, M, D)
        keys = torch.cat([kept, new], dim=2)  # (B, N, K, D)
        query, key, value = (
            self._split(made) for made in (self.query(new), self.key(keys), self.value(keys))
        )  # (B, N, H, S or K, d)
        table = distance_vectors(m + s, dim, fresh.device).flip(0).to(fresh.dtype)  # far to near
        far = self._split(self.far(table))  # (H, K, d)
        content = (query + u[:, None]) @ key.mT  # (B, N, H, S, K): q·k + u·k
        place = relative_shift((query + v[:, None]) @ far.mT)  # q·r + v·r
        mask = segment_mask(t, s, m, fresh.device)[None, :, None]  # (1, N, 1, S, K)
        if real is not None:
            mask = mask & (windows(real[..., None].to(fresh.dtype), s, m)[..., 0] > 0)[:, :, None, None]
        weights = masked_softmax((content + place) / math.sqrt(query.shape[-1]), mask)
        if real is not None:
            weights = weights.nan_to_num()  # a step of padding that no real step reaches looks nowhere
        output = weights.to(value.dtype) @ value  # (B, N, H, S, d)
        output = self.mix(output.transpose(2, 3).reshape(b, -1, dim)[:, :t])  # (B, T, D)
        return output, None if real is None else self._laid_out(weights, t)

    def _laid_out(self, weights: Tensor, steps: int) -> Tensor:
        """``(B, N, H, S, K)`` -> ``(B, H, T, T)``: each segment's keys at their own steps."""
        b, n, heads, s, k = weights.shape
        whole = weights.new_zeros(b, heads, n * s, self.memory + n * s)
        for number in range(n):
            rows = slice(number * s, number * s + s)
            whole[:, :, rows, number * s : number * s + k] = weights[:, number]
        return whole[:, :, :steps, self.memory : self.memory + steps]
