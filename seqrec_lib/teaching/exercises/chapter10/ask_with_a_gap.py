"""What a model that fills gaps reads when the next item is asked for."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Asked = tuple[Tensor, Tensor]


def _set(items: Tensor, at: Tensor, mask_item: int) -> Tensor:
    """``items`` with the mask item in column ``at`` ``(B,)`` of each row."""
    return items.scatter(1, at[:, None], mask_item)


def _wider(items: Tensor) -> Tensor:
    return torch.cat([items, items.new_zeros(len(items), 1)], dim=1)


def ask_with_a_gap(items: Tensor, lengths: Tensor, mask_item: int) -> Asked:
    """items: (B, T), lengths: (B,), mask_item: int. Returns rows (B, T+1), step (B,)."""
    return _set(_wider(items), lengths, mask_item), lengths


def _replaced(items, lengths, mask_item):
    return _set(_wider(items), lengths - 1, mask_item), lengths - 1


def _at_the_end(items, lengths, mask_item):
    end = torch.full_like(lengths, items.shape[1])
    return _set(_wider(items), end, mask_item), end


def _in_front(items, lengths, mask_item):
    front = torch.cat([torch.full_like(items[:, :1], mask_item), items], dim=1)
    return front, lengths


def _read_before(items, lengths, mask_item):
    return _set(_wider(items), lengths, mask_item), lengths - 1


def _padding_hidden(items, lengths, mask_item):
    rows = _wider(items)
    return rows.masked_fill(torch.arange(rows.shape[1]) >= lengths[:, None], mask_item), lengths


def _counted_from_one(items, lengths, mask_item):
    return _set(_wider(items), lengths, mask_item), lengths + 1


def _no_mask(items, lengths, mask_item):
    return _wider(items), lengths


def _oldest_dropped(items, lengths, mask_item):
    rows = torch.cat([items[:, 1:], items.new_zeros(len(items), 2)], dim=1)
    return _set(rows, lengths - 1, mask_item), lengths - 1


def _probes() -> list[Probe]:
    def case(about: str, rows: list[list[int]], width: int, mask_item: int) -> Probe:
        items = torch.tensor([row + [0] * (width - len(row)) for row in rows])
        return Probe(about, (items, torch.tensor([len(row) for row in rows]), mask_item))

    return [
        case("one row, one item", [[4]], 2, 6),
        case("rows of several lengths", [[5, 2, 11], [7], [3, 12, 9, 1]], 5, 13),
        case("rows without padding", [[2, 8], [10, 4]], 2, 31),
        case("a mask item far above the others", [[6, 6, 1, 5, 2, 3], [9, 8]], 7, 201),
    ]


EXERCISE = Exercise(
    name="ask-with-a-gap",
    reference=ask_with_a_gap,
    probes=_probes,
    mutants=(
        Mutant(
            "last-replaced",
            "The gap stands in the place of the last item. Then the model guesses an item that is known "
            "already, and has lost the newest of what it could read.",
            _replaced,
        ),
        Mutant(
            "oldest-dropped",
            "The oldest item was given up for the gap. There is room for one step more.",
            _oldest_dropped,
        ),
        Mutant(
            "end-of-the-row",
            "The gap stands in the last column, behind the padding. Where does the history of a short row "
            "end?",
            _at_the_end,
        ),
        Mutant("in-front", "The gap stands before the oldest item.", _in_front),
        Mutant(
            "read-before",
            "The rows are right. The state that is read is that of the last item, and not that of the gap.",
            _read_before,
        ),
        Mutant(
            "padding-hidden",
            "All padding became gaps. Each row asks for one item.",
            _padding_hidden,
        ),
        Mutant("counted-from-one", "The rows are right. Columns are counted from 0.", _counted_from_one),
        Mutant(
            "no-mask", "No step is hidden here: a gap is read as the mask item, not as padding.", _no_mask
        ),
    ),
    hints=(
        "Write a row of two items with one step of padding. Where does its next item belong?",
        "Add a column first. Then each row has a column for the gap, and its length says which.",
    ),
)
