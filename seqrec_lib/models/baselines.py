"""Floors: rankings that need no training. A model that cannot beat them has learned nothing.

Sizes: ``B`` rows, ``V`` items, ``N`` interactions, ``C`` candidates. Each baseline counts the
training part of a log once and then offers ``score(batch, candidates=None)``, as a model does.
What it counted, the attributes in ``kept``, goes into a run folder and comes back. Its settings are
what it is made with beside the log. The counted models that are no floors have a file each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import signature
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from torch import Tensor

from ..data.batch import Batch, ragged_rows
from ..data.errors import ADVICE, DataError
from ..data.interactions import Interactions
from ..messages import InputError

DAY = 86_400.0


def item_counts(log: Interactions) -> Tensor:
    """``(V+1,)`` float64: how often each item occurs."""
    return torch.from_numpy(np.bincount(log.items, minlength=log.n_items + 1).astype(np.float64))


def _table(values: Tensor) -> Tensor:
    """``values`` ``(V+1,)`` with -inf at padding."""
    table = values.clone()
    table[0] = -torch.inf
    return table


def finish_scores(scores: Tensor, batch: Batch, candidates: Tensor | None) -> Tensor:
    """Column 0 becomes -inf; pick the candidates; go back to the batch's device."""
    scores[:, 0] = -torch.inf
    scores = scores.to(batch.items.device)
    return scores if candidates is None else scores.gather(1, candidates)


