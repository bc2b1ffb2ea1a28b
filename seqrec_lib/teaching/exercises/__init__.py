"""Exercises: a stub, a check that answers at once, and hints that name the likely mistake."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ...messages import InputError, message, unknown
from .breaking import BreakingInput, Rival
from .checker import Posed, check_in
from .exercise import Exercise, Mutant, Probe
from .larger import LargerNote, LargerRun
from .reading import Reading, Sentence
from .result import CheckResult, FailedCase, Hint
from .shelf import EXERCISES

if TYPE_CHECKING:
    from .mistakes import Mistakes
    from .register import Register

_DONE: dict[str, bool] = {}  # exercise name to whether its newest answer was right


def check(name: str, function: Callable, *more: tuple) -> CheckResult:
    """Check ``function`` as an answer to the exercise called ``name``.

    It answers at once, names the likely mistake, never raises and never shows the answer. A function
    that runs for ever is stopped. One that calls ``os._exit`` takes Python with it.
    Where an input or verdicts are asked for, ``function`` returns them, or is the bare value.

    Args:
        more: further inputs to try, each a tuple of arguments; the reference runs on them too.
    """
    return _noted(check_in(_home(name), name, function, more))


def exercise(name: str) -> Posed:
    """Return the exercise called ``name``.

    Raises:
        InputError: there is none (the message gives the nearest names).
    """
    home = _home(name)
    if name not in home:
        raise InputError(unknown("exercise", name, home))
    return home[name]


def exercises() -> Register:
    """Every exercise with its kind, difficulty and minutes, and what has been done since Python started."""
    from .register import register

    return register(_DONE)


def hint(name: str, number: int = 1) -> Hint:
    """Return general hint ``number`` (from 1, gentle, upwards) of the exercise called ``name``.

    In a notebook it is folded until the reader opens it.
    """
    hints = exercise(name).hints
    if not 1 <= number <= len(hints):
        return Hint(message("There are {n} hints here.", n=len(hints)))
    return Hint(message(hints[number - 1]))


def _home(name: object) -> Mapping[str, Posed]:
    """Where the exercise called ``name`` is: with the chapters', or among the faults of the listing."""
    if name in EXERCISES:
        return EXERCISES
    from .listing import listing_faults

    return ChainMap({fault.name: fault.exercise for fault in listing_faults().values()}, EXERCISES)  # type: ignore[arg-type]


def _noted(result: CheckResult) -> CheckResult:
    if result.mistake != "unknown-exercise":
        _DONE[result.exercise] = result.passed
    return result


def mistakes(name: str) -> Mistakes:
    """The wrong answers that the checker of the exercise called ``name`` knows, each with its hint.

    For whoever teaches: it says what a class is likely to get wrong, and not what is right.

    Raises:
        InputError: there is no such exercise.
    """
    from .mistakes import Mistakes

    return Mistakes(name, exercise(name))


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
    "BreakingInput",
    "CheckResult",
    "Exercise",
    "FailedCase",
    "Hint",
    "LargerNote",
    "LargerRun",
    "Mutant",
    "Probe",
    "Reading",
    "Rival",
    "Sentence",
    "check",
    "exercise",
    "exercises",
    "hint",
    "larger_run",
    "mistakes",
]
