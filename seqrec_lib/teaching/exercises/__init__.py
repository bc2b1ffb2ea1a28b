"""Exercises: a stub, a check that answers at once, and hints that name the likely mistake."""

from __future__ import annotations

from collections.abc import Callable

from ...messages import InputError, message, unknown
from .checker import check_in
from .exercise import Exercise, Mutant, Probe
from .larger import LargerNote, LargerRun
from .result import CheckResult
from .shelf import EXERCISES


def check(name: str, function: Callable, *more: tuple) -> CheckResult:
    """Check ``function`` as an answer to the exercise called ``name``.

    It answers at once, names the likely mistake, never raises and never shows the answer. A function
    that runs for ever is stopped. One that calls ``os._exit`` takes Python with it.

    Args:
        more: further inputs to try, each a tuple of arguments; the reference runs on them too.
    """
    return check_in(EXERCISES, name, function, more)


def exercise(name: str) -> Exercise:
    """Return the exercise called ``name``.

    Raises:
        InputError: there is none (the message gives the nearest names).
    """
    if name not in EXERCISES:
        raise InputError(unknown("exercise", name, EXERCISES))
    return EXERCISES[name]


def hint(name: str, number: int = 1) -> str:
    """Return general hint ``number`` (from 1, gentle, upwards) of the exercise called ``name``."""
    hints = exercise(name).hints
    if not 1 <= number <= len(hints):
        return message("There are {n} hints here.", n=len(hints))
    return message(hints[number - 1])


def larger_run(name: str) -> LargerNote:
    """Say what the larger run of the exercise called ``name`` takes, and which form suits this machine.

    It looks for a CUDA GPU. In a notebook the note shows as a table.

    Raises:
        InputError: there is no such exercise, or it has no larger run.
    """
    larger = exercise(name).larger
    if larger is None:
        raise InputError(message("The exercise {name!r} has no larger run.", name=name))
    return LargerNote(name, larger)


__all__ = [
    "EXERCISES",
    "CheckResult",
    "Exercise",
    "LargerNote",
    "LargerRun",
    "Mutant",
    "Probe",
    "check",
    "exercise",
    "hint",
    "larger_run",
]
