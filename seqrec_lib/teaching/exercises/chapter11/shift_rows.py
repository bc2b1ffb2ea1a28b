"""From scores by distance to weights by key: move each row by its own number of places, hide, softmax."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _moved(scores: Tensor, extra: int = 0, hide: float | None = -math.inf) -> Tensor:
    """Row i moves S - 1 - i + extra places to the left; later keys get ``hide``; None: nothing."""
    s, k = scores.shape[-2:]
    found = torch.stack([scores[..., i, :].roll(i + 1 - s - extra, -1) for i in range(s)], -2)
    return (found if hide is None else found.masked_fill(_later(s, k), hide)).softmax(-1)


def _later(s: int, k: int) -> Tensor:
    return torch.arange(k) > torch.arange(s)[:, None] + k - s  # (S, K)


def shift_rows(scores: Tensor) -> Tensor:
    """scores: (B, S, K), column c belongs to distance K - 1 - c. Returns weights (B, S, K)."""
    return _moved(scores)


def _as_they_are(scores):
    s, k = scores.shape[-2:]
    return scores.masked_fill(_later(s, k), -math.inf).softmax(-1)


def _other_way(scores):
    s, k = scores.shape[-2:]
    found = torch.stack([scores[..., i, :].roll(s - 1 - i, -1) for i in range(s)], -2)
    return found.masked_fill(_later(s, k), -math.inf).softmax(-1)


def _by_row_number(scores):
    """Row i moves i places: the first row stays, where the last one should."""
    s, k = scores.shape[-2:]
    found = torch.stack([scores[..., i, :].roll(-i, -1) for i in range(s)], -2)
    return found.masked_fill(_later(s, k), -math.inf).softmax(-1)


def _wrong_axis(scores):
    """The columns are moved along the queries."""
    s, k = scores.shape[-2:]
    found = torch.stack([scores[..., c].roll(c + 1 - k, -1) for c in range(k)], -1)
    return found.masked_fill(_later(s, k), -math.inf).softmax(-1)


def _mask_without_memory(scores):
    s, k = scores.shape[-2:]
    found = torch.stack([scores[..., i, :].roll(i + 1 - s, -1) for i in range(s)], -2)
    return found.masked_fill(torch.arange(k) > torch.arange(s)[:, None], -math.inf).softmax(-1)


def _after_softmax(scores):
    return _moved(scores, hide=None).masked_fill(_later(*scores.shape[-2:]), 0.0)


def _near_to_far(scores):
    """Read as if column c belonged to distance c."""
    return _moved(scores.flip(-1))


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(110)

    def case(about: str, *shape: int, size: float = 1.0) -> Probe:
        return Probe(about, (torch.randn(shape, generator=generator) * size,))

    return [
        case("one row, two queries, three keys", 1, 2, 3),
        case("two rows, three queries, a memory of four", 2, 3, 7),
        case("no memory", 1, 4, 4),
        case("one query", 2, 1, 5),
        case("large scores of either sign", 3, 5, 6, size=30.0),
    ]


EXERCISE = Exercise(
    name="shift-rows",
    reference=shift_rows,
    probes=_probes,
    mutants=(
        Mutant(
            "not-moved",
            "The rows stand where they stood. Which distance has the last key from the first query, and in "
            "which column is its score?",
            _as_they_are,
        ),
        Mutant(
            "one-too-far",
            "Each row has moved one place too far. The last row should not move at all.",
            lambda scores: _moved(scores, 1),
        ),
        Mutant(
            "one-short",
            "Each row has moved one place less than it should; the last row has moved to the right.",
            lambda scores: _moved(scores, -1),
        ),
        Mutant("the-other-way", "The rows have moved to the right. Print the distances by key.", _other_way),
        Mutant(
            "first-row-stays",
            "Row i has moved i places, so the first row stays. The last query sees all K distances: which "
            "row can stay?",
            _by_row_number,
        ),
        Mutant(
            "wrong-axis",
            "The columns have moved along the queries. A query keeps its own scores: move within its row.",
            _wrong_axis,
        ),
        Mutant(
            "wrapped-entries-left",
            "What came round the corner still stands at the later keys. These are no scores of them: hide "
            "every key that comes after its query.",
            lambda scores: _moved(scores, hide=None),
        ),
        Mutant(
            "hidden-as-zero",
            "Hidden scores are 0 here. A softmax gives weight to a 0: use minus infinity.",
            lambda scores: _moved(scores, hide=0.0),
        ),
        Mutant(
            "hidden-after-softmax",
            "The later keys are hidden after the softmax, when they have taken their share already.",
            _after_softmax,
        ),
        Mutant(
            "memory-hidden",
            "The mask takes key i for the query's own. The keys of the memory come first: the query i stands "
            "at key K − S + i.",
            _mask_without_memory,
        ),
        Mutant(
            "near-to-far",
            "Column c was read as distance c. The task's columns go from far to near.",
            _near_to_far,
        ),
    ),
    hints=(
        "Write the distances of two queries and three keys as a matrix, then the columns in which their "
        "scores stand.",
        "The last row is right as it is. Each row above it must move one place further to the left.",
    ),
)
