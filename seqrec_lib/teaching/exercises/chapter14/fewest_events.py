"""The smallest set of events whose absence changes the first item."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _marks(gone: Iterable[int], n: int) -> Tensor:
    """``(n,)``: 1 at the events that go."""
    marks = torch.zeros(n, dtype=torch.int64)
    marks[list(gone)] = 1
    return marks


def _sets(n: int, most: int) -> list[list[tuple[int, ...]]]:
    """All sets of events that may go, by size."""
    return [list(combinations(range(n), size)) for size in range(1, min(most, n - 1) + 1)]


def _without(gone: Iterable[int], n: int) -> list[int]:
    return [j for j in range(n) if j not in set(gone)]


def fewest_events(lead: Callable, n: int, most: int) -> Tensor:
    """lead: list of kept events -> float, n, most: int. Returns (n,) int64: 1 at the events that go."""
    for sets in _sets(n, most):
        leads = {gone: lead(_without(gone, n)) for gone in sets}
        best = min(sets, key=lambda gone: leads[gone])
        if leads[best] < 0:
            return _marks(best, n)
    return _marks((), n)


def greedy(lead, n, most):
    gone: list[int] = []
    while len(gone) < min(most, n - 1):
        gone.append(min(_without(gone, n), key=lambda j: lead(_without([*gone, j], n))))
        if lead(_without(gone, n)) < 0:
            return _marks(gone, n)
    return _marks((), n)


def by_single_effects(lead, n, most):
    """Events in the order of what each does alone, until it is enough."""
    order = sorted(range(n), key=lambda j: lead(_without([j], n)))
    for size in range(1, min(most, n - 1) + 1):
        if lead(_without(order[:size], n)) < 0:
            return _marks(order[:size], n)
    return _marks((), n)


def first_found(lead, n, most):
    enough = (gone for sets in _sets(n, most) for gone in sets if lead(_without(gone, n)) < 0)
    return _marks(next(enough, ()), n)


def what_is_kept(lead, n, most):
    found = fewest_events(lead, n, most)
    return 1 - found if found.any() else found


def gone_for_kept(lead, n, most):
    for sets in _sets(n, most):
        best = min(sets, key=lambda each: lead(list(each)))
        if lead(list(best)) < 0:
            return _marks(best, n)
    return _marks((), n)


def largest_change(lead, n, most):
    """Of all sets of up to `most` events, the one that changes most."""
    every = [gone for sets in _sets(n, most) for gone in sets]
    best = min(every, key=lambda gone: lead(_without(gone, n)))
    return _marks(best if lead(_without(best, n)) < 0 else (), n)


@dataclass(frozen=True, repr=False)
class _Lead:
    """The first item's lead over the best rival, each item's score being the sum of what events give it."""

    first: list[float]
    rivals: list[list[float]]

    def __call__(self, kept) -> float:
        if not list(kept):
            raise ValueError("a model needs at least one event")
        own, others = sum(self.first[j] for j in kept), (sum(r[j] for j in kept) for r in self.rivals)
        return own - max(others)


def _probes() -> list[Probe]:
    zero = [0.0] * 7
    trap = _Lead([0.5] * 4 + [0.0] * 3, [zero, [0.0] * 4 + [-3.0, -3.0, 2.1]])
    singles = _Lead([0.4, 1.5, 0.0, 1.0, 0.7], [[-0.5, -0.3, 0.4, -0.8, 0.5], [-0.7, -0.2, 1.3, 1.5, 1.0]])
    triples = _Lead([1.4, 0.4, 0.1, 0.1, 0.7], [[-0.4, -0.6, -0.3, 0.9, 0.0], [-0.5, 1.4, -1.0, -1.4, 0.5]])
    return [
        Probe("one event is enough, and two are", (_Lead([2.0, 0.3, 0.2], [[0.0, 0.4, 0.5]]), 3, 2)),
        Probe("two that hold a rival down", (trap, 7, 6)),
        Probe("two singles are enough", (singles, 5, 4)),
        Probe("none of up to two", (_Lead([3.0, 3.0, 3.0, 3.0, 0.1], [[0.0, 0.1, 0.0, 0.2, 1.0]]), 5, 2)),
        Probe("three of five", (triples, 5, 4)),
    ]


EXERCISE = Exercise(
    name="fewest-events",
    reference=fewest_events,
    probes=_probes,
    mutants=(
        Mutant(
            "greedy",
            "The event that hurts most is taken first and stays in the set. On this input fewer are enough.",
            greedy,
        ),
        Mutant(
            "single-effects",
            "Events are ranked by what each does alone. Two that do nothing alone may do it together.",
            by_single_effects,
        ),
        Mutant(
            "first-found",
            "The size is right. Of several sets of that size the task asks for a certain one.",
            first_found,
        ),
        Mutant("kept", "That is what is left, and not what is taken away.", what_is_kept),
        Mutant(
            "roles-turned",
            "`lead` is given the events that are taken away; it wants those that are kept.",
            gone_for_kept,
        ),
        Mutant(
            "most-effect",
            "That set moves the item furthest; a smaller one already changes the first place.",
            largest_change,
        ),
    ),
    hints=(
        "How many sets of one event are there, and how many of two?",
        "Go through the sizes from the smallest; stop at the first size at which any set is enough.",
    ),
    seconds=10.0,
)
