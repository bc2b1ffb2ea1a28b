"""Places counted from the newest item, where padding stands at the end."""

from __future__ import annotations

import torch
from torch import Tensor

from ..answers import rows_as_array
from ..exercise import Exercise, Mutant, Probe


def _step(steps: int) -> Tensor:
    return torch.arange(steps)[None, :]  # (1, T)


def places_from_the_end(lengths: Tensor, steps: int) -> Tensor:
    """lengths: (B,) int64, steps: int. Returns (B, steps) int64."""
    return (lengths[:, None] - _step(steps)).clamp(min=0)


def from_the_start(lengths, steps):
    return (_step(steps) + 1) * (_step(steps) < lengths[:, None])


def from_the_start_everywhere(lengths, steps):
    return (_step(steps) + 1).repeat(len(lengths), 1)


def from_zero(lengths, steps):
    return (lengths[:, None] - 1 - _step(steps)).clamp(min=0)


def from_the_width(lengths, steps):
    return (steps - _step(steps)) * (_step(steps) < lengths[:, None])


def from_the_width_everywhere(lengths, steps):
    return (steps - _step(steps)).repeat(len(lengths), 1)


def from_the_longest(lengths, steps):
    return (lengths.max() - _step(steps)).clamp(min=0) * (_step(steps) < lengths[:, None])


def padding_counted_on(lengths, steps):
    return lengths[:, None] - _step(steps)


def padding_as_newest(lengths, steps):
    return (lengths[:, None] - _step(steps)).clamp(min=1)


def padding_at_the_front(lengths, steps):
    place = steps - _step(steps)
    return place * (place <= lengths[:, None])


def starts_at_two(lengths, steps):
    return (lengths[:, None] - _step(steps) + 1) * (_step(steps) < lengths[:, None])


def starts_at_two_clamped(lengths, steps):
    return (lengths[:, None] - _step(steps) + 1).clamp(min=0)


EXERCISE = Exercise(
    name="places-from-the-end",
    reference=places_from_the_end,
    probes=lambda: [
        Probe("a full row and a short one", (torch.tensor([5, 3]), 5)),
        Probe("no row is full", (torch.tensor([2, 4, 1]), 6)),
        Probe("one item", (torch.tensor([1]), 3)),
        Probe("wider than the longest row", (torch.tensor([4, 2]), 7)),
        Probe("three full rows", (torch.tensor([3, 3, 3]), 3)),
    ],
    prepare=rows_as_array,
    mutants=(
        Mutant(
            "from-the-start",
            "The oldest item is 1 here. Count from the newest.",
            from_the_start,
            from_the_start_everywhere,
        ),
        Mutant(
            "from-zero",
            "The newest item gets 0, which is padding's number: the two cannot be told apart.",
            from_zero,
        ),
        Mutant(
            "from-the-width",
            "Every row is counted from the last column. A shorter row ends earlier.",
            from_the_width,
            from_the_width_everywhere,
        ),
        Mutant(
            "from-the-longest",
            "Every row is counted from the end of the longest one. Use each row's own length.",
            from_the_longest,
        ),
        Mutant(
            "padding-below-zero",
            "The count goes on below the newest item, to negative places. Padding is 0.",
            padding_counted_on,
        ),
        Mutant(
            "padding-as-newest", "Padding has the newest item's place. It is no item: 0.", padding_as_newest
        ),
        Mutant(
            "padding-at-the-front",
            "This counts as if padding stood at the front. Here it stands at the end.",
            padding_at_the_front,
        ),
        Mutant(
            "starts-at-two",
            "The newest item gets 2. It is one step from the request: 1.",
            starts_at_two,
            starts_at_two_clamped,
        ),
    ),
    hints=(
        "Write it by hand for lengths [2, 3] and four steps: the first row is 2, 1, 0, 0.",
        "A row of n items has place n - t at step t, if t counts from 0. What does that give at padding?",
    ),
)
