"""Rows of like length in one batch, so that little is spent on padding."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def _places(lengths: np.ndarray) -> np.ndarray:
    """(N,): at which place each row stands, shortest first."""
    place = np.empty(len(lengths), dtype=np.int64)
    place[np.argsort(lengths, kind="stable")] = np.arange(len(lengths))
    return place


def length_batches(lengths: np.ndarray, size: int) -> np.ndarray:
    """lengths: (N,) int array, size: int. Returns (N,) batch numbers, from 0."""
    return _places(lengths) // size


def as_they_come(lengths, size):
    return np.arange(len(lengths)) // size


def last_batch_lost(lengths, size):
    batch = length_batches(lengths, size)
    return np.where(batch < len(lengths) // size, batch, -1)


def last_batch_joined(lengths, size):
    return np.minimum(length_batches(lengths, size), max(len(lengths) // size - 1, 0))


def longest_first(lengths, size):
    return _places(-lengths) // size


def order_instead_of_place(lengths, size):
    return np.argsort(lengths, kind="stable") // size


def size_as_number(lengths, size):
    return _places(lengths) * size // len(lengths)


def from_one(lengths, size):
    return length_batches(lengths, size) + 1


def by_length_alone(lengths, size):
    return np.unique(lengths, return_inverse=True)[1].reshape(-1)


def ties_reversed(lengths, size):
    return _places(lengths[::-1])[::-1] // size


def _probes() -> list[Probe]:
    rng = np.random.default_rng(6)
    return [
        Probe("six rows, two a batch", (np.array([5, 1, 9, 3, 8, 2]), 2)),
        Probe("a last batch that is not full", (np.array([4, 7, 1, 6, 3]), 2)),
        Probe("rows of equal length", (np.array([3, 5, 3, 5, 3, 3, 5]), 2)),
        Probe("fewer rows than a batch holds", (np.array([2, 6, 4]), 8)),
        Probe("forty rows", (rng.integers(1, 30, 40), 7)),
    ]


EXERCISE = Exercise(
    name="length-batches",
    reference=length_batches,
    probes=_probes,
    mutants=(
        Mutant(
            "as-they-come",
            "The numbers run 0, 0, …, 1, 1, … from the first row to the last. Either the rows were not "
            "sorted by length, or these are the numbers in the order of the sort: each must go back to its "
            "own row.",
            as_they_come,
        ),
        Mutant(
            "last-batch-lost",
            "Rows of the last batch are left out when it is not full. They are the longest histories.",
            last_batch_lost,
        ),
        Mutant(
            "last-batch-joined",
            "The rows that are left over go into the batch before, which is then too large.",
            last_batch_joined,
        ),
        Mutant("longest-first", "The longest rows come first. Begin with the shortest.", longest_first),
        Mutant(
            "order-instead-of-place",
            "argsort says which row stands at each place. Wanted is at which place each row stands.",
            order_instead_of_place,
        ),
        Mutant(
            "size-as-number",
            "size is taken as the number of batches. It is the number of rows in each.",
            size_as_number,
        ),
        Mutant("from-one", "The numbers start at 1. Python counts from 0.", from_one),
        Mutant(
            "by-length-alone",
            "Each length gets a batch of its own, however many rows it has. A batch has size rows.",
            by_length_alone,
        ),
        Mutant(
            "ties-reversed",
            "Rows of equal length are turned round. Let them keep their order, with a stable sort.",
            ties_reversed,
        ),
    ),
    hints=(
        "Do it by hand for the lengths 5, 1, 9 with two rows in a batch. Which row gets which number?",
        "A sort says which row stands at each place. The batch follows from the place, and the result is "
        "asked for in the order of the rows: how do you get from one to the other?",
    ),
)
