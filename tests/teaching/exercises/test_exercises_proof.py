"""Each exercise proves itself: the reference passes, the stub and every mutant fail as they should."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from notebook_tasks import notebook_tasks

from seqrec_lib.messages import message
from seqrec_lib.teaching.exercises import EXERCISES, check
from seqrec_lib.teaching.exercises.checker import _own_cases, check_in
from seqrec_lib.teaching.exercises.exercise import Exercise, Mutant, Probe
from seqrec_lib.teaching.exercises.listing import listing_faults
from seqrec_lib.teaching.exercises.runner import run_trusted
from seqrec_lib.teaching.exercises.values import describe, freeze, same
from seqrec_lib.teaching.exercises.verdict import alike

TASKS = notebook_tasks()
# Where an input or verdicts are asked for, test_exercises_given.py proves it.
FUNCTIONS = {name: one for name, one in EXERCISES.items() if isinstance(one, Exercise)}
MUTANTS = [
    pytest.param(name, mutant, function, id=f"{name}/{mutant.name}/{i}")
    for name, exercise in FUNCTIONS.items()
    for mutant in exercise.mutants
    for i, function in enumerate(mutant.functions)
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_reference_passes(name):
    result = check(name, EXERCISES[name].reference)
    assert result.passed, result.message
    assert result.mistake is None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_reference_returns_something_for_each_probe(name):
    """Else a wrong answer that raises the same error would pass."""
    for probe in EXERCISES[name].probes():
        outcome = run_trusted(EXERCISES[name].reference, probe.inputs)
        assert outcome.error is None and outcome.value is not None, probe.about


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_stub_fails_and_says_that_nothing_comes_back(name):
    result = check(name, TASKS[name].stub_function())
    assert not result.passed
    assert result.mistake == "not-written"


@pytest.mark.parametrize(("name", "mutant", "function"), MUTANTS)
def test_each_mutant_gets_the_hint_meant_for_it(name, mutant, function):
    result = check(name, function)
    assert not result.passed
    assert result.mistake == mutant.name
    assert result.message == message(mutant.hint)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_two_mistakes_look_alike(name):
    """On some probe they differ by far more than is forgiven, from each other and from the reference."""
    exercise = EXERCISES[name]
    assert len(exercise.mutants) >= 3
    alike_ones = look_alikes(exercise)
    assert not alike_ones


def look_alikes(exercise, times=3):
    """Pairs of functions with different messages (or the reference) that no probe can tell apart."""
    loose = replace(exercise, rtol=times * exercise.rtol, atol=times * exercise.atol)
    cases = _own_cases(exercise)
    named = [("the reference", [case.right for case in cases])]
    for mutant in exercise.mutants:
        named += [(mutant.name, [case.mistaken[function] for case in cases]) for function in mutant.functions]
    return [
        (a, b)
        for (a, x), (b, y) in combinations(named, 2)
        if a != b and all(alike(loose, case.probe, p, q) for case, p, q in zip(cases, x, y, strict=True))
    ]


@pytest.mark.parametrize("name", listing_faults())
def test_no_two_mistakes_about_the_listing_look_alike(name):
    assert not look_alikes(listing_faults()[name].exercise)


def test_mistakes_that_no_probe_tells_apart_are_found():
    near = Mutant("near", "This is twice and a very little more.", lambda x: 2.0002 * x)
    one = Mutant("one", "This adds x to the power of one.", lambda x: x + 1)
    other = Mutant("other", "This adds one, said otherwise.", lambda x: 1 + x)
    toy = Exercise("toy", lambda x: 2 * x, lambda: [Probe("a", (3.0,))], (near, one, other))
    assert look_alikes(toy) == [("the reference", "near"), ("one", "other")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_probes_are_the_same_each_time(name):
    first, second = EXERCISES[name].probes(), EXERCISES[name].probes()
    for a, b in zip(first, second, strict=True):
        for x, y in zip(a.inputs, b.inputs, strict=True):
            assert same(_plain(x), _plain(y), 0, 0) or x == y


def _plain(value):
    return tuple(map(freeze, value.values())) if isinstance(value, dict) else freeze(value)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("shift", [0.137, -3.0])
def test_no_message_holds_the_answer(name, shift):
    """An answer that is wrong by a constant leads to the plainest message of all."""
    exercise = EXERCISES[name]

    def wrong(*inputs):
        value = exercise.reference(*inputs)
        return tuple(v + shift for v in value) if isinstance(value, tuple) else value + shift

    result = check(name, wrong)
    assert not result.passed
    assert result.mistake == "value", result.message
    inputs = exercise.probes()[0].inputs
    right = freeze(exercise.reference(*inputs))
    if isinstance(right, np.ndarray):  # of the whole numbers of a tuple, some stand in the input
        given = " ".join(map(describe, inputs))
        secret = [f"{number:.3f}" for number in right.flatten().tolist() if f"{number:.3f}" not in given]
        assert secret
        assert not any(number in repr(result) + result._repr_html_() for number in secret)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_constant_fails(name):
    """The right result of one input, for every input."""
    exercise = EXERCISES[name]
    for probe in exercise.probes():
        value = exercise.reference(*probe.inputs)
        result = check_in(EXERCISES, name, lambda *inputs, value=value: value)
        assert not result.passed
        assert result.mistake is not None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_answer_right_on_all_but_one_probe_fails(name):
    """No probe is idle: each can turn an answer down by itself."""
    exercise = EXERCISES[name]
    for number in range(len(exercise.probes())):
        calls = iter(range(1000))

        def wrong(*inputs, number=number, calls=calls):
            value = exercise.reference(*inputs)
            first = value[0] if isinstance(value, tuple) else value
            if next(calls) != number:
                return value
            return (first + 1, *value[1:]) if isinstance(value, tuple) else first + 1

        result = check(name, wrong)
        assert not result.passed, exercise.probes()[number].about


@pytest.mark.parametrize("name", [name for name, one in FUNCTIONS.items() if "seeds" in one.names])
def test_seeds_that_are_not_the_given_ones_fail(name):
    exercise = EXERCISES[name]
    place = exercise.names.index("seeds")

    def wrong(*inputs):
        return exercise.reference(*inputs[:place], range(len(inputs[place])), *inputs[place + 1 :])

    assert not check(name, wrong).passed


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_text_is_written(name):
    exercise = EXERCISES[name]
    assert exercise.hints and exercise.name in repr(exercise)
    assert all(len(mutant.hint) > 20 for mutant in exercise.mutants)
    assert len({mutant.hint for mutant in exercise.mutants}) == len(exercise.mutants)
