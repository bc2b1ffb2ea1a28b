"""Contracts of the chapter on time: elapsed time, intervals, buckets, and two layers that read them.

Steps count from 1 in the book and from 0 here. The transcriptions are loops over NumPy numbers. Weights are
compared before any norm, because a LayerNorm behind them would hide a factor that is wrong everywhere.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from contracts_model import array, close, module, numbers, softmax
from equation_contracts import contract

from seqrec_lib.attention import (
    TimeAttention,
    elapsed,
    interval_numbers,
    pointwise_attention,
    time_bucket,
)
from seqrec_lib.data import Batch
from seqrec_lib.models.hstu import HSTULayer
from seqrec_lib.models.tisasrec import IntervalAttention

DAY = 86400.0
EPOCH = 1_600_000_000.0
TIMES = EPOCH + torch.tensor(
    [[0.0, 40.0, 100.0, 100.0, 9000.0], [0.0, 3 * DAY, 3 * DAY + 61, 20 * DAY, 0.0]], dtype=torch.float64
)
BATCH = Batch(
    torch.tensor([[3, 9, 1, 4, 7], [5, 2, 8, 6, 0]]),
    torch.tensor([5, 4]),
    times=TIMES,
    query_time=EPOCH + torch.tensor([12000.0, 80 * DAY], dtype=torch.float64),
)
X = numbers(21, 2, 5, 6)  # (B, T, D)
SEEN = torch.ones(5, 5, dtype=torch.bool).tril()


def _real(values) -> list[np.ndarray]:
    """Of each row the part that belongs to real steps and to events that they may see."""
    values = array(values)
    return [
        np.array([values[b, t, j] for t in range(n) for j in range(t + 1)])
        for b, n in enumerate(BATCH.lengths.tolist())
    ]


def _asked(b: int, t: int, request: bool) -> float:
    if not request:
        return float(TIMES[b, t])
    last = t == int(BATCH.lengths[b]) - 1
    return float(BATCH.query_time[b] if last else TIMES[b, t + 1])


@contract(
    "eq-elapsed",
    kind="code",
    library=elapsed,
    perturb={
        "never to the request": lambda batch, request: elapsed(batch, False),
        "always to the request": lambda batch, request: elapsed(batch, True),
        "from the request of the last step": lambda batch, request: (
            (batch.query_time[:, None, None].expand(-1, 5, -1) if request else batch.times[:, :, None])
            - batch.times[:, None]
        ).clamp(min=0),
        "only from one event to the next": lambda batch, request: elapsed(batch, request).diff(
            dim=2, prepend=torch.zeros(2, 5, 1, dtype=torch.float64)
        ),
    },
)
def elapsed_time(library) -> None:
    """From an event to step t, or to when the item after step t is asked for."""
    for request in (False, True):
        found = _real(library(BATCH, request))
        for b, n in enumerate(BATCH.lengths.tolist()):
            mine = [_asked(b, t, request) - float(TIMES[b, j]) for t in range(n) for j in range(t + 1)]
            close(found[b], mine)


def _intervals(batch, span):
    return interval_numbers(batch, "smallest", span)


def _unit(times: list[float]) -> float:
    gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False) if later > earlier]
    return min(gaps, default=1.0)


@contract(
    "eq-time-interval",
    kind="code",
    library=_intervals,
    perturb={
        "one unit for all": lambda batch, span: interval_numbers(batch, "fixed", span, unit_seconds=60.0),
        "buckets": lambda batch, span: interval_numbers(batch, "log", span),
        "clipped before it is divided": lambda batch, span: (
            elapsed(batch, False).clamp(max=span) / 40
        ).long(),
        "to the request": lambda batch, span: interval_numbers(batch, "smallest", span, True),
        "span without a row": lambda batch, span: _intervals(batch, span - 1),
    },
)
def interval(library) -> None:
    """In units of the smallest gap above 0 of the steps up to t, rounded down, and span at most."""
    found = _real(library(BATCH, 12))
    for b, n in enumerate(BATCH.lengths.tolist()):
        times = TIMES[b].tolist()
        mine = [
            min(12, math.floor((times[t] - times[j]) / _unit(times[: t + 1])))
            for t in range(n)
            for j in range(t + 1)
        ]
        assert found[b].tolist() == mine


@contract(
    "eq-tisasrec-blind",
    kind="identity",
    library=_intervals,
    perturb={
        "one unit for all": lambda batch, span: interval_numbers(batch, "fixed", span, unit_seconds=60.0),
        "buckets": lambda batch, span: interval_numbers(batch, "log", span),
        "times and not differences": lambda batch, span: (
            batch.times[:, None].expand(-1, 5, -1) % span
        ).long(),
    },
)
def blind(library) -> None:
    """Add a constant to all times and make them run 64 times as fast: no number changes."""
    other = replace(BATCH, times=(TIMES - EPOCH) * 64 + 77 * DAY)
    for mine, theirs in zip(_real(library(BATCH, 50)), _real(library(other, 50)), strict=True):
        assert (mine == theirs).all()


SECONDS = torch.tensor([0.0, 0.5, 1.0, 1.3, 1.4, 60.0, 3600.0, 5 * DAY, 60 * DAY, 1e12], dtype=torch.float64)


@contract(
    "eq-time-bucket",
    kind="code",
    library=time_bucket,
    perturb={
        "logarithm to base 10": lambda seconds: (seconds.clamp(min=1).log10() / 0.301).long().clamp(max=63),
        "one more than the seconds": lambda seconds: (seconds.log1p() / 0.301).long().clamp(max=63),
        "rounded": lambda seconds: (seconds.clamp(min=1).log() / 0.301).round().long().clamp(max=63),
        "no last bucket": lambda seconds: (seconds.clamp(min=1).log() / 0.301).long(),
    },
)
def bucket(library) -> None:
    """The natural logarithm of the seconds, of 1 at least, over 0.301, rounded down and 63 at most."""
    mine = [min(63, math.floor(math.log(max(1.0, value)) / 0.301)) for value in SECONDS.tolist()]
    assert library(SECONDS).tolist() == mine


def _time_layer():
    return module(lambda: TimeAttention(6, 2))


@contract(
    "eq-time-bias",
    kind="code",
    library=lambda layer, x, buckets: layer(x, None, buckets=buckets)[1],
    perturb={
        "no times": lambda layer, x, buckets: layer(x, None)[1],
        "one number for all heads": lambda layer, x, buckets: layer(
            x, None, bias=layer.times[buckets][..., :1].permute(0, 3, 1, 2)
        )[1],
        "the bucket of the event before": lambda layer, x, buckets: layer(
            x, None, buckets=buckets.roll(1, 2)
        )[1],
    },
)
def time_bias(library) -> None:
    """A softmax over what fits by content plus a number for how long ago it was, one for each head."""
    layer, buckets = _time_layer(), time_bucket(elapsed(BATCH, True))
    found = array(library(layer, X, buckets))
    q, k = array(layer.query(X)), array(layer.key(X))
    for b in range(2):
        for head in range(2):
            part = slice(3 * head, 3 * head + 3)
            for t in range(5):
                scores = [
                    q[b, t, part] @ k[b, j, part] / math.sqrt(3)
                    + float(layer.times[int(buckets[b, t, j]), head])
                    for j in range(t + 1)
                ]
                close(found[b, head, t, : t + 1], softmax(scores))


PLACES = numbers(22, 2, 2, 5, 6)  # (2, B, T, D)
TABLES = numbers(23, 2, 13, 6)  # (2, span + 1, D)


def _interval_layer(places=PLACES, tables=TABLES, change=lambda numbers: numbers):
    return lambda layer, numbers: layer(X, None, places=places, tables=tables, numbers=change(numbers))[0]


def _half(which: int) -> torch.Tensor:
    return TABLES * torch.tensor([which == 0, which == 1])[:, None, None]


@contract(
    "eq-tisasrec",
    kind="code",
    library=_interval_layer(),
    perturb={
        "no places": _interval_layer(places=None),
        "intervals for keys alone": _interval_layer(tables=_half(0)),
        "intervals for values alone": _interval_layer(tables=_half(1)),
        "one table for both": _interval_layer(tables=TABLES[:1].expand(2, -1, -1)),
        "query and key exchanged": _interval_layer(change=lambda numbers: numbers.mT),
    },
)
def tisasrec(library) -> None:
    """Keys and values have a part of their place and of their interval, which differs from pair to pair."""
    layer = module(lambda: IntervalAttention(6, 1))
    number = interval_numbers(BATCH, "smallest", 12)
    q, k, v = (array(part(X)) for part in (layer.query, layer.key, layer.value))
    places, tables = array(PLACES), array(TABLES)
    mine = np.zeros((2, 5, 6))
    for b in range(2):
        for t in range(5):
            row = [int(number[b, t, j]) for j in range(t + 1)]
            keys = [k[b, j] + places[0, b, j] + tables[0, row[j]] for j in range(t + 1)]
            values = [v[b, j] + places[1, b, j] + tables[1, row[j]] for j in range(t + 1)]
            w = softmax([q[b, t] @ key / math.sqrt(6) for key in keys])
            mixed = sum(w[j] * values[j] for j in range(t + 1))
            mine[b, t] = array(layer.mix.weight) @ mixed + array(layer.mix.bias)
    close(array(library(layer, number)), mine)


def _silu(x):
    return x / (1 + np.exp(-x))


BIAS = numbers(24, 2, 5, 5)
Q, K, V = (numbers(seed, 2, 5, 6) for seed in (25, 26, 27))


@contract(
    "eq-hstu-weights",
    kind="code",
    library=lambda q, k, bias: pointwise_attention(q, k, V, SEEN, bias)[1],
    perturb={
        "divided by the padded length": lambda q, k, bias: pointwise_attention(q, k, V, SEEN, bias, 5)[1],
        "not divided": lambda q, k, bias: pointwise_attention(q, k, V, SEEN, bias, 1)[1],
        "root of d": lambda q, k, bias: pointwise_attention(q / 6**0.5, k, V, SEEN, bias)[1],
        "no bias": lambda q, k, bias: pointwise_attention(q, k, V, SEEN)[1],
        "bias after the SiLU": lambda q, k, bias: (
            pointwise_attention(q, k, V, SEEN)[1] + bias * SEEN / SEEN.sum(-1, keepdim=True)
        ),
        "softmax": lambda q, k, bias: (q @ k.mT + bias).masked_fill(~SEEN, -torch.inf).softmax(-1),
        "minus infinity before the SiLU": lambda q, k, bias: torch.nn.functional.silu(
            (q @ k.mT + bias).masked_fill(~SEEN, -torch.inf)
        ),
    },
)
def hstu_weights(library) -> None:
    """SiLU of content and bias, over how many steps t can see; 0 for what is later."""
    found, q, k, bias = array(library(Q, K, BIAS)), array(Q), array(K), array(BIAS)
    for b in range(2):
        for t in range(5):
            mine = [_silu(q[b, t] @ k[b, j] + bias[b, t, j]) / (t + 1) for j in range(t + 1)]
            close(found[b, t], mine + [0.0] * (4 - t))


def _norm(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6)


def _hstu_with(change):
    """The library's layer with its four parts changed before they are used."""

    def run(layer, x):
        parts = torch.nn.functional.silu(layer.made(layer.norm(x))).chunk(4, dim=-1)
        u, v, q, k = change(*parts)
        brought = pointwise_attention(q, k, v, SEEN, layer.bias(5, None)[:, 0])[0]
        return x + layer.out(layer.norm(brought) * u)

    return run


