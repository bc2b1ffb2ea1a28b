"""How many numbers that were never trained a longer history reads, by form of positions."""

from __future__ import annotations

import torch

from ....attention import bucket
from ..exercise import Exercise, Mutant, Probe

FORMS = ("start", "end", "distance", "buckets", "alibi", "rope")


def _read(form: str, steps: int) -> set[int]:
    """What a row of ``steps`` items reads of the form's table."""
    if form == "buckets":
        return set(bucket(torch.arange(steps)).tolist())
    return set(range(steps)) if form in ("start", "end", "distance") else set()


def untrained_numbers(form: str, trained: int, asked: int) -> int:
    """form: str, trained, asked: int. Returns an int."""
    return len(_read(form, asked) - _read(form, trained))


def _end_is_safe(form, trained, asked):
    return 0 if form == "end" else untrained_numbers(form, trained, asked)


def _distance_is_safe(form, trained, asked):
    return 0 if form in ("distance", "buckets") else untrained_numbers(form, trained, asked)


def _buckets_never(form, trained, asked):
    return 0 if form == "buckets" else untrained_numbers(form, trained, asked)


def _buckets_as_distances(form, trained, asked):
    return untrained_numbers("distance" if form == "buckets" else form, trained, asked)


def _all_forms(form, trained, asked):
    return untrained_numbers(form if form == "buckets" else "distance", trained, asked)


def _signed(form, trained, asked):
    return len(_read(form, asked)) - len(_read(form, trained))


def _positions_read(form, trained, asked):
    return len(_read(form, asked))


def _probes() -> list[Probe]:
    sizes = [(3, 5), (24, 50), (50, 24), (7, 7), (12, 300), (140, 500)]
    return [
        Probe(f"{form}, trained to {trained}, asked at {asked}", (form, trained, asked))
        for trained, asked in sizes
        for form in FORMS
    ]


EXERCISE = Exercise(
    name="untrained-numbers",
    reference=untrained_numbers,
    probes=_probes,
    mutants=(
        Mutant(
            "end-is-safe",
            "Counted from the newest item, the newest has a trained place. But where does the oldest stand?",
            _end_is_safe,
        ),
        Mutant(
            "distances-are-safe",
            "A distance can be new too. How far apart can two events of a training row be?",
            _distance_is_safe,
        ),
        Mutant(
            "buckets-are-safe",
            "Buckets share numbers, but the bucket of a far distance may hold no distance of training.",
            _buckets_never,
        ),
        Mutant(
            "a-bucket-a-distance",
            "From distance 8 on, several distances share a bucket. Count buckets.",
            _buckets_as_distances,
        ),
        Mutant(
            "all-forms-alike",
            "ALiBi and RoPE learn no number for a place.",
            _all_forms,
        ),
        Mutant(
            "below-zero",
            "A shorter history than in training reads nothing new: that is 0.",
            _signed,
        ),
        Mutant(
            "all-that-is-read",
            "You count all that is read. Some of it was trained.",
            _positions_read,
        ),
    ),
    hints=(
        "Which rows of its table does a form read for a history of n items, at all steps together?",
        "Make two sets, one for the training length and one for the length that is asked.",
    ),
)
