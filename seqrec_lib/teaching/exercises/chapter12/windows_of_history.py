"""Cut one long history into training windows so that every item but the first is a target once."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def windows_of_history(n: int, length: int) -> np.ndarray:
    """n, length: int. Returns windows (start, stop), the newest first."""
    return np.array(_windows(n, length))


def _windows(n, length, shared=1, at_most=None, rows=1, from_start=False):
    """``shared``: items that neighbours have in common. ``rows``: items of a window beyond ``length``."""
    found: list[tuple[int, int]] = []
    size = length + rows
    if from_start:
        start = 0
        while start < n - 1 or not found:
            found.append((start, min(start + size, n)))
            start += size - shared
        return found[::-1]
    stop = n
    while stop > 1 or not found:
        start = max(stop - size, 0)
        found.append((start, stop))
        if start == 0 or len(found) == at_most:
            break
        stop = start + shared
    return found


EXERCISE = Exercise(
    name="windows-of-history",
    reference=windows_of_history,
    probes=lambda: [
        Probe("a short history", (5, 10)),
        Probe("one item more than a window holds", (12, 10)),
        Probe("two full windows", (21, 10)),
        Probe("three windows, the oldest is short", (25, 10)),
        Probe("windows of one step", (4, 1)),
        Probe("a history as long as the window", (8, 8)),
        Probe("a long one", (947, 200)),
    ],
    mutants=(
        Mutant(
            "newest-only",
            "There is one window only. What is older than it is never a target.",
            lambda n, length: _windows(n, length, at_most=1),
        ),
        Mutant(
            "border-target-lost",
            "Neighbours share no item, so the first item of each newer window is a target nowhere.",
            lambda n, length: _windows(n, length, shared=0),
        ),
        Mutant(
            "targets-twice",
            "Neighbours share two items or more, so some items are targets twice.",
            lambda n, length: _windows(n, length, shared=2) if length > 1 else _windows(n, length),
        ),
        Mutant(
            "one-item-short",
            "A window with `length` steps has `length` + 1 items: each step needs the item after it.",
            lambda n, length: _windows(n, length, rows=0) if length > 1 else [(n - 1, n)],
        ),
        Mutant(
            "blocks-of-items",
            "These are blocks of `length` items. A window has one item more than it has steps: its oldest "
            "item is a target in the window before.",
            lambda n, length: [(max(stop - length, 0), stop) for stop in range(n, 1, -length)],
        ),
        Mutant(
            "steps-alone",
            "The windows end with their last step. The item after it is its target and belongs to them.",
            lambda n, length: [(start, stop - 1) for start, stop in _windows(n, length)],
        ),
        Mutant(
            "cut-from-the-oldest",
            "The windows are cut from the oldest end, so the newest window is the short one.",
            lambda n, length: _windows(n, length, from_start=True),
        ),
        Mutant(
            "oldest-first",
            "The windows come oldest first. The newest should come first.",
            lambda n, length: _windows(n, length)[::-1],
        ),
        Mutant(
            "counted-from-one",
            "Python counts from 0, and `stop` is not part of a window.",
            lambda n, length: [(start + 1, stop + 1) for start, stop in _windows(n, length)],
        ),
    ),
    hints=(
        "Which item is the last target of the older window, and which is the first input of the newer one?",
        "Go from the end. A full window has one item more than it has steps; the next one stops one item "
        "after it began.",
    ),
)
