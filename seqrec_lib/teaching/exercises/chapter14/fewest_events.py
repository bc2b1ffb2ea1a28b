"""The smallest set of events whose absence changes the first item."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from ..exercise import Exercise, Mutant, Probe


def fewest_events(lead: Callable, n: int, most: int) -> list[int]:
    """lead: list of kept events -> float, n, most: int. Returns a sorted list, [] if there is none."""
    for size in range(1, min(most, n - 1) + 1):
        sets = list(combinations(range(n), size))
        leads = {gone: lead([j for j in range(n) if j not in gone]) for gone in sets}
        best = min(sets, key=lambda gone: leads[gone])
        if leads[best] < 0:
            return list(best)
    return []


def greedy(lead, n, most):
    gone: list[int] = []
    while len(gone) < min(most, n - 1):
        left = [j for j in range(n) if j not in gone]
        pick = min(left, key=lambda j: lead([k for k in left if k != j]))
        gone.append(pick)
        if lead([j for j in range(n) if j not in gone]) < 0:
            return sorted(gone)
    return []


def by_single_effects(lead, n, most):
    """Events in the order of what each does alone, until it is enough."""
    whole = lead(list(range(n)))
    order = sorted(range(n), key=lambda j: lead([k for k in range(n) if k != j]) - whole)
    for size in range(1, min(most, n - 1) + 1):
        if lead([j for j in range(n) if j not in order[:size]]) < 0:
            return sorted(order[:size])
    return []


def first_found(lead, n, most):
    for size in range(1, min(most, n - 1) + 1):
        for gone in combinations(range(n), size):
            if lead([j for j in range(n) if j not in gone]) < 0:
                return list(gone)
    return []


def what_is_kept(lead, n, most):
    found = fewest_events(lead, n, most)
    return [j for j in range(n) if j not in found] if found else []


def gone_for_kept(lead, n, most):
    for size in range(1, min(most, n - 1) + 1):
        sets = list(combinations(range(n), size))
        best = min(sets, key=lambda each: lead(list(each)))
        if lead(list(best)) < 0:
            return list(best)
    return []


def largest_change(lead, n, most):
    """Of all sets of up to `most` events, the one that changes most."""
    sets = [gone for size in range(1, min(most, n - 1) + 1) for gone in combinations(range(n), size)]
    best = min(sets, key=lambda gone: lead([j for j in range(n) if j not in gone]))
    return list(best) if lead([j for j in range(n) if j not in best]) < 0 else []


class _Lead:
    """The first item's lead over the best rival, each item's score being the sum of what events give it."""

    def __init__(self, first: list[float], *rivals: list[float]) -> None:
        self.first, self.rivals = first, rivals

    def __call__(self, kept) -> float:
        if not list(kept):
            raise ValueError("a model needs at least one event")
        own, others = sum(self.first[j] for j in kept), (sum(r[j] for j in kept) for r in self.rivals)
        return own - max(others)


def _probes() -> list[Probe]:
    zero = [0.0] * 7
    trap = _Lead([0.5] * 4 + [0.0] * 3, zero, [0.0] * 4 + [-3.0, -3.0, 2.1])
    singles = _Lead([0.4, 1.5, 0.0, 1.0, 0.7], [-0.5, -0.3, 0.4, -0.8, 0.5], [-0.7, -0.2, 1.3, 1.5, 1.0])
    triples = _Lead([1.4, 0.4, 0.1, 0.1, 0.7], [-0.4, -0.6, -0.3, 0.9, 0.0], [-0.5, 1.4, -1.0, -1.4, 0.5])
    return [
        Probe("one event is enough, and two are", (_Lead([2.0, 0.3, 0.2], [0.0, 0.4, 0.5]), 3, 2)),
        Probe("two that hold a rival down", (trap, 7, 6)),
        Probe("two singles are enough", (singles, 5, 4)),
        Probe("none of up to two", (_Lead([3.0, 3.0, 3.0, 3.0, 0.1], [0.0, 0.1, 0.0, 0.2, 1.0]), 5, 2)),
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
