"""What the results of an answer say: right, or which mistake, in words that never hold the answer.

Where an answer differs from the reference, its results are compared with those of each known mistake.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ...messages import message
from .exercise import Exercise, Probe
from .result import FailedCase
from .runner import Outcome
from .values import (
    Unusable,
    describe,
    first_difference,
    freeze,
    has_nan,
    kind_words,
    number_words,
    same,
    same_shape,
    shape_words,
)


@dataclass(frozen=True, eq=False)  # results are arrays, and two cases are never the same one
class Case:
    """One probe, and what each function did on it.

    Attributes:
        right: what the reference did. mistaken: known wrong function to what it did.
        given: what the reader's function did, once it has run.
    """

    probe: Probe
    right: Outcome
    mistaken: Mapping[Callable, Outcome]
    given: Outcome = field(default_factory=Outcome)


class Verdict(NamedTuple):
    """``mistake``: its name, None for a right answer. ``text``: what to tell the reader.

    ``case``: an input on which the answer went wrong.
    """

    mistake: str | None
    text: str
    case: FailedCase | None = None


def judge(exercise: Exercise, cases: Sequence[Case], again: Outcome) -> Verdict:
    """The verdict on what the reader's function did; ``again``: a second run on the first case."""
    wrong = [case for case in cases if not _agree(exercise, case, case.right)]
    if not wrong:
        if not _agree(exercise, cases[0], again):
            text = message(
                "It gives another answer when it is called again with the same input. "
                "Does it keep something from call to call, or draw random numbers?"
            )
            return Verdict("changing", text, failed(exercise, replace(cases[0], given=again)))
        return Verdict(None, _praise(exercise, cases))
    if all(_nothing(case.given) for case in cases):
        text = message("Nothing comes back yet. Fill in the function and return its result.")
        return Verdict("not-written", text)
    shown = failed(exercise, wrong[0])
    if found := _known_mistake(exercise, cases):
        return found._replace(case=shown)
    for case in wrong:
        if case.given.error is not None:
            return Verdict("error", _error_words(case), failed(exercise, case))
    return _plain_difference(exercise, cases, wrong[0])._replace(case=shown)


def failed(exercise: Exercise, case: Case) -> FailedCase:
    """The case with the reader's own result beside what was expected in kind, never the answer."""
    given, yours = case.given, ""
    if given.error is not None:
        yours = message("it raised {kind}", kind=type(given.error).__name__)
    elif not given.timed_out:
        yours = number_words(given.value)
        place = first_difference(given.value, case.right.value, exercise.rtol, exercise.atol)
        if place and place[0] and exercise.focus is None:
            where = ", ".join(map(str, place[0]))
            yours += message("; the first wrong one is {value}, at [{where}]", value=place[1], where=where)
    inputs = dict(zip(exercise.names, copy.deepcopy(case.probe.inputs), strict=False))
    return FailedCase(case.probe.about, inputs, yours, kind_words(case.right.value))


def _agree(exercise: Exercise, case: Case, other: Outcome) -> bool:
    """Whether the reader's function did the same as ``other`` on this case."""
    return alike(exercise, case.probe, case.given, other)


def alike(exercise: Exercise, probe: Probe, one: Outcome, other: Outcome) -> bool:
    """Whether two functions did the same on ``probe``: the same numbers, or one error in one wording."""
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error) and one.text == other.text
    x, y = one.value, other.value
    if exercise.focus is not None and same_shape(x, y):
        x, y = (freeze(exercise.focus(value, *probe.inputs)) for value in (x, y))
    return same(x, y, exercise.rtol, exercise.atol)


def _nothing(given: Outcome) -> bool:
    return given.value is None and isinstance(given.error, (type(None), NotImplementedError))


def _known_mistake(exercise: Exercise, cases: Sequence[Case]) -> Verdict | None:
    """The mutant that does the same wherever mutants can be told from each other and from the reference.

    Its message is given on no weaker evidence: one that names a mistake which the reader did not make sends
    them astray.
    """
    telling = [case for case in cases if _telling(exercise, case)]
    for mutant in exercise.mutants:
        for function in mutant.functions:
            if telling and all(_agree(exercise, case, case.mistaken[function]) for case in telling):
                everywhere = all(_agree(exercise, case, case.mistaken[function]) for case in cases)
                more = "" if everywhere else " " + message("There may be a second mistake too.")
                return Verdict(mutant.name, message(mutant.hint) + more)
    return None


def _telling(exercise: Exercise, case: Case) -> bool:
    """Whether some mutant differs from the reference on this case."""
    return not all(alike(exercise, case.probe, other, case.right) for other in case.mistaken.values())


def _constant(exercise: Exercise, cases: Sequence[Case]) -> bool:
    """Whether the reader's function returned one value everywhere, and the reference did not."""
    if any(case.given.error is not None for case in cases):
        return False
    first = cases[0]
    alike = all(same(case.given.value, first.given.value, 0.0, 0.0) for case in cases)
    return alike and not all(
        same(case.right.value, first.right.value, exercise.rtol, exercise.atol) for case in cases
    )


FORMS = "A list, a tuple, a NumPy array, a PyTorch tensor and a pandas Series of numbers are all taken."


def _unusable(value: object) -> bool:
    return isinstance(value, Unusable) or (isinstance(value, tuple) and any(map(_unusable, value)))


def _plain_difference(exercise: Exercise, cases: Sequence[Case], case: Case) -> Verdict:
    """What is wrong with a result that looks like no known mistake: its type, its shape or its numbers."""
    value, right = case.given.value, case.right.value
    inputs = ", ".join(
        f"{name} = {describe(v)}" for name, v in zip(exercise.names, case.probe.inputs, strict=False)
    )
    where = message("On the case “{case}” ({inputs}) ", case=case.probe.about, inputs=inputs)
    got, want = shape_words(value), shape_words(right)
    too_many = isinstance(value, tuple) and not isinstance(right, tuple)
    if value is None or isinstance(value, Unusable) or too_many:
        text = where + message("it returns {got}; expected: {want}.", got=got, want=want)
        return Verdict("type", text + " " + message(FORMS) if _unusable(value) else text)
    if not same_shape(value, right):
        return Verdict("shape", where + message("the shape is {got}; expected: {want}.", got=got, want=want))
    counted = exercise.focus(value, *case.probe.inputs) if exercise.focus is not None else value
    if has_nan(freeze(counted)):
        text = message(
            "there is NaN in the result. Look for 0 / 0, log(0), or a softmax over a row that is all -inf."
        )
        return Verdict("nan", where + text)
    if _constant(exercise, cases):
        text = message("It returns the same for every input. Its result must follow from its arguments.")
        return Verdict("constant", text)
    text = where + message("the shape is right ({want}), but the numbers are not.", want=want)
    return Verdict("value", " ".join([text, *map(message, exercise.hints[:1])]))


def _error_words(case: Case) -> str:
    given, kind = case.given, type(case.given.error).__name__
    what = f"{kind}: {given.text}" if given.text else kind
    place = message(" in line {line}", line=given.line) if given.line else ""
    place += message(", “{code}”", code=given.code) if given.code else ""
    return message(
        "It raised {what}{place}, on the case “{case}”.", what=what, place=place, case=case.probe.about
    )


def _praise(exercise: Exercise, cases: Sequence[Case]) -> str:
    text = message("It agrees with the reference on all {n} inputs.", n=len(cases))
    changed = sorted({exercise.names[place] for case in cases for place in case.given.changed})
    if changed:
        text += " " + message(
            "But it writes into its input {names}, which the caller may still need: work on a copy.",
            names=", ".join(changed),
        )
    return text
