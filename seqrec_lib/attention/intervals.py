"""Elapsed time as attention may read it: seconds between events, and the numbers that tables are read by.

Sizes: ``B`` batch, ``H`` heads, ``T`` steps, ``D`` width. Entry t, j belongs to step t and an event j <= t;
where j is later the time is 0, and the mask closes it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.batch import Batch
from ..messages import InputError, unknown
from .layers import SelfAttention

UNITS = ("smallest", "fixed", "log", "none")
GROWTH = 0.301  # of the logarithm: each bucket ends e^0.301 = 1.35 times as late as the one before
TIME_BUCKETS = 64  # the last one begins after 5.4 years


def elapsed(batch: Batch, request: bool) -> Tensor:
    """``(B, T, T)`` float64 seconds since event j, as step t sees it.

    Args:
        request: count to the moment when the item after step t is asked for. Without it, to step t itself,
            as if the clock stood still since the last event.

    Raises:
        DataError: the batch has no times.
    """
    times = batch.step_times()
    moment = batch.request_times() if request else times
    return (moment[:, :, None] - times[:, None, :]).clamp(min=0)


def time_bucket(seconds: Tensor, buckets: int = TIME_BUCKETS) -> Tensor:
    """int64: floor(log(max(1, s)) / 0.301), ``buckets - 1`` at most.

    From ``generative_recommenders/research/modeling/sequential/hstu.py`` of meta-recsys (read at commit
    db1bf8f). The logarithm is the natural one, though 0.301 is log 2 to base 10.
    """
    return (seconds.clamp(min=1).log() / GROWTH).long().clamp(max=buckets - 1)


def smallest_gap(batch: Batch, request: bool) -> Tensor:
    """``(B, T)`` seconds: the smallest gap above 0 that step t knows of; 1 where it knows none.

    TiSASRec's authors take the smallest gap of the user's whole log (``util.py`` of JiachengLi1995/TiSASRec,
    read at commit 0e831e1), the test item's gap included. Here a step knows its own past alone: at the last
    step this is the smallest gap of the history, and no step learns of a gap that comes later.
    """
    times = batch.step_times()
    gap = torch.full_like(times, torch.inf)
    if request:
        gap = batch.request_times() - times
    else:
        gap[:, 1:] = times.diff(dim=1)
    unit = _smallest_so_far(gap.masked_fill(gap <= 0, torch.inf))
    return unit.masked_fill(unit.isinf(), 1.0)


def _smallest_so_far(gap: Tensor) -> Tensor:
    """``(B, T)``: the smallest of each step and those before it."""
    if not torch.compiler.is_compiling():
        return gap.cummin(1).values
    step = torch.arange(gap.shape[1], device=gap.device)  # ONNX knows no running minimum
    return gap[:, None].masked_fill(step > step[:, None], torch.inf).amin(-1)


def interval_numbers(
    batch: Batch, unit: str, span: int, request: bool = False, unit_seconds: float = 3600.0
) -> Tensor:
    """``(B, T, T)`` int64, 0 to ``span``: which row of a table belongs to each elapsed time.

    Args:
        unit: ``smallest``: in units of :func:`smallest_gap`, each user's own (Li et al. 2020).
            ``fixed``: in units of ``unit_seconds``, the same for all users. ``log``: :func:`time_bucket`.
        span: the largest number; longer times share it.

    Raises:
        InputError: an unknown unit. DataError: the batch has no times.
    """
    seconds = elapsed(batch, request)
    if unit == "log":
        return time_bucket(seconds, span + 1)
    if unit not in ("smallest", "fixed"):
        raise InputError(unknown("unit", unit, UNITS))
    size = smallest_gap(batch, request)[:, :, None] if unit == "smallest" else unit_seconds
    return (seconds / size).clamp(max=span).long()


class TimeAttention(SelfAttention):
    """Scaled causal self-attention with values of its own and a learned number a head for each time bucket.

    Beside content, the score of an event depends on how long ago it was, in seconds and not in steps.
    """

    def __init__(self, dim: int, heads: int, buckets: int = TIME_BUCKETS) -> None:
        super().__init__(dim, heads, project_values=True)
        self.times = nn.Parameter(torch.zeros(buckets, heads))

    def forward(
        self,
        states: Tensor,
        mask: Tensor | None,
        need_weights: bool = True,
        keys: Tensor | None = None,
        bias: Tensor | None = None,
        buckets: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """As :meth:`SelfAttention.forward`, with ``buckets`` ``(B, T, T)``, of :func:`time_bucket`."""
        if buckets is not None:
            told = F.embedding(buckets, self.times).permute(0, 3, 1, 2)  # (B, H, T, T)
            bias = told if bias is None else bias + told
        return super().forward(states, mask, need_weights, keys, bias)
