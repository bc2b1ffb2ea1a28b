"""Each exercise proves itself: the reference passes, the stub and every mutant fail as they should."""

import numpy as np
import pytest
import torch
from notebook_tasks import notebook_tasks

from seqrec_lib.messages import message
from seqrec_lib.teaching.exercises import EXERCISES, check
from seqrec_lib.teaching.exercises.checker import check_in
from seqrec_lib.teaching.exercises.runner import run_trusted
from seqrec_lib.teaching.exercises.values import describe, freeze, same

TASKS = notebook_tasks()
MUTANTS = [
    pytest.param(name, mutant, function, id=f"{name}/{mutant.name}/{i}")
    for name, exercise in EXERCISES.items()
    for mutant in exercise.mutants
    for i, function in enumerate(mutant.functions)
]


@pytest.mark.parametrize("name", EXERCISES)
def test_the_reference_passes(name):
    result = check(name, EXERCISES[name].reference)
    assert result.passed, result.message
    assert result.mistake is None


@pytest.mark.parametrize("name", EXERCISES)
def test_the_reference_returns_something_for_each_probe(name):
    """Else a wrong answer that raises the same error would pass."""
    for probe in EXERCISES[name].probes():
        outcome = run_trusted(EXERCISES[name].reference, probe.inputs)
        assert outcome.error is None and outcome.value is not None, probe.about


@pytest.mark.parametrize("name", EXERCISES)
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


@pytest.mark.parametrize("name", EXERCISES)
def test_no_two_mistakes_look_alike(name):
    exercise = EXERCISES[name]
    probes = exercise.probes()
    seen = {}
    for mutant in exercise.mutants:
        for function in mutant.functions:
            outcomes = [run_trusted(function, probe.inputs) for probe in probes]
            seen.setdefault(mutant.name, []).append(outcomes)
    assert len(seen) >= 3
    for a in seen:
        for b in seen:
            if a < b:
                for x in seen[a]:
                    for y in seen[b]:
                        assert not all(_alike(p, q) for p, q in zip(x, y, strict=True)), (a, b)


def _alike(a, b):
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error)
    return same(a.value, b.value, 1e-6, 1e-9)


@pytest.mark.parametrize("name", EXERCISES)
def test_probes_are_the_same_each_time(name):
    first, second = EXERCISES[name].probes(), EXERCISES[name].probes()
    for a, b in zip(first, second, strict=True):
        for x, y in zip(a.inputs, b.inputs, strict=True):
            assert same(_plain(x), _plain(y), 0, 0) or x == y


def _plain(value):
    return tuple(map(freeze, value.values())) if isinstance(value, dict) else freeze(value)


@pytest.mark.parametrize("name", EXERCISES)
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


@pytest.mark.parametrize("name", EXERCISES)
def test_a_constant_fails(name):
    """The right result of one input, for every input."""
    exercise = EXERCISES[name]
    for probe in exercise.probes():
        value = exercise.reference(*probe.inputs)
        result = check_in(EXERCISES, name, lambda *inputs, value=value: value)
        assert not result.passed
        assert result.mistake is not None


@pytest.mark.parametrize("name", EXERCISES)
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


@pytest.mark.parametrize("name", EXERCISES)
def test_every_text_is_written(name):
    exercise = EXERCISES[name]
    assert exercise.hints and exercise.name in repr(exercise)
    assert all(len(mutant.hint) > 20 for mutant in exercise.mutants)
    assert len({mutant.hint for mutant in exercise.mutants}) == len(exercise.mutants)


def test_a_second_mistake_beside_a_known_one_is_told():
    def answer(states, real):  # no scale, and padding is a key
        scores = states @ states.transpose(1, 2)
        later = torch.ones(scores.shape[1:], dtype=torch.bool).triu(1)
        return scores.masked_fill(later, -torch.inf).softmax(-1) @ states

    result = check("masked-attention-pool", answer)
    assert result.mistake == "no-scale"
    assert "second mistake" in result.message
