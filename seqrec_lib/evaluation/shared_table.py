"""Ranks under scores that are one table for everybody, but for a few items of each history.

Sizes: ``N`` cases, ``B`` cases a batch, ``V`` items, ``E`` exceptions of a batch. Popularity and a Markov
chain are such: scoring all ``V`` items for each case would compute the same table ``N`` times. Here the
table is sorted once, and each case costs as much as its exceptions.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.batch import Cases
from ..models.recommender import SharesTable
from .asking import check_items, rows_at_once
from .metrics import check_targets

CASES_AT_ONCE = 2048


def shared_ranks(model: SharesTable, cases: Cases, longest: int) -> tuple[Tensor, Tensor, Tensor]:
    """``(better (N,), equal (N,), lists (N, longest))``, as full scores would give them.

    ``better`` and ``equal`` count the items above the target and level with it; ``lists`` are the best items,
    0 where fewer are left. Of items that tie at the end of a list, the one with the lower number is shown.

    Raises:
        InputError: an item of a history, or a target, that is not in the catalogue.
    """
    cases = cases.to("cpu")  # where the table is
    size = model.n_items + 1
    check_items(cases.batch, model.n_items)
    check_targets(cases.target, model.n_items)
    table = model.table()  # (V+1,)
    rising = table[1:].sort().values
    order = table[1:].argsort(descending=True, stable=True) + 1
    found = []
    for part in cases.batches(rows_at_once(model.n_items, CASES_AT_ONCE)):
        row, item, score = model.exceptions(part.batch)  # (E,) each
        own = row * size + item
        own, sorting = own.sort()
        score = score[sorting]
        target = torch.arange(len(part)) * size + part.target
        level = _looked_up(target, own, score, table, size)  # (B,)
        gone = torch.empty(0, dtype=torch.int64)
        if not part.repeats:
            row, item = part.seen()
            gone = torch.unique(row * size + item)
            gone = gone[~torch.isin(gone, target)]
        counts = [
            len(rising) - torch.searchsorted(rising, level, right=True),
            torch.searchsorted(rising, level, right=True) - torch.searchsorted(rising, level),
        ]
        for keys, values, sign in (
            (own, table[own % size], -1),
            (own, score, 1),
            (gone, _looked_up(gone, own, score, table, size), -1),
        ):
            against = level[keys // size]
            for count, hit in zip(counts, (values > against, values == against), strict=True):
                count += sign * torch.bincount((keys // size)[hit], minlength=len(part))
        found.append((*counts, _lists(len(part), own, score, gone, table, order, longest)))
    better, equal, lists = (torch.cat(parts) for parts in zip(*found, strict=True))
    return better, equal, lists


def _looked_up(keys: Tensor, own: Tensor, score: Tensor, table: Tensor, size: int) -> Tensor:
    """The score of each key ``row * size + item``: the exception's where there is one, else the table's."""
    values = table[keys % size].clone()
    if len(own):
        place = torch.searchsorted(own, keys).clamp(max=len(own) - 1)
        values = torch.where(own[place] == keys, score[place], values)
    return values


def _lists(
    rows: int, own: Tensor, score: Tensor, gone: Tensor, table: Tensor, order: Tensor, longest: int
) -> Tensor:
    """``(B, longest)``: the best items of each row, from its exceptions and the first of the table."""
    size = len(table)
    lists = torch.zeros(rows, longest, dtype=torch.int64)
    if not longest:
        return lists
    place = torch.empty(size, dtype=torch.int64)
    place[order] = torch.arange(size - 1)
    own_row, gone_row = own // size, gone // size
    own_size, gone_size = (torch.bincount(row, minlength=rows) for row in (own_row, gone_row))
    # Of the table's first longest + touched items, at least `longest` are not touched.
    depth = (longest + own_size + gone_size).clamp(max=size - 1)
    for some in depth.argsort().split(256):  # rows of like depth together: little padding
        first = int(depth[some].max())
        at = torch.full((rows,), -1)
        at[some] = torch.arange(len(some))
        mine, away = at[own_row] >= 0, at[gone_row] >= 0
        scores = table[order[:first]].repeat(len(some), 1)
        for keys in (own[mine], gone[away]):
            row, column = at[keys // size], place[keys % size]
            near = column < first
            scores[row[near], column[near]] = -torch.inf
        keep = mine & ~torch.isin(own, gone)
        row, by_row = at[own_row[keep]].sort(stable=True)
        keys, values = own[keep][by_row], score[keep][by_row]
        column = torch.arange(len(row)) - torch.searchsorted(row, row)
        width = int(column.max()) + 1 if len(column) else 0
        extra = torch.full((len(some), width), -torch.inf, dtype=table.dtype)
        items = torch.zeros(len(some), width, dtype=torch.int64)
        extra[row, column], items[row, column] = values, keys % size
        every = torch.cat([scores, extra], dim=1)
        names = torch.cat([order[:first].expand(len(some), -1), items], dim=1)
        best = every.topk(min(longest, every.shape[1]), dim=1)
        shown = names.gather(1, best.indices).masked_fill(best.values == -torch.inf, 0)
        lists[some, : shown.shape[1]] = shown
    return lists
