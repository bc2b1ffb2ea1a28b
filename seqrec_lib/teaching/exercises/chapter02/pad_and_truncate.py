"""Histories of many lengths in one rectangle."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _stack(rows: list[list[int]], width: int | None = None, front: bool = False) -> Tensor:
    width = max(map(len, rows)) if width is None else width
    filled = [[0] * (width - len(r)) + r if front else r + [0] * (width - len(r)) for r in rows]
    return torch.tensor(filled, dtype=torch.int64)


def _lengths(rows: list[list[int]]) -> Tensor:
    return torch.tensor([len(row) for row in rows])


def _newest(histories: list[list[int]], max_len: int) -> list[list[int]]:
    return [history[-max_len:] for history in histories]


def pad(histories: list[list[int]], max_len: int) -> tuple[Tensor, Tensor]:
    """histories: B lists of int, max_len: int. Returns items (B, T), lengths (B,)."""
    rows = _newest(histories, max_len)
    return _stack(rows), _lengths(rows)


def oldest_kept(histories, max_len):
    rows = [history[:max_len] for history in histories]
    return _stack(rows), _lengths(rows)


def oldest_kept_whole_lengths(histories, max_len):
    return oldest_kept(histories, max_len)[0], _lengths(histories)


def padded_front(histories, max_len):
    rows = _newest(histories, max_len)
    return _stack(rows, front=True), _lengths(rows)


def no_lengths(histories, max_len):
    items = _stack(_newest(histories, max_len))
    return items, torch.full((len(items),), items.shape[1])


def lengths_not_cut(histories, max_len):
    return pad(histories, max_len)[0], _lengths(histories)


def always_full_width(histories, max_len):
    rows = _newest(histories, max_len)
    return _stack(rows, max_len), _lengths(rows)


def not_cut(histories, max_len):
    return _stack(histories), _lengths(histories)


def cut_to_shortest(histories, max_len):
    return pad(histories, min(max_len, *map(len, histories)))


def newest_first(histories, max_len):
    rows = [row[::-1] for row in _newest(histories, max_len)]
    return _stack(rows), _lengths(rows)


def last_repeated(histories, max_len):
    items, lengths = pad(histories, max_len)
    last = items[torch.arange(len(items)), lengths - 1]
    return torch.where(items > 0, items, last[:, None]), lengths


def _probes() -> list[Probe]:
    return [
        Probe("nothing to cut", ([[4, 7], [9, 2, 5], [6], [8, 1]], 5)),
        Probe("one history too long", ([[1, 2, 3, 5, 8, 4], [9, 6], [7, 3, 2]], 4)),
        Probe("all too long", ([[4, 8, 2, 6], [5, 1, 3], [7, 9, 2, 3]], 2)),
        Probe("one row", ([[3, 9, 4]], 7)),
        Probe("an item that comes twice", ([[5, 5, 5, 2], [8]], 3)),
    ]


EXERCISE = Exercise(
    name="pad-and-truncate",
    reference=pad,
    probes=_probes,
    mutants=(
        Mutant("oldest-kept", "A long history keeps its oldest items. The newest say more.", oldest_kept),
        Mutant(
            "oldest-kept-lengths",
            "Two faults: a long history keeps its oldest items, and its length is counted before the cut.",
            oldest_kept_whole_lengths,
        ),
        Mutant(
            "padded-front",
            "The zeros stand at the front. This book pads at the end, so that step 0 is a real item.",
            padded_front,
        ),
        Mutant(
            "no-lengths",
            "Every row gets the width of the batch as its length, so padding counts as data.",
            no_lengths,
        ),
        Mutant(
            "lengths-not-cut",
            "The lengths are those of the whole histories. Count what is left after the cut.",
            lengths_not_cut,
        ),
        Mutant(
            "always-full-width",
            "The batch is max_len wide even when no row is that long. That is padding for nothing.",
            always_full_width,
        ),
        Mutant("not-cut", "Histories longer than max_len are not cut.", not_cut),
        Mutant(
            "cut-to-shortest",
            "Every history is cut to the shortest one, so there is no padding and much is lost.",
            cut_to_shortest,
        ),
        Mutant("newest-first", "The items of each row run from newest to oldest.", newest_first),
        Mutant(
            "last-repeated",
            "The rows are filled up with their last item. That is an event that never happened; use 0.",
            last_repeated,
        ),
    ),
    hints=(
        "Cut first, then measure, then fill up.",
        "Which slice of a list holds its newest max_len items? How many are left in each row then?",
    ),
)
