"""A crop: one piece of the history, and nothing of what is to be predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def piece_of_a_history(row: Sequence[int], keep: float, chance: float) -> np.ndarray:
    """row: list of int, keep, chance: float. Returns list of int."""
    history = list(row)[:-1]
    size = max(1, math.floor(keep * len(history)))
    first = int(chance * (len(history) - size + 1))
    return np.array(history[first : first + size], dtype=np.int64)


def _target_inside(row, keep, chance):
    return piece_of_a_history([*row, 0], keep, chance)


def _none_left(row, keep, chance):
    history = list(row)[:-1]
    size = math.floor(keep * len(history))
    first = int(chance * (len(history) - size + 1))
    return np.array(history[first : first + size], dtype=np.int64)


def _none_left_in_a_list(row, keep, chance):
    return _none_left(row, keep, chance).tolist()


def _from_the_newest(row, keep, chance):
    history = list(row)[:-1]
    size = max(1, math.floor(keep * len(history)))
    first = len(history) - size - int(chance * (len(history) - size + 1))
    return np.array(history[first : first + size], dtype=np.int64)


def _share_of_the_row(row, keep, chance):
    history = list(row)[:-1]
    size = min(len(history), max(1, math.floor(keep * len(row))))
    first = int(chance * (len(history) - size + 1))
    return np.array(history[first : first + size], dtype=np.int64)


def _never_last(row, keep, chance):
    history = list(row)[:-1]
    size = max(1, math.floor(keep * len(history)))
    first = int(chance * (len(history) - size))
    return np.array(history[first : first + size], dtype=np.int64)


def _with_gaps(row, keep, chance):
    history = list(row)[:-1]
    size = max(1, math.floor(keep * len(history)))
    return np.array([history[n * len(history) // size] for n in range(size)])


def _the_end(row, keep, chance):
    return piece_of_a_history(row, keep, 0.999999)


def _rounded_up(row, keep, chance):
    history = list(row)[:-1]
    size = max(1, math.ceil(keep * len(history)))
    first = int(chance * (len(history) - size + 1))
    return np.array(history[first : first + size], dtype=np.int64)


def _probes() -> list[Probe]:
    return [
        Probe("five items and a target", ([3, 12, 7, 20, 5, 9], 0.6, 0.4)),
        Probe("one item and a target", ([14, 2], 0.6, 0.9)),
        Probe("chance near its end", ([8, 1, 15, 4, 30, 22, 6, 19], 0.5, 0.97)),
        Probe("chance at its start", ([11, 5, 2, 40, 13, 17], 0.3, 0.0)),
        Probe("a small share", ([21, 34, 2, 10], 0.2, 0.7)),
        Probe("nearly everything", ([9, 25, 31, 16, 12, 3, 18, 28, 7, 45, 50], 0.85, 0.5)),
    ]


EXERCISE = Exercise(
    name="piece-of-a-history",
    reference=piece_of_a_history,
    probes=_probes,
    mutants=(
        Mutant(
            "target-inside",
            "The piece may hold the last item of the row, and that one is to be predicted. Cut it off first.",
            _target_inside,
        ),
        Mutant(
            "none-left",
            "A short history is cut to nothing. One item stays at least.",
            _none_left,
            _none_left_in_a_list,
        ),
        Mutant(
            "share-of-the-row",
            "The length is a share of the whole row here. The target does not count.",
            _share_of_the_row,
        ),
        Mutant(
            "never-the-last",
            "The newest item can never be in the piece. How many places are there to start at?",
            _never_last,
        ),
        Mutant(
            "with-gaps",
            "These items do not stand side by side in the history. A crop has no gaps.",
            _with_gaps,
        ),
        Mutant(
            "the-end", "This is the newest piece, whatever the chance. Let chance choose the start.", _the_end
        ),
        Mutant(
            "from-the-newest",
            "Places are counted from the newest here. Chance 0 is the oldest.",
            _from_the_newest,
        ),
        Mutant("rounded-up", "The length is rounded up here. Round it down.", _rounded_up),
    ),
    hints=(
        "First the history without its target, then the length, then the start.",
        "A piece of n items out of m can start at m - n + 1 places. Chance below 1 picks one of them.",
    ),
)
