"""Debug: views that wrote into the stored sequence. Three results must each be what they should be."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Views = tuple[Tensor, Tensor, Tensor]


def views_that_leave_it_alone(row: Tensor, hidden: Tensor, order: Tensor, token: int) -> Views:
    """row, hidden, order: (n,), (m,), (w,), token: int. Returns (n,), (n,), (n,)."""
    masked, moved = row.clone(), row.clone()
    masked[hidden] = token
    moved[order.sort().values] = row[order]
    return masked, moved, row


def _as_published(row, hidden, order, token):
    masked = row[:]
    masked[hidden] = token
    moved = row[:]
    moved[order.sort().values] = row[order]
    return masked, moved, row


def _moved_masked(row, hidden, order, token):
    masked, _, _ = views_that_leave_it_alone(row, hidden, order, token)
    moved = masked.clone()
    moved[order.sort().values] = masked[order]
    return masked, moved, row


def _moved_copied(row, hidden, order, token):
    masked = row[:]
    masked[hidden] = token
    moved = row.clone()
    moved[order.sort().values] = row[order]
    return masked, moved, row


def _row_kept_apart(row, hidden, order, token):
    masked, moved, _ = _as_published(row.clone(), hidden, order, token)
    return masked, moved, row


def _swapped(row, hidden, order, token):
    masked, moved, _ = views_that_leave_it_alone(row, hidden, order, token)
    return moved, masked, row


def _from_the_left(row, hidden, order, token):
    masked, moved, _ = views_that_leave_it_alone(row, hidden, order, token)
    moved = row.clone()
    moved[order.sort().indices] = row[order]
    return masked, moved, row


def _half_copied(row, hidden, order, token):
    masked, moved = row.clone(), row[:]
    masked[hidden] = token
    moved[order.sort().values] = row[order]
    return masked, moved, row


def _masked_kept(row, hidden, order, token):
    masked, moved, _ = views_that_leave_it_alone(row, hidden, order, token)
    return masked, moved, masked


def _other_way(row, hidden, order, token):
    masked, moved, _ = views_that_leave_it_alone(row, hidden, order, token)
    moved = row.clone()
    moved[order] = row[order.sort().values]
    return masked, moved, row


def _probes() -> list[Probe]:
    def probe(name: str, row: list[int], hidden: list[int], order: list[int], token: int) -> Probe:
        return Probe(name, (torch.tensor(row), torch.tensor(hidden), torch.tensor(order), token))

    return [
        probe("five items", [4, 12, 7, 9, 3], [1], [3, 1, 2], 201),
        probe("nothing overlaps", [15, 2, 8, 30, 11, 6, 19], [0, 6], [3, 4, 2], 99),
        probe("hidden inside the window", [5, 25, 14, 1, 40, 22], [2, 3], [4, 2, 3, 1], 77),
        probe("nearly all hidden", [33, 10, 21, 18], [0, 1, 2], [2, 0, 1], 50),
    ]


EXERCISE = Exercise(
    name="views-that-leave-it-alone",
    reference=views_that_leave_it_alone,
    probes=_probes,
    mutants=(
        Mutant(
            "as-published",
            "All three are one tensor. What does row[:] give for a tensor, and what does it give for a list?",
            _as_published,
        ),
        Mutant(
            "half-copied",
            "One of the two views has a memory of its own now. The other still writes into the row.",
            _half_copied,
            _moved_copied,
        ),
        Mutant(
            "views-swapped",
            "The view with hidden items comes first, the reordered one second.",
            _swapped,
        ),
        Mutant(
            "row-kept-apart",
            "The row is safe now, but the two views still are one tensor.",
            _row_kept_apart,
        ),
        Mutant(
            "moved-masked",
            "The second view is made from the first. Both are made from the row.",
            _moved_masked,
        ),
        Mutant(
            "masked-kept",
            "The third result is what training predicts from. Nothing may be hidden there.",
            _masked_kept,
        ),
        Mutant(
            "other-way",
            "Place by place: the first place of the window gets the item that stands first in the order.",
            _other_way,
        ),
        Mutant(
            "order-of-the-sort",
            "sort() gives values and indices. Which of them are places in the row?",
            _from_the_left,
        ),
    ),
    hints=(
        "Change one entry of a view and print the row. Whose entry was that?",
        "A slice of a tensor shares its memory. What makes a copy?",
    ),
)
