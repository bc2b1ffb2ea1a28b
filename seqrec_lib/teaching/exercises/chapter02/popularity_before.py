"""Popularity as it was known at each request, and not later."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _count(items: Tensor, known: Tensor, n_items: int) -> Tensor:
    """known: (B, N) bool. Returns (B, V+1)."""
    columns = torch.nn.functional.one_hot(items, n_items + 1)  # (N, V+1)
    return known.long() @ columns


def popularity_before(items: Tensor, times: Tensor, query_times: Tensor, n_items: int) -> Tensor:
    """items, times: (N,), query_times: (B,), n_items: V. Returns (B, V+1) counts."""
    return _count(items, times < query_times[:, None], n_items)


def whole_log(items, times, query_times, n_items):
    return _count(items, torch.ones(len(query_times), len(items), dtype=torch.bool), n_items)


def moment_too(items, times, query_times, n_items):
    return _count(items, times <= query_times[:, None], n_items)


def afterwards(items, times, query_times, n_items):
    return _count(items, times > query_times[:, None], n_items)


def before_the_last(items, times, query_times, n_items):
    return popularity_before(items, times, query_times.max().expand(len(query_times)), n_items)


def before_the_first(items, times, query_times, n_items):
    return popularity_before(items, times, query_times.min().expand(len(query_times)), n_items)


def a_column_early(items, times, query_times, n_items):
    return popularity_before(items, times, query_times, n_items).roll(-1, 1)


def once_an_item(items, times, query_times, n_items):
    return popularity_before(items, times, query_times, n_items).clamp(max=1)


def times_rounded(items, times, query_times, n_items):
    return popularity_before(items, times.float(), query_times.float(), n_items)


def until_the_first_later(items, times, query_times, n_items):
    """Stops at the first row that is not known yet, as if the rows were in order."""
    known = (times < query_times[:, None]).cumprod(1).bool()
    return _count(items, known, n_items)


def as_many_rows_from_the_start(items, times, query_times, n_items):
    many = (times < query_times[:, None]).sum(1, keepdim=True)
    return _count(items, torch.arange(len(items)) < many, n_items)


def by_search(items, times, query_times, n_items):
    many = torch.searchsorted(times, query_times)
    return _count(items, torch.arange(len(items)) < many[:, None], n_items)


def by_place(items, times, query_times, n_items):
    order = query_times.argsort()
    return popularity_before(items, times, query_times, n_items)[order]


def _probes() -> list[Probe]:
    items, times = torch.tensor([2, 1, 2, 3, 2, 1]), torch.tensor([10.0, 20.0, 30.0, 40.0, 50.0, 60.0])
    mixed = torch.tensor([3, 5, 0, 2, 4, 1])
    generator = torch.Generator().manual_seed(2)
    drawn = torch.randint(1, 8, (90,), generator=generator), torch.rand(90, generator=generator) * 100
    return [
        Probe("two requests", (items, times, torch.tensor([45.0, 25.0]), 4)),
        Probe("a request at the moment of a row", (items, times, torch.tensor([50.0, 10.0, 65.0]), 3)),
        Probe("rows in no order", (items[mixed], times[mixed], torch.tensor([35.0, 15.0]), 3)),
        Probe("ninety rows", (*drawn, torch.tensor([70.0, 5.0, 33.3]), 7)),
        Probe(
            "times in seconds since 1970",
            (items, times.double() + 1.6e9, torch.tensor([45.0, 25.0]).double() + 1.6e9, 4),
        ),
        Probe("one request, before everything", (items, times, torch.tensor([5.0]), 3)),
    ]


EXERCISE = Exercise(
    name="popularity-before",
    reference=popularity_before,
    probes=_probes,
    mutants=(
        Mutant(
            "whole-log",
            "The whole log is counted, the future too. At the time of a request nobody knows it.",
            whole_log,
        ),
        Mutant(
            "moment-too",
            "A row at the very moment of the request is counted. It may be the answer itself.",
            moment_too,
        ),
        Mutant("afterwards", "This counts what happens after the request.", afterwards),
        Mutant(
            "before-the-last",
            "All requests get what was known at the last one, so the earlier ones see their future.",
            before_the_last,
        ),
        Mutant(
            "before-the-first",
            "All requests get what was known at the first one. Nothing leaks, but what came since is lost.",
            before_the_first,
        ),
        Mutant(
            "a-column-early",
            "The counts stand one column too far to the left. Column 0 is padding, column i is item i.",
            a_column_early,
        ),
        Mutant(
            "once-an-item",
            "Each item is counted once at most. out[b, items] += 1 adds one to an item that comes twice.",
            once_an_item,
        ),
        Mutant(
            "times-rounded",
            "Seconds since 1970 do not fit into 32-bit floats: a moment before and after become the same.",
            times_rounded,
        ),
        Mutant(
            "takes-sorted-rows",
            "It takes the rows for sorted by time: it stops where the first later row stands. Here they come "
            "in any order.",
            until_the_first_later,
            as_many_rows_from_the_start,
            by_search,
        ),
        Mutant(
            "requests-reordered",
            "The rows come out in the order of time. Keep the order of query_times.",
            by_place,
        ),
    ),
    hints=(
        "Compare each row's time with each query time: a (B, N) table of what is known.",
        "Take one request, keep the rows that are known by then and count them. How do you get V + 1 counts "
        "even when no item with a high number is among them?",
    ),
)
