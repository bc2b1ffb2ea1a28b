"""A stream of segments on which three wrong rules for emptying a memory show."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST = 6


def new_user_in_a_row(users: Tensor) -> Tensor:
    """users: (N, B), whom row b holds in segment n. Returns (N, B), True where a memory may be read."""
    may = torch.zeros(users.shape, dtype=torch.bool)
    may[1:] = users[1:] == users[:-1]
    return may


def never_emptied(users: Tensor) -> Tensor:
    may = torch.ones(users.shape, dtype=torch.bool)
    may[0] = False
    return may


def first_row_decides(users: Tensor) -> Tensor:
    return new_user_in_a_row(users)[:, :1].expand(users.shape)


def seen_before(users: Tensor) -> Tensor:
    may = torch.zeros(users.shape, dtype=torch.bool)
    for n in range(1, len(users)):
        for b in range(users.shape[1]):
            may[n, b] = users[n, b] in users[:n, b]
    return may


def _ready(users: object) -> tuple | str:
    numbers = torch.as_tensor(users)
    if numbers.ndim != 2 or not 0 < numbers.numel() <= MOST or numbers.is_floating_point():
        return message("`users` should be (N, B), whole numbers, {n} of them at most.", n=MOST)
    return (numbers,)


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
    example=lambda: (torch.tensor([[1, 5], [1, 6], [1, 5]]),),
    arguments=("users",),
    hints=(
        "Two rows and three segments are enough.",
        "One row keeps its user. What must happen in the other one, so that all three rules go wrong there?",
    ),
    tries=lambda: {
        "never_emptied": (torch.tensor([[1, 2], [1, 2]]),),
        "first_row_decides": (torch.tensor([[1], [2], [1]]),),
        "seen_before": (torch.tensor([[1, 5], [1, 6]]),),
    },
)