class Popularity:
    """Every user gets the items in the order of their training counts."""

    name = "popularity"
    reads_request = False
    kept = ("n_items", "counts")

    def __init__(self, train_log: Interactions) -> None:
        self.n_items = train_log.n_items
        self.counts = item_counts(train_log)

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` float64 counts, column 0 -inf; or ``(B, C)``."""
        return finish_scores(self.counts.repeat(len(batch), 1), batch, candidates)

    def table(self) -> Tensor:
        """``(V+1,)`` counts; entry 0 is -inf."""
        return _table(self.counts)

    def exceptions(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """None: three empty tensors."""
        none = torch.empty(0, dtype=torch.int64)
        return none, none, torch.empty(0, dtype=torch.float64)


class RecentPopularity:
    """Training counts in the ``window`` seconds before each request.

    An interaction counts when ``query_time - window <= time < query_time``. Items that tie are
    ordered by their count over the whole training log, which adds less than 1.

    Raises:
        DataError: the log has no times, or a batch has no ``query_time``.
        InputError: the window is not above 0.
    """

    name = "recent-popularity"
    reads_request = True
    kept = ("n_items", "window", "times", "items", "tie_break")

    def __init__(self, train_log: Interactions, window: float = 7 * DAY) -> None:
        if train_log.times is None:
            raise DataError("recent-popularity needs times, and this log has none: name its time column")
        if not window > 0:
            raise InputError(f"window is {window} seconds: it must be above 0")
        self.n_items, self.window = train_log.n_items, float(window)
        order = np.argsort(train_log.times, kind="stable")
        self.times, self.items = (
            torch.from_numpy(column[order]) for column in (train_log.times, train_log.items)
        )
        counts = item_counts(train_log)
        self.tie_break = counts / (counts.sum() + 1)

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` float64 counts, column 0 -inf; or ``(B, C)``."""
        counts = self._counts(*self._windows(batch))  # (B, V+1)
        return finish_scores(torch.from_numpy(counts + self.tie_break.numpy()), batch, candidates)

    def table(self) -> Tensor:
        """``(V+1,)``: the scores of items that no window holds; entry 0 is -inf."""
        return _table(self.tie_break)

    def exceptions(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """``(row, item, score)``: the items in each row's window."""
        low, high = self._windows(batch)
        width = self.n_items + 1
        if int((high - low).sum()) * 8 > len(low) * width:  # long windows: one sweep costs less
            counts = torch.from_numpy(self._counts(low, high))
            row, item = counts.nonzero(as_tuple=True)
            return row, item, counts[row, item] + self.tie_break[item]
        row, item = ragged_rows(self.items, torch.from_numpy(low), torch.from_numpy(high))
        keys, times = torch.unique(row * width + item, return_counts=True)
        return keys // width, keys % width, times + self.tie_break[keys % width]

    def _windows(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """``(low, high)``, ``(B,)`` each: each request's window is rows ``low`` to ``high - 1``."""
        if batch.query_time is None:
            raise DataError(
                f"recent-popularity counts up to the moment of the request, and none is said: {ADVICE}", "at"
            )
        query, times = batch.query_time.cpu().numpy(), self.times.numpy()
        return np.searchsorted(times, query - self.window), np.searchsorted(times, query)

    def _counts(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """``(B, V+1)``: how often each item stands in rows ``low`` to ``high - 1``.

        One sweep through time: an interaction enters at the first request after it and leaves at the first
        request whose window starts after it. A running sum gives all windows.
        """
        order = np.lexsort((low, high))
        low, high = low[order], high[order]
        place = np.arange(low[0], high[-1])
        item, width = self.items.numpy()[place], self.n_items + 1
        change = np.zeros((len(order) + 1) * width)
        enter = np.searchsorted(high, place, side="right") * width + item
        leave = np.searchsorted(low, place, side="right") * width + item
        change += np.bincount(enter, minlength=len(change)) - np.bincount(leave, minlength=len(change))
        counts = np.empty((len(order), width))
        counts[order] = change.reshape(-1, width)[:-1].cumsum(0)
        return counts


class Markov:
    """First-order Markov chain: what followed the last item in training.

    ``p(i | j) = (n(j, i) + smoothing * q(i)) / (n(j) + smoothing)``, where ``n`` counts steps from
    ``j`` to ``i`` within a user and ``q`` is the share of ``i`` in the training log. ``smoothing``
    is how many popular steps are added to each item's own; 1 by default.

    Raises:
        InputError: the smoothing is not above 0.
    """

    name = "markov"
    reads_request = False
    kept = ("n_items", "smoothing", "share", "following", "times_seen", "start", "stop", "total")

    def __init__(self, train_log: Interactions, smoothing: float = 1.0) -> None:
        if not smoothing > 0:
            raise InputError(f"smoothing is {smoothing}: it must be above 0")
        self.n_items, self.smoothing = train_log.n_items, float(smoothing)
        counts = item_counts(train_log)
        self.share = counts / counts.sum()
        width = self.n_items + 1
        same_user = train_log.users[1:] == train_log.users[:-1]
        steps = train_log.items[:-1][same_user] * width + train_log.items[1:][same_user]
        pairs, times = np.unique(steps, return_counts=True)
        self.following = torch.from_numpy(pairs % width)
        self.times_seen = torch.from_numpy(times.astype(np.float64))
        edges = np.searchsorted(pairs, np.arange(width + 1) * width)
        self.start, self.stop = torch.from_numpy(edges[:-1]), torch.from_numpy(edges[1:])
        total = np.bincount(pairs // width, weights=times, minlength=width)
        self.total = torch.from_numpy(total)

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` float64 probabilities, column 0 -inf; or ``(B, C)``."""
        last = batch.last(batch.items).cpu()  # (B,)
        scores = (self.smoothing * self.share).repeat(len(batch), 1)  # (B, V+1)
        row, item, own = self.exceptions(batch)
        scores[row, item] = own
        return finish_scores(scores / (self.total[last] + self.smoothing)[:, None], batch, candidates)

    def table(self) -> Tensor:
        """``(V+1,)``: what smoothing gives each item, not yet divided; entry 0 is -inf."""
        return _table(self.smoothing * self.share)

    def exceptions(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """``(row, item, score)``: the items that followed each row's last one, not yet divided."""
        last = batch.last(batch.items).cpu()  # (B,)
        row, place = ragged_rows(torch.arange(len(self.following)), self.start[last], self.stop[last])
        item = self.following[place]
        return row, item, self.smoothing * self.share[item] + self.times_seen[place]


class Counted(Protocol):
    """A recommender that counts a log once: ``kept`` names what it keeps, ``name`` what it is called."""

    name: ClassVar[str]
    kept: ClassVar[tuple[str, ...]]
    reads_request: ClassVar[bool]
    n_items: int

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` scores, column 0 -inf; or ``(B, C)``."""
        ...


_EVERY: tuple[type[Popularity | RecentPopularity | Markov], ...] = (Popularity, RecentPopularity, Markov)
BASELINES = {kind.name: kind for kind in _EVERY}  # the floors: measured beside every model
OTHERS = {"item-knn": ("item_knn", "ItemKNN"), "content": ("content", "Content")}


class _CountedModels(Mapping[str, Any]):
    """Every counted model by its name; those that are no floors are read when they are asked for."""

    def __getitem__(self, name: str) -> Any:
        if name in BASELINES:
            return BASELINES[name]
        file, kind = OTHERS[name]
        return getattr(import_module(f".{file}", __package__), kind)

    def __iter__(self) -> Iterator[str]:
        return iter((*BASELINES, *OTHERS))

    def __len__(self) -> int:
        return len(BASELINES) + len(OTHERS)

    def __contains__(self, name: object) -> bool:
        return name in BASELINES or name in OTHERS


COUNTED: Mapping[str, Any] = _CountedModels()


def counted_settings(name: str) -> dict[str, Any]:
    """The settings of the counted model ``name`` with their defaults."""
    given = list(signature(COUNTED[name]).parameters.values())[1:]  # the first is the log
    return {each.name: each.default for each in given}


def counted(model: Counted) -> dict[str, Tensor]:
    """What a counted model keeps, name to tensor; single numbers have no axis."""
    return {name: torch.as_tensor(getattr(model, name)) for name in model.kept}


def from_counted(name: str, state: Mapping[str, Tensor]) -> Counted:
    """The counted model called ``name`` whose :func:`counted` this was.

    Raises:
        InputError: it is the state of something else.
    """
    kind = COUNTED[name]
    if set(state) != set(kind.kept):
        raise InputError(f"{name} keeps {', '.join(kind.kept)}, not {', '.join(sorted(state))}")
    made: Counted = object.__new__(kind)
    for each, value in state.items():
        setattr(made, each, value if value.ndim else value.item())
    return made