@contract(
    "eq-hstu-layer",
    kind="code",
    library=lambda layer, x: layer(x, SEEN[None], None)[0],
    perturb={
        "no gate": _hstu_with(lambda u, v, q, k: (torch.ones_like(u), v, q, k)),
        "gate and values exchanged": _hstu_with(lambda u, v, q, k: (v, u, q, k)),
        "no residual sum": lambda layer, x: layer(x, SEEN[None], None)[0] - x,
        "no norm at the door": lambda layer, x: (
            layer(x + 9, SEEN[None], None)[0] + layer.made(x)[..., :6] - 9
        ),
    },
)
def hstu_layer(library) -> None:
    """Norm, one map and a SiLU make four parts; the first is a gate on what attention brings."""
    layer = module(lambda: HSTULayer(6, 1, 5, 0, 0.0))
    parts = _silu(_norm(array(X)) @ array(layer.made.weight).T)
    u, v, q, k = (parts[..., 6 * n : 6 * n + 6] for n in range(4))
    away = array(layer.distance)[:, 0]
    brought = np.zeros_like(u)
    for b in range(2):
        for t in range(5):
            for j in range(t + 1):
                brought[b, t] += _silu(q[b, t] @ k[b, j] + away[t - j]) / (t + 1) * v[b, j]
    mine = array(X) + (_norm(brought) * u) @ array(layer.out.weight).T + array(layer.out.bias)
    close(array(library(layer, X)), mine)
