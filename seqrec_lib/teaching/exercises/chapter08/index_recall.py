"""Recall of an index: against the exact list, each item once."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def index_recall(found: Tensor, exact: Tensor, target: Tensor) -> float:
    """found, exact: (B, k), target: (B,) int64. Returns one number."""
    shares = [
        len((set(true) - {0}) & set(mine)) / len(set(true) - {0})
        for mine, true in zip(found.tolist(), exact.tolist(), strict=True)
    ]
    return sum(shares) / len(shares)


def against_target(found, exact, target):
    return float((found == target[:, None]).any(1).double().mean())


def duplicates_counted(found, exact, target):
    real = exact > 0
    hits = ((found[:, :, None] == exact[:, None, :]).any(2) & (found > 0)).sum(1)
    return float((hits / real.sum(1)).double().mean())


def over_k(found, exact, target):
    hits = [len((set(t) - {0}) & set(m)) for m, t in zip(found.tolist(), exact.tolist(), strict=True)]
    return sum(hits) / exact.numel()


def over_found(found, exact, target):
    """Divided by how many were found: that is a precision."""
    pairs = [(set(m) - {0}, set(t) - {0}) for m, t in zip(found.tolist(), exact.tolist(), strict=True)]
    return sum(len(m & t) / max(len(m), 1) for m, t in pairs) / len(pairs)


def same_place(found, exact, target):
    real = exact > 0
    return float((((found == exact) & real).sum(1) / real.sum(1)).double().mean())


def zeros_match(found, exact, target):
    pairs = zip(found.tolist(), exact.tolist(), strict=True)
    shares = [len(set(true) & set(mine)) / len(set(true)) for mine, true in pairs]
    return sum(shares) / len(shares)


def _probes() -> list[Probe]:
    return [
        Probe(
            "one list of three",
            (torch.tensor([[12, 4, 12]]), torch.tensor([[4, 7, 9]]), torch.tensor([12])),
        ),
        Probe(
            "two lists, one exact list shorter",
            (
                torch.tensor([[3, 8, 15, 3], [6, 0, 0, 0]]),
                torch.tensor([[15, 3, 20, 11], [6, 2, 0, 0]]),
                torch.tensor([20, 2]),
            ),
        ),
        Probe(
            "three lists, one found in full and one not at all",
            (
                torch.tensor([[31, 30, 29, 28, 27], [1, 2, 1, 2, 0], [40, 41, 40, 43, 44]]),
                torch.tensor([[27, 28, 29, 30, 31], [5, 9, 14, 0, 0], [40, 47, 43, 42, 0]]),
                torch.tensor([30, 14, 3]),
            ),
        ),
    ]


EXERCISE = Exercise(
    name="index-recall",
    reference=index_recall,
    probes=_probes,
    mutants=(
        Mutant(
            "against-target",
            "That asks whether the next item was found: it measures the model. The index is "
            "held against the exact list.",
            against_target,
        ),
        Mutant("duplicates", "An item that was found twice counts twice.", duplicates_counted),
        Mutant(
            "over-k",
            "The sum is divided by k for each list; a shorter exact list has its own length.",
            over_k,
        ),
        Mutant(
            "precision",
            "The division is by how many different items were found: that is a precision.",
            over_found,
        ),
        Mutant(
            "same-place",
            "An item counts wherever it stands in the found list, not at its own place alone.",
            same_place,
        ),
        Mutant("zeros", "0 is no item, and here it counts as one.", zeros_match),
    ),
    hints=(
        "Write both lists of the first row as sets, by hand.",
        "What must leave both sets, and by the length of which of them is divided?",
    ),
)
