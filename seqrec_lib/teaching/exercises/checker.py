"""``check``: is this answer right, and if not, which mistake is it?

An answer is known by what it does. It runs on every probe; where it differs from the reference, its
results are compared with those of each known mistake.
"""

from __future__ import annotations

import difflib
import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from ...messages import message
from .exercise import Exercise, Mutant, Probe
from .result import CheckResult
from .runner import Outcome, run, run_trusted
from .values import Unusable, describe, freeze, has_nan, same, same_shape, shape_words


def check_in(
    exercises: Mapping[str, Exercise], name: str, function: object, more: Sequence[tuple] = ()
) -> CheckResult:
    """Check ``function`` as an answer to the exercise called ``name``. It never raises.

    Args:
        exercises: where to look. more: further argument tuples to try the function on.
    """
    exercise = exercises.get(name) if isinstance(name, str) else None
    if exercise is None:
        near = difflib.get_close_matches(str(name), list(exercises), n=3, cutoff=0.4)
        text = message("There is no exercise {name}.", name=repr(name)) + " "
        text += message(
            "Did you mean {near}?" if near else "Known: {near}.", near=", ".join(near or exercises)
        )
        return CheckResult(False, text, "unknown-exercise", str(name))
    try:
        passed, mistake, text, printed = _examine(exercise, function, more)
    except Exception as error:  # an answer can be stranger than we foresaw; the reader still gets a verdict
        text = message("The checker itself failed ({kind}); please report it.", kind=type(error).__name__)
        passed, mistake, printed = False, "checker", ""
    return CheckResult(passed, text, mistake, exercise.name, printed)


def _examine(exercise: Exercise, function: Callable, more: Sequence[tuple]) -> tuple:
    if exercise.prepare is not None:
        function = exercise.prepare(function)
    if not callable(function):
        text = message(
            'Give the function itself: check("{name}", my_function), with no brackets after my_function.',
            name=exercise.name,
        )
        return False, "not-a-function", text, ""
    probes = exercise.probes()
    if wrong := _signature_words(exercise, function, probes[0]):
        return False, "signature", wrong, ""
    # Everything we know is worked out before the answer runs, so it cannot reach it.
    truth, known = _known_outcomes(exercise)
    if more:
        extra = [Probe("your own input", tuple(inputs)) for inputs in more]
        added, added_known = _outcomes(exercise, extra)
        for probe, right in zip(extra, added, strict=True):
            if right.error is not None:
                text = message(
                    "{case} is no valid input here: {error}.", case=probe.about, error=str(right.error)
                )
                return False, "signature", text, ""
        probes, truth = probes + extra, truth + added
        known = [(m, old + new) for (m, old), (_, new) in zip(known, added_known, strict=True)]
    given, end = [], time.monotonic() + exercise.seconds
    for probe in probes:
        outcome = run(function, probe.inputs, max(end - time.monotonic(), 0.1))
        given.append(outcome)
        if outcome.timed_out:
            text = message(
                "It was still running after {seconds:g} seconds on the case “{case}”. Is there a "
                "loop that never ends?",
                seconds=exercise.seconds,
                case=probe.about,
            )
            return False, "time-out", text, outcome.printed
    again = run(function, probes[0].inputs, exercise.seconds)
    mistake, text = _verdict(exercise, probes, given, truth, known, again)
    return mistake is None, mistake, text, given[0].printed


def _outcomes(exercise: Exercise, probes: list[Probe]) -> tuple[list, list]:
    """What the reference does on each probe, and what each function of each mutant does."""
    truth = [run_trusted(exercise.reference, probe.inputs) for probe in probes]
    known = [
        (mutant, [run_trusted(one, probe.inputs) for probe in probes])
        for mutant in exercise.mutants
        for one in mutant.functions
    ]
    return truth, known


@lru_cache(maxsize=64)
def _known_outcomes(exercise: Exercise) -> tuple[list, list]:
    """The same on the exercise's own probes, which never change."""
    return _outcomes(exercise, exercise.probes())


