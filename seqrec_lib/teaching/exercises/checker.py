"""``check``: run an answer on every probe, and hand what it did to the verdict.

An answer is known by what it does, never by how it is written.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from ...messages import message, unknown
from .answers import fitted
from .breaking import BreakingInput
from .exercise import Exercise, Probe
from .reading import Reading
from .result import CheckResult
from .runner import run, run_trusted
from .verdict import Case, Verdict, failed, judge

Posed = Exercise | BreakingInput | Reading


def check_in(
    exercises: Mapping[str, Posed], name: str, function: object, more: Sequence[tuple] = ()
) -> CheckResult:
    """Check ``function`` as an answer to the exercise called ``name``. It never raises.

    Args:
        exercises: where to look. more: further argument tuples to try the function on.
    """
    if not isinstance(name, str) or name not in exercises:
        return CheckResult(False, unknown("exercise", name, exercises), "unknown-exercise", str(name))
    printed = ""
    try:
        posed = exercises[name]
        if isinstance(posed, Exercise):
            verdict, printed = _examine(posed, function, more)
        else:
            verdict, printed = posed.examine(function)
    except Exception as error:  # an answer can be stranger than we foresaw; the reader still gets a verdict
        text = message("The checker itself failed ({kind}); please report it.", kind=type(error).__name__)
        verdict = Verdict("checker", text)
    passed = verdict.mistake is None
    return CheckResult(passed, verdict.text, verdict.mistake, name, printed, verdict.case)


def _examine(exercise: Exercise, function: object, more: Sequence[tuple]) -> tuple[Verdict, str]:
    """The verdict on ``function``, and what it printed on the first case."""
    if exercise.prepare is not None:
        function = exercise.prepare(function)
    if not callable(function):
        text = message(
            'Give the function itself: check("{name}", my_function), with no brackets after my_function.',
            name=exercise.name,
        )
        return Verdict("not-a-function", text), ""
    if wrong := _signature_words(exercise, function, exercise.probes()[0]):
        return Verdict("signature", wrong), ""
    # Everything we know is worked out before the answer runs, so it cannot reach it.
    cases = list(_own_cases(exercise))
    for inputs in more:
        case = _case(exercise, Probe("your own input", tuple(inputs)))
        if case.right.error is not None:
            text = message(
                "{case} is no valid input here: {error}.", case=case.probe.about, error=str(case.right.error)
            )
            return Verdict("signature", text), ""
        cases.append(case)
    end = time.monotonic() + exercise.seconds
    for place, case in enumerate(cases):
        given = run(function, case.probe.inputs, max(end - time.monotonic(), 0.1))
        if given.timed_out:
            text = message(
                "It was still running after {seconds:g} seconds on the case “{case}”. Is there a "
                "loop that never ends?",
                seconds=exercise.seconds,
                case=case.probe.about,
            )
            return Verdict("time-out", text, failed(exercise, case)), given.printed
        given.value = fitted(given.value, case.right.value)
        cases[place] = replace(case, given=given)
    again = run(function, cases[0].probe.inputs, exercise.seconds)
    again.value = fitted(again.value, cases[0].right.value)
    return judge(exercise, cases, again), cases[0].given.printed


def _case(exercise: Exercise, probe: Probe) -> Case:
    """What the reference and every known wrong answer do on ``probe``."""
    right = run_trusted(exercise.reference, probe.inputs)
    wrong = [function for mutant in exercise.mutants for function in mutant.functions]
    mistaken = {function: run_trusted(function, probe.inputs) for function in wrong}
    for outcome in mistaken.values():
        outcome.value = fitted(outcome.value, right.value)
    return Case(probe, right, mistaken)


@lru_cache(maxsize=64)
def _own_cases(exercise: Exercise) -> tuple[Case, ...]:
    """The cases of the exercise's own probes, which never change."""
    return tuple(_case(exercise, probe) for probe in exercise.probes())


def _signature_words(exercise: Exercise, function: Callable, probe: Probe) -> str:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions do not tell theirs
        return ""
    try:
        signature.bind(*probe.inputs)
    except TypeError:
        want = ", ".join(exercise.names)
        return message("It is called with ({want}), but yours takes {got}.", want=want, got=str(signature))
    return ""
