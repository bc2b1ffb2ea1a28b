"""From windows of a log to tensors: training rows, and cases to rank."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .batch import Batch, Cases
from .errors import DataError
from .interactions import Interactions


def pad_windows(flat: Tensor, start: Tensor, stop: Tensor, max_len: int) -> Tensor:
    """Stack the windows ``flat[start[n]:stop[n]]`` as ``(N, T)``, padded with 0 at the end.

    A window longer than ``max_len`` keeps its newest items. ``T`` is the longest kept window.

    Raises:
        DataError: ``max_len`` is below 1.
    """
    start = kept_start(start, stop, max_len)
    lengths = stop - start
    width = int(lengths.max()) if len(lengths) else 0
    column = torch.arange(width)
    inside = column < lengths[:, None]
    position = (start[:, None] + column).clamp(max=max(len(flat) - 1, 0))
    return torch.where(inside, flat[position], torch.zeros((), dtype=flat.dtype))


def kept_start(start: Tensor, stop: Tensor, max_len: int) -> Tensor:
    """Where each window starts once it is cut to its newest ``max_len`` items."""
    if max_len < 1:
        raise DataError(f"max_len is {max_len}: a history needs room for at least 1 item")
    return torch.maximum(start, stop - max_len)


def histories(
    log: Interactions, start: np.ndarray, stop: np.ndarray, max_len: int, asked_at: float | None = None
) -> Batch:
    """Return a batch whose row n holds the newest ``max_len`` items of rows ``start[n]:stop[n]``.

    ``query_time`` is ``asked_at``, else the time of row ``stop[n]``, the interaction that is asked for.
    Features stay float64: in float32, large numbers with small differences would be one; normalisation makes
    them float32.
    """
    first, last = torch.from_numpy(start), torch.from_numpy(stop)

    def padded(values: np.ndarray) -> Tensor:
        return pad_windows(torch.from_numpy(np.ascontiguousarray(values)), first, last, max_len)

    query = None
    if log.times is not None:
        moments = log.times[stop] if asked_at is None else np.full(len(stop), asked_at)
        query = torch.from_numpy(moments)
    numeric = {name: v for name, v in log.features.items() if np.issubdtype(v.dtype, np.number)}
    return Batch(
        items=padded(log.items),
        lengths=last - kept_start(first, last, max_len),
        times=None if log.times is None else padded(log.times),
        query_time=query,
        users=torch.from_numpy(log.users[start]),
        events=None if log.events is None else padded(log.events),
        features={name: padded(v.astype(np.float64)) for name, v in numeric.items()},
    )


def training_rows(log: Interactions, start: np.ndarray, stop: np.ndarray, max_len: int) -> Batch:
    """Return one row for each window ``start[n]:stop[n]`` of at least two items.

    Of items x_1 … x_n the row holds x_1 … x_{n-1} and, as targets, x_2 … x_n. Where the log says how its
    interactions went, the row has the outcomes of its targets too.
    """
    long = stop - start >= 2
    start, stop = start[long], stop[long]
    batch = histories(log, start, stop - 1, max_len)
    items = torch.from_numpy(log.items)
    first, last = torch.from_numpy(start + 1), torch.from_numpy(stop)
    batch.targets = pad_windows(items, first, last, max_len)
    batch.outcomes = {
        name: pad_windows(torch.from_numpy(values), first, last, max_len)
        for name, values in _outcomes(log).items()
    }
    return batch


def _outcomes(log: Interactions) -> dict[str, np.ndarray]:
    """What a log says of how each interaction went, name to ``(N,)``; nothing where it has no such column."""
    found = {} if log.events is None else {"event": log.events}
    for name in ("reward", "propensity"):
        values = log.features.get(name)
        if values is not None and np.issubdtype(values.dtype, np.number):
            found[name] = values.astype(np.float64)
    if found:
        found["ends"] = np.zeros(len(log), dtype=bool)
        found["ends"][log.offsets[1:][np.diff(log.offsets) > 0] - 1] = True
    return found


def ranking_cases(
    log: Interactions, start: np.ndarray, target: np.ndarray, max_len: int, protocol: str
) -> Cases:
    """Return one case for each target row; its history is rows ``start[n]`` to ``target[n] - 1``."""
    return Cases(
        batch=histories(log, start, target, max_len),
        target=torch.from_numpy(log.items[target]),
        log_items=torch.from_numpy(log.items),
        start=torch.from_numpy(start),
        stop=torch.from_numpy(target),
        repeats=log.repeats,
        protocol=protocol,
    )


def cut_windows(start: np.ndarray, stop: np.ndarray, max_len: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut each ``start[n]:stop[n]`` into windows of at most ``max_len + 1`` rows, the newest full.

    Neighbours share one row: the first item of the newer window is the last target of the older one.
    So every item but a user's first is a target exactly once.
    """
    pieces = np.maximum(1, -(-(stop - start - 1) // max_len))
    user = np.repeat(np.arange(len(start)), pieces)
    nth = np.arange(len(user)) - np.repeat(np.cumsum(pieces) - pieces, pieces)  # 0 is the newest
    last = stop[user] - nth * max_len
    return np.maximum(start[user], last - max_len - 1), last
