"""Padded sequences: what every model reads.

Sizes: ``B`` rows, ``T`` time steps, ``C`` candidates. Item 0 is padding. Rows are padded at the
**end**, so step 0 is the oldest item that is kept and ``lengths`` says where a row stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace

import torch
from torch import Tensor

from .errors import DataError


@dataclass
class Batch:
    """Histories, padded at the end.

    Attributes:
        items: ``(B, T)`` int64, 1 to V; 0 is padding.
        lengths: ``(B,)`` int64, at least 1.
        times: ``(B, T)`` float64 seconds, or None when the log has no times.
        query_time: ``(B,)`` float64 seconds: when the item after the last one is asked for.
        targets: ``(B, T)`` int64: the item that follows each step, 0 where there is none.
        users: ``(B,)`` int64 row numbers of the users in their log.
        events: ``(B, T)`` int64 event types. features: name to ``(B, T, ...)``: float64 as read, float32
            once normalised.
        candidates: ``(B, C)`` int64 items to score. labels: ``(B, C)`` their clicks. bought: ``(B, C)``
            which clicks led to a purchase, or None where nobody asked.
        outcomes: what became of each target, name to ``(B, T)``: ``event``, ``reward``, ``propensity`` as the
            log has them, and ``ends``, whether it is its user's last. Empty where the log says nothing of it.
        steps: ``(N,)`` int64: where ``targets`` has an item, counted along the flattened ``(B, T)``; filled
            in by :func:`batches`, and gone as soon as rows or columns are cut.
    """

    items: Tensor
    lengths: Tensor
    times: Tensor | None = None
    query_time: Tensor | None = None
    targets: Tensor | None = None
    users: Tensor | None = None
    events: Tensor | None = None
    features: dict[str, Tensor] = field(default_factory=dict)
    candidates: Tensor | None = None
    labels: Tensor | None = None
    bought: Tensor | None = None
    steps: Tensor | None = None
    outcomes: dict[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.items.shape[0]

    def _map(self, function: Callable[[Tensor], Tensor]) -> Batch:
        changes = {f.name: getattr(self, f.name) for f in fields(self)}
        for name, value in changes.items():
            if isinstance(value, Tensor):
                changes[name] = function(value)
        for name in ("features", "outcomes"):
            changes[name] = {key: function(value) for key, value in getattr(self, name).items()}
        return replace(self, **changes)

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch with every tensor on ``device``."""
        return self._map(lambda tensor: tensor.to(device))

    def rows(self, index: Tensor | slice) -> Batch:
        """Return the rows in ``index``, still ``T`` wide."""
        return replace(self, steps=None)._map(lambda tensor: tensor[index])

    def trim(self, width: int | None = None) -> Batch:
        """Cut columns that are padding in every row (or all after ``width``)."""
        width = int(self.lengths.max()) if width is None else width
        stepwise = {"items", "times", "targets", "events"}
        changes = {
            name: getattr(self, name)[:, :width] for name in stepwise if getattr(self, name) is not None
        }
        for name in ("features", "outcomes"):
            changes[name] = {key: value[:, :width] for key, value in getattr(self, name).items()}
        return replace(self, **changes, steps=None)

    def mask(self) -> Tensor:
        """``(B, T)`` bool: True at real items, False at padding."""
        return torch.arange(self.items.shape[1], device=self.items.device) < self.lengths[:, None]

    def last(self, states: Tensor) -> Tensor:
        """Pick from ``states`` ``(B, T, ...)`` the last real step of each row: ``(B, ...)``."""
        # shape[0] and not len(self): a Python int would freeze the number of rows in an exported graph.
        return states[torch.arange(states.shape[0], device=states.device), self.lengths - 1]

    def step_times(self) -> Tensor:
        """``(B, T)`` seconds: when each step took place. Raises DataError: this batch has no times."""
        if self.times is None:
            raise DataError("this batch has no times: a time-aware model needs a log with a time column")
        return self.times

    def request_times(self) -> Tensor:
        """``(B, T)``: for each step, when the item after it is asked for (the next item's time).

        Raises:
            DataError: this batch has no times, or does not say when the item after the last one is asked for.
        """
        times = self.step_times()
        if self.query_time is None:
            raise DataError("this batch has no times: a time-aware model needs a log with a time column")
        following = torch.cat([times[:, 1:], self.query_time[:, None]], dim=1)
        row = torch.arange(self.items.shape[0], device=self.items.device)
        following[row, self.lengths - 1] = self.query_time
        return following


@dataclass
class Cases:
    """Histories with the one item that came next: what a ranking is tested on.

    Attributes:
        batch: ``N`` histories (the newest ``max_len`` items), with ``query_time`` where known.
        target: ``(N,)`` int64, the item that came next.
        log_items: ``(M,)`` int64, the items of the whole log, user after user.
        start, stop: ``(N,)`` int64: the whole history of case n is ``log_items[start:stop]``.
        repeats: True when a seen item may come again; then seen items stay in the ranking.
        protocol: the name that stands beside every figure, for example ``loo-full-unseen``.
    """

    batch: Batch
    target: Tensor
    log_items: Tensor
    start: Tensor
    stop: Tensor
    repeats: bool = False
    protocol: str = "loo-full-unseen"

    def __len__(self) -> int:
        return len(self.target)

    def rows(self, index: Tensor | slice) -> Cases:
        """Return the cases in ``index``."""
        return replace(
            self,
            batch=self.batch.rows(index),
            target=self.target[index],
            start=self.start[index],
            stop=self.stop[index],
        )

    def to(self, device: torch.device | str) -> Cases:
        """Return the cases with every tensor on ``device``."""
        moved = {name: getattr(self, name).to(device) for name in ("target", "log_items", "start", "stop")}
        return replace(self, batch=self.batch.to(device), **moved)

    def batches(self, size: int) -> Iterator[Cases]:
        """Yield the cases in order, ``size`` at a time, each trimmed to its longest row."""
        for first in range(0, len(self), size):
            part = self.rows(slice(first, first + size))
            yield replace(part, batch=part.batch.trim())

    def seen(self) -> tuple[Tensor, Tensor]:
        """``(row, item)``, both ``(S,)``: each item of each case's whole history."""
        return ragged_rows(self.log_items, self.start, self.stop)


def ragged_rows(flat: Tensor, start: Tensor, stop: Tensor) -> tuple[Tensor, Tensor]:
    """Concatenate the windows ``flat[start[n]:stop[n]]``; return ``(row number, value)``."""
    sizes = stop - start
    row = torch.repeat_interleave(torch.arange(len(sizes), device=flat.device), sizes)
    first = torch.cumsum(sizes, 0) - sizes
    position = torch.arange(len(row), device=flat.device) - first[row] + start[row]
    return row, flat[position]
