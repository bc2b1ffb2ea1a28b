"""One list from two: old items, and a new one at each place that a number divides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def _places(old: Sequence[int], new: Sequence[int], every: int, k: int, *, shift: int = 0,
            swaps: bool = False, same: bool = False, short: bool = False,
            again: bool = False) -> list[int]:  # fmt: skip
    left, fresh, found = list(old), list(new), list[int]()
    for place in range(1, k + 1):
        kept = place % every == shift % every
        if kept and fresh:
            found.append(fresh[0] if same else fresh.pop(0))
            if swaps and left:
                left.pop(0)  # the old item that stood there is lost
        elif left and not (short and kept):
            found.append(left[0] if again and kept else left.pop(0))
        elif fresh and not short:
            found.append(fresh.pop(0))
    return found


def places_for_the_new(old: Sequence[int], new: Sequence[int], every: int, k: int) -> np.ndarray:
    """old, new: lists of items, best first; every, k: int. Returns at most k items, a list will do."""
    return np.array(_places(old, new, every, k))


def _known(**changes) -> Callable:
    return lambda old, new, every, k: _places(old, new, every, k, **changes)


def _probes() -> list[Probe]:
    return [
        Probe("every third place", ([5, 2, 9, 4, 7, 1, 8], [21, 23, 22], 3, 8)),
        Probe("every second place", ([3, 1, 2, 4], [12, 11, 13, 14], 2, 7)),
        Probe("few new items", ([5, 6, 4, 3, 8, 2, 9, 1], [31], 2, 7)),
        Probe("few old items", ([4, 2], [11, 15, 13, 12, 14], 4, 6)),
        Probe("a short list", ([8, 7, 6, 5], [19, 18], 5, 4)),
        Probe("every tenth", (list(range(30, 0, -1)), [41, 44, 43], 10, 24)),
    ]


EXERCISE = Exercise(
    name="places-for-the-new",
    reference=places_for_the_new,
    probes=_probes,
    mutants=(
        Mutant(
            "first-place-kept",
            "The kept places begin with the first one. Counted from 1, they are those that `every` divides.",
            _known(shift=1),
        ),
        Mutant(
            "old-one-lost",
            "An old item is lost at each kept place. It should only move down by one place.",
            _known(swaps=True),
        ),
        Mutant(
            "the-same-new-one",
            "The best new item stands at each kept place. Take the next one each time.",
            _known(same=True),
        ),
        Mutant(
            "places-left-empty",
            "Where one list has ended, places stay empty. The other list fills them.",
            _known(short=True),
        ),
        Mutant(
            "twice-in-the-list",
            "Where new items have run out, an old item is shown twice.",
            _known(again=True),
        ),
    ),
    hints=(
        "Go from place 1 to place k, and keep two lists of what is left.",
        "What stands at a kept place when no new item is left? And the other way round?",
    ),
)
