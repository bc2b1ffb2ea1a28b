"""A stream of segments on which three wrong rules for emptying a memory show."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST = 3


def rows(one: Tensor, two: Tensor) -> Tensor:
    """``(N, 2)``: whom the two rows hold in each segment."""
    return torch.stack([one, two], dim=1)


def new_user_in_a_row(one: Tensor, two: Tensor) -> Tensor:
    """one, two: (N,), whom each row holds in segment n. Returns (N, 2), True where memory may be read."""
    users = rows(one, two)
    may = torch.zeros(users.shape, dtype=torch.bool)
    may[1:] = users[1:] == users[:-1]
    return may


def never_emptied(one: Tensor, two: Tensor) -> Tensor:
    may = torch.ones(rows(one, two).shape, dtype=torch.bool)
    may[0] = False
    return may


def first_row_decides(one: Tensor, two: Tensor) -> Tensor:
    users = rows(one, two)
    may = torch.zeros(users.shape, dtype=torch.bool)
    may[1:] = (users[1:] == users[:-1])[:, :1]
    return may


def seen_before(one: Tensor, two: Tensor) -> Tensor:
    users = rows(one, two)
    may = torch.zeros(users.shape, dtype=torch.bool)
    for n in range(1, len(users)):
        for b in range(2):
            may[n, b] = users[n, b] in users[:n, b]
    return may


def _ready(one: object, two: object) -> tuple | str:
    numbers = tuple(torch.as_tensor(row) for row in (one, two))
    fit = all(row.ndim == 1 and 0 < len(row) <= MOST and not row.is_floating_point() for row in numbers)
    if not fit or len(numbers[0]) != len(numbers[1]):
        return message(
            "`one` and `two` should be (N,) each: whole numbers, of one length, {n} at most.", n=MOST
        )
    return numbers


EXERCISE = BreakingInput(
    name="left-over-memory",
    right=new_user_in_a_row,
    rivals=(
        Rival(never_emptied, "It empties no memory at all. In which row of yours does the user change?"),
        Rival(
            first_row_decides,
            "It looks at the first row alone. Does another row of yours change its user when the first one "
            "does not, or the other way round?",
        ),
        Rival(
            seen_before,
            "It lets a user go on whom the row held at any time before. Whose memory is it if somebody else "
            "came in between?",
        ),
    ),
    ready=_ready,
    example=lambda: (torch.tensor([1, 1, 1]), torch.tensor([5, 6, 5])),
    arguments=("one", "two"),
    hints=(
        "Three segments are enough.",
        "One row keeps its user. What must happen in the other one, so that all three rules go wrong there?",
    ),
    tries=lambda: {
        "never_emptied": (torch.tensor([1, 1]), torch.tensor([2, 2])),
        "first_row_decides": (torch.tensor([1, 2, 1]), torch.tensor([7, 8, 7])),
        "seen_before": (torch.tensor([1, 1]), torch.tensor([5, 6])),
    },
)