def _verdict(exercise: Exercise, probes, given, truth, known, again) -> tuple[str | None, str]:
    wrong = [i for i in range(len(probes)) if not _equal(exercise, probes[i], given[i], truth[i])]
    if not wrong:
        if not _equal(exercise, probes[0], again, given[0]):
            return "changing", message(
                "It gives another answer when it is called again with the same input. "
                "Does it keep something from call to call, or draw random numbers?"
            )
        return None, _praise(exercise, given)
    if all(g.value is None and isinstance(g.error, (type(None), NotImplementedError)) for g in given):
        return "not-written", message("Nothing comes back yet. Fill in the function and return its result.")
    if found := _known_mistake(exercise, probes, given, truth, known, wrong):
        return found
    for i in wrong:
        if given[i].error is not None:
            return "error", _error_words(given[i], probes[i])
    return _plain_difference(exercise, probes[wrong[0]], given, truth, wrong[0])


def _equal(exercise: Exercise, probe: Probe, a: Outcome, b: Outcome) -> bool:
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error)
    x, y = a.value, b.value
    if exercise.focus is not None and same_shape(x, y):
        x, y = (freeze(exercise.focus(v, *probe.inputs)) for v in (x, y))
    return same(x, y, exercise.rtol, exercise.atol)


def _known_mistake(exercise, probes, given, truth, known, wrong) -> tuple[str, str] | None:
    """The mutant that does the same on every probe, or else explains most of what is wrong."""
    best: tuple[int, Mutant | None, bool] = (0, None, False)
    for mutant, outcomes in known:
        agrees = [_equal(exercise, probes[i], given[i], outcomes[i]) for i in range(len(probes))]
        if all(agrees):
            return mutant.name, message(mutant.hint)
        count = sum(agrees[i] for i in wrong)
        if count > best[0]:
            best = (count, mutant, False)
        elif count == best[0] and mutant is not best[1]:
            best = (count, best[1], True)
    count, mutant, tied = best
    if mutant is None or tied or count < 2 or _constant(exercise, given, truth):
        return None
    return mutant.name, message(mutant.hint) + " " + message("There may be a second mistake too.")


def _constant(exercise: Exercise, given: list[Outcome], truth: list[Outcome]) -> bool:
    if any(g.error is not None for g in given):
        return False
    values = [g.value for g in given]
    alike = all(same(v, values[0], 0.0, 0.0) for v in values)
    return alike and not all(same(t.value, truth[0].value, exercise.rtol, exercise.atol) for t in truth)


def _plain_difference(exercise, probe, given, truth, i) -> tuple[str, str]:
    value, right = given[i].value, truth[i].value
    case = message("On the case “{case}” ({inputs}) ", case=probe.about, inputs=_input_words(exercise, probe))
    if (
        isinstance(value, Unusable)
        or value is None
        or isinstance(value, tuple)
        and not isinstance(right, tuple)
    ):
        text = message("it returns {got}; expected: {want}.", got=shape_words(value), want=shape_words(right))
        return "type", case + text
    if not same_shape(value, right):
        text = message(
            "the shape is {got}; expected: {want}.", got=shape_words(value), want=shape_words(right)
        )
        return "shape", case + text
    counted = exercise.focus(value, *probe.inputs) if exercise.focus is not None else value
    if has_nan(freeze(counted)):
        text = message(
            "there is NaN in the result. Look for 0 / 0, log(0), or a softmax over a row that is all -inf."
        )
        return "nan", case + text
    if _constant(exercise, given, truth):
        return "constant", message(
            "It returns the same for every input. Its result must follow from its arguments."
        )
    text = message("the shape is right ({want}), but the numbers are not.", want=shape_words(right))
    return "value", case + text + (" " + message(exercise.hints[0]) if exercise.hints else "")


def _input_words(exercise: Exercise, probe: Probe) -> str:
    return ", ".join(f"{n} = {describe(v)}" for n, v in zip(exercise.names, probe.inputs, strict=False))


def _error_words(outcome: Outcome, probe: Probe) -> str:
    kind = type(outcome.error).__name__
    what = f"{kind}: {outcome.text}" if outcome.text else kind
    place = message(" in line {line}, “{code}”", line=outcome.line, code=outcome.code) if outcome.line else ""
    return message("It raised {what}{place}, on the case “{case}”.", what=what, place=place, case=probe.about)


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


def _praise(exercise: Exercise, given: list[Outcome]) -> str:
    text = message("It agrees with the reference on all {n} inputs.", n=len(given))
    changed = sorted({exercise.names[i] for g in given for i in g.changed})
    if changed:
        text += " " + message(
            "But it writes into its input {names}, which the caller may still need: work on a copy.",
            names=", ".join(changed),
        )
    return text
