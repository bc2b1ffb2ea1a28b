"""Time in a world: minutes within a session, days between sessions, a pull towards the weekend.

Lengths and gaps are drawn before any item. Where the types differ in pace, a gap tells something
about the type, and :func:`gap_log_likelihood` is what the oracle learns from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .settings import WorldSettings

DAY = 86400.0
EPOCH = 1_600_000_000.0  # the first user may arrive here: 13 September 2020, UTC
_WITHIN, _BETWEEN = 0.5, 0.7  # log-scale standard deviations of the two kinds of gap
_SHORTEST = 1e-3  # seconds: gaps below are read as this, so that no logarithm of 0 is taken


def weekday(time: Tensor) -> Tensor:
    """Monday 0 to Sunday 6 (UTC) of ``time`` in seconds since 1970; a tensor of the same shape."""
    return torch.remainder(torch.floor(time / DAY) + 3, 7)  # 1 January 1970 was a Thursday


@dataclass(frozen=True)
class Chances:
    """The random numbers behind the times of ``U`` users, ``T`` steps, before types are known.

    Attributes:
        lengths: ``(U,)``. end, wait: ``(U, T)`` uniform. within, between: ``(U, T)`` seconds.
        start: ``(U,)`` seconds after :data:`EPOCH`.
    """

    lengths: np.ndarray
    end: np.ndarray
    within: np.ndarray
    between: np.ndarray
    start: np.ndarray
    wait: np.ndarray | None


def draw_chances(settings: WorldSettings, rng: np.random.Generator) -> Chances:
    """Draw lengths and gaps of both kinds; which kind comes where is for :func:`make_times`."""
    s = settings
    lengths = rng.integers(s.min_length, s.max_length + 1, s.users)
    shape = (s.users, int(lengths.max()))
    end = rng.random(shape)
    within = s.within_minutes * 60 * np.exp(_WITHIN * rng.normal(size=shape))
    between = s.between_days * DAY * np.exp(_BETWEEN * rng.normal(size=shape))
    start = rng.uniform(0, s.start_days * DAY, s.users)
    return Chances(lengths, end, within, between, start, rng.random(shape) if s.weekend_pull else None)


def make_times(settings: WorldSettings, chances: Chances, session_end: float | np.ndarray) -> np.ndarray:
    """Times ``(U, T)`` in seconds; ``session_end``: one number, or ``(U, 1)``, one for each user."""
    gaps = np.where(chances.end < session_end, chances.between, chances.within)
    gaps[:, 0] = chances.start
    if chances.wait is None:
        return EPOCH + gaps.cumsum(1)
    times = np.empty_like(gaps)
    now = np.full(len(gaps), EPOCH)
    breaks = chances.end < session_end
    for t in range(gaps.shape[1]):
        now = now + gaps[:, t]
        if t:
            day = weekday(torch.from_numpy(now)).numpy()
            waits = breaks[:, t] & (day < 5) & (chances.wait[:, t] < settings.weekend_pull)
            now = now + np.where(waits, (5 - day) * DAY, 0.0)
        times[:, t] = now
    return times


def gap_log_likelihood(settings: WorldSettings, session_end: Tensor, before: Tensor, now: Tensor) -> Tensor:
    """log p(next event at ``now`` | last one ``before``, type): ``(B, Z)``.

    Args:
        session_end: ``(Z,)`` by type. before, now: ``(B,)`` seconds since 1970.
    """
    s = settings
    gap = now - before

    def density(gap: Tensor, median: float, spread: float) -> Tensor:  # log-normal
        safe = gap.clamp(min=_SHORTEST)
        z = (safe / median).log() / spread
        return torch.where(gap > 0, (-0.5 * z * z).exp() / (safe * spread * math.sqrt(2 * math.pi)), 0.0)

    def between(gap: Tensor) -> Tensor:
        return density(gap, s.between_days * DAY, _BETWEEN)

    within = density(gap.clamp(min=_SHORTEST), s.within_minutes * 60, _WITHIN)
    apart = between(gap)
    if s.weekend_pull:
        # An instant on a Saturday is also reached from the same hour of the five days before it.
        pulled = sum(between(gap - k * DAY) for k in range(1, 6))
        day = weekday(now)
        apart = apart * torch.where(day < 5, 1 - s.weekend_pull, 1.0)
        apart = apart + torch.where(day == 5, s.weekend_pull * pulled, 0.0)
    both = (1 - session_end) * within[:, None] + session_end * apart[:, None]  # (B, Z)
    return both.clamp(min=1e-300).log()
