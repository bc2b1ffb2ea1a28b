"""Leave-one-out for one user: what is learned from, what chooses, what is tested."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _parts(history: Tensor, shortest: int = 3) -> tuple | None:
    if len(history) < shortest:
        return history, 0, history[:0], 0
    return None


def split_user(history: Tensor) -> tuple[Tensor, int, Tensor, int]:
    """history: (n,) int64. Returns train (m,), validation item, test history (t,), test item."""
    return _parts(history) or (history[:-2], int(history[-2]), history[:-1], int(history[-1]))


def validation_forgotten(history):
    return _parts(history) or (history[:-2], int(history[-2]), history[:-2], int(history[-1]))


def validation_trained_on(history):
    return _parts(history) or (history[:-1], int(history[-2]), history[:-1], int(history[-1]))


def target_in_history(history):
    return _parts(history) or (history[:-2], int(history[-2]), history, int(history[-1]))


def exchanged(history):
    return _parts(history) or (history[:-2], int(history[-1]), history[:-1], int(history[-2]))


def oldest_tested(history):
    return _parts(history) or (history[2:], int(history[1]), history[1:], int(history[0]))


def one_held_out(history):
    return _parts(history) or (history[:-1], int(history[-1]), history[:-1], int(history[-1]))


def two_are_enough(history):
    return _parts(history, 2) or (history[:-2], int(history[-2]), history[:-1], int(history[-1]))


def short_users_lost(history):
    return (history[:0], 0, history[:0], 0) if len(history) < 3 else split_user(history)


def _probes() -> list[Probe]:
    return [
        Probe("five items", (torch.tensor([4, 9, 2, 7, 5]),)),
        Probe("three items", (torch.tensor([6, 3, 8]),)),
        Probe("two items", (torch.tensor([5, 2]),)),
        Probe("one item", (torch.tensor([7]),)),
        Probe("an item that comes again", (torch.tensor([3, 3, 1, 3, 1, 2]),)),
    ]


EXERCISE = Exercise(
    name="split-one-user",
    reference=split_user,
    probes=_probes,
    mutants=(
        Mutant(
            "validation-forgotten",
            "The validation item is missing from the test history. By the time of the test it has happened.",
            validation_forgotten,
        ),
        Mutant(
            "validation-trained-on",
            "The validation item is in training too, so it cannot choose anything.",
            validation_trained_on,
        ),
        Mutant(
            "target-in-history",
            "The test history holds the test item: the answer is given away.",
            target_in_history,
        ),
        Mutant("exchanged", "Test and validation item have changed places.", exchanged),
        Mutant(
            "oldest-tested", "The oldest items are held out. The newest are to be predicted.", oldest_tested
        ),
        Mutant(
            "one-held-out",
            "One item serves as validation and as test. What has chosen the model cannot test it.",
            one_held_out,
        ),
        Mutant(
            "two-are-enough",
            "A user with two items is split, and nothing is left to train on. Three is the least.",
            two_are_enough,
        ),
        Mutant(
            "short-users-lost",
            "Short histories are thrown away. They cannot be tested, but they can be learned from.",
            short_users_lost,
        ),
    ),
    hints=(
        "Write the four parts of [4, 9, 2, 7, 5] by hand before you write code.",
        "Which slice leaves out the last item, and which the last two? Short histories need their own line.",
    ),
)
