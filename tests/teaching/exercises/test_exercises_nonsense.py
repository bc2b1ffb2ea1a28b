"""``check`` meets every kind of nonsense with a verdict, never with an error of its own."""

import contextlib
import sys
import threading
import time

import numpy as np
import pytest
import torch

from seqrec_lib.messages import unknown
from seqrec_lib.teaching.exercises import EXERCISES, CheckResult, check, exercise, hint
from seqrec_lib.teaching.exercises.checker import check_in
from seqrec_lib.teaching.exercises.exercise import Exercise, Mutant, Probe
from seqrec_lib.teaching.exercises.listing import listing_faults
from seqrec_lib.teaching.exercises.runner import crowding

NAME = "double"


def _double(x):
    return 2 * x


def make(**changes):
    plain = dict(
        name=NAME,
        reference=_double,
        probes=lambda: [
            Probe("three numbers", (torch.tensor([1.0, 2.0, 4.0]),)),
            Probe("one", (torch.ones(1),)),
        ],
        mutants=(Mutant("squared", "This is the square of x, not twice x.", lambda x: x * x),),
        hints=("Add x to itself.",),
        seconds=0.6,
    )
    return {NAME: Exercise(**{**plain, **changes})}


def verdict(function, **changes):
    result = check_in(make(**changes), NAME, function)
    assert isinstance(result, CheckResult)
    assert NAME in repr(result) and NAME in result._repr_html_()
    return result


class Strange:
    def __eq__(self, other):
        return True

    __hash__ = None


class Shouting(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def endless(x):
    while True:
        pass


def stubborn(x):
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(0.01)


def chatty(x):
    while True:
        print("again")


def exits(x):
    sys.exit(3)


def interrupts(x):
    raise KeyboardInterrupt


def deep(x):
    return deep(x)


def divides(x):
    zero = 0
    return 1 / zero


def shouts(x):
    raise Shouting


def poisons(x):
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(1)
    return None


def generates(x):
    yield 2 * x


def nan_rows(x):
    return 2 * x * float("nan")


def no_arguments():
    return 1


CASES = [
    (None, "not-a-function"),
    (torch.ones(3), "not-a-function"),
    (Strange, "signature"),
    (lambda x: Strange(), "type"),
    (lambda x: "2", "type"),
    (lambda x: {"a": 1}, "type"),
    (lambda x: 2j * x, "type"),
    (lambda x: (2 * x).to_sparse(), "type"),
    (lambda x: (2 * x, 1), "type"),
    (no_arguments, "signature"),
    (lambda a, b: a, "signature"),
    (lambda x: None, "not-written"),
    (lambda x: 2 * x[:1, None], "shape"),
    (lambda x: (2 * x)[None], "shape"),
    (lambda x: torch.tensor([2.0, 4.0, 8.0]), "shape"),
    (lambda x: 2 * x + 1, "value"),
    (lambda x: torch.tensor(7.0).expand_as(x) * torch.rand(1), "value"),
    (nan_rows, "nan"),
    (generates, "type"),
    (exits, "error"),
    (interrupts, "error"),
    (deep, "error"),
    (divides, "error"),
    (shouts, "error"),
    (poisons, "not-written"),
    (print, "not-written"),
    (lambda x: x * x, "squared"),
]


@pytest.mark.parametrize(("function", "mistake"), CASES, ids=[f"{i}-{m}" for i, (_, m) in enumerate(CASES)])
def test_nonsense_gets_a_verdict(function, mistake):
    result = verdict(function)
    assert not result.passed
    assert result.mistake == mistake, result.message


@pytest.mark.parametrize("function", [endless, chatty, stubborn])
def test_what_never_ends_is_stopped(function):
    start = time.monotonic()
    result = verdict(function)
    assert result.mistake == "time-out"
    assert "0.6 seconds" in result.message
    assert time.monotonic() - start < 10 * crowding()
    assert len(result.printed) <= 1000


def test_an_endless_loop_does_not_go_on_in_the_background():
    verdict(endless)
    assert not [t for t in threading.enumerate() if t.name == "seqrec-check" and _in(t, endless)]


def _in(thread, function):
    frame = sys._current_frames().get(thread.ident)
    return frame is not None and frame.f_code is function.__code__


def test_the_same_value_of_different_shapes_is_a_constant():
    probes = [Probe("a", (torch.tensor([1.0]),)), Probe("b", (torch.tensor([3.0]),))]
    result = verdict(lambda x: torch.tensor([2.0]), probes=lambda: probes)
    assert result.mistake == "constant"


def test_an_error_names_its_type_and_line():
    result = verdict(divides)
    line = divides.__code__.co_firstlineno + 2
    assert "ZeroDivisionError: division by zero" in result.message
    assert f"line {line}, “return 1 / zero”" in result.message


def test_a_wrong_answer_names_the_input_and_the_shape_but_not_the_numbers():
    result = verdict(lambda x: 2 * x + 1)
    assert "three numbers" in result.message and "x = [1.0, 2.0, 4.0]" in result.message
    assert "(3,)" in result.message and "Add x to itself." in result.message
    assert "8.0" not in result.message


def test_arrays_lists_and_numbers_are_all_taken():
    assert verdict(lambda x: (2 * x).numpy()).passed
    assert verdict(lambda x: (2 * x).tolist()).passed
    assert verdict(lambda x: (2 * x).double().requires_grad_()).passed
    scalar = dict(reference=lambda x: float(x.sum()), probes=lambda: [Probe("a", (torch.arange(3.0),))])
    assert verdict(lambda x: np.float32(3), **scalar).passed
    assert verdict(lambda x: 3, **scalar).passed
    assert verdict(lambda x: [3.0], **scalar).mistake == "shape"
    pair = dict(reference=lambda x: (1.5, 2), probes=lambda: [Probe("a", (torch.arange(3.0),))])
    for answer in ((np.float64(1.5), np.int64(2)), [1.5, 2.0], (torch.tensor(1.5), 2), np.array([1.5, 2])):
        assert verdict(lambda x, answer=answer: answer, **pair).passed
    assert verdict(lambda x: (1.5, np.array([2.0])), **pair).mistake == "type"


def test_writing_into_the_input_fools_nobody():
    def writes(x):
        x.zero_()
        return x

    assert verdict(writes).mistake is not None

    def doubles_in_place(x):
        return x.mul_(2)

    result = verdict(doubles_in_place)
    assert result.passed
    assert "writes into its input x" in result.message


def test_a_list_of_dicts_that_nobody_touched_is_not_called_written_into():
    nested = dict(
        reference=lambda x: len(x),
        probes=lambda: [Probe("a", ([{"lr": 1.0}],)), Probe("b", ([{"lr": 1.0}, {"lr": 2.0}],))],
    )
    assert "writes into" not in verdict(lambda x: len(x), **nested).message

    def answer(x):
        x[0]["lr"] = 5.0
        return len(x)

    assert "writes into its input x" in verdict(answer, **nested).message


def test_a_result_that_is_changed_later_fools_nobody():
    kept = []

    def answer(x):
        for old in kept:
            old.zero_()
        kept.append(2 * x)
        return kept[-1]

    assert verdict(answer).passed  # each result was right when it was given


def test_state_from_call_to_call_is_found():
    calls = []

    def answer(x):
        calls.append(1)
        return 2 * x if len(calls) <= 2 else 3 * x

    assert verdict(answer).mistake == "changing"


def test_global_state_is_put_back():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    verdict(poisons)
    assert torch.get_default_dtype() == torch.float32
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_printed_is_kept_and_escaped(capsys):
    def answer(x):
        print("<b>hello</b>")
        return 2 * x

    result = verdict(answer)
    assert result.passed and result.printed == "<b>hello</b>\n"
    assert "<b>" not in result._repr_html_() and "&lt;b&gt;hello" in result._repr_html_()
    assert capsys.readouterr().out == ""


def test_a_verdict_is_told_by_words_and_a_symbol():
    right, wrong = verdict(lambda x: x + x), verdict(lambda x: x * x)
    assert right and not wrong
    assert "✓ Right" in repr(right) and "✓ Right" in right._repr_html_()
    assert "✗ Not yet" in repr(wrong) and "✗ Not yet" in wrong._repr_html_()
    assert 'role="status"' in wrong._repr_html_()
    empty = verdict(lambda x: None)
    assert not empty and "○ To do" in repr(empty) and "✗" not in empty._repr_html_(), "a stub has not failed"
    assert "<i>" not in CheckResult(False, "<i>", "value", "<i>")._repr_html_()


def test_further_inputs_are_tried():
    def only_short(x):
        return 2 * x if len(x) < 5 else x

    assert check_in(make(), NAME, only_short).passed
    result = check_in(make(), NAME, only_short, [(torch.ones(7),)])
    assert not result.passed and "your own input" in result.message
    bad = check_in(make(), NAME, _double, [(1, 2, 3)])
    assert not bad.passed and "no valid input" in bad.message


@pytest.mark.parametrize("name", ["ndcg-one-targt", None, 3, ""])
def test_an_unknown_name_gets_the_nearest(name):
    result = check(name, _double)
    assert not result.passed and result.mistake == "unknown-exercise"
    known = [*EXERCISES, *listing_faults()]
    assert sorted(result.message) == sorted(unknown("exercise", name, known))
    if name == "ndcg-one-targt":
        assert "did you mean ndcg-one-target" in result.message


def test_a_fault_of_the_checker_is_still_a_verdict():
    def broken():
        raise RuntimeError("no probes")

    assert verdict(_double, probes=broken).mistake == "checker"


@pytest.mark.parametrize("name", ["next_item_pairs", "next-item-pair"])
def test_a_name_that_is_nearly_right_gets_the_right_one(name):
    assert "did you mean next-item-pairs" in check(name, _double).message


def test_exercise_and_hint_find_by_name():
    assert exercise("ndcg-one-target") is EXERCISES["ndcg-one-target"]
    assert hint("ndcg-one-target", 1) == EXERCISES["ndcg-one-target"].hints[0]
    assert "2 hints" in hint("ndcg-one-target", 9)
    with pytest.raises(ValueError, match="unknown exercise 'ndcg-one-targe': did you mean ndcg-one-target"):
        exercise("ndcg-one-targe")


def test_a_mistake_is_named_only_where_all_that_tells_mistakes_apart_agrees():
    probes = [Probe(f"{n} numbers", (torch.arange(1.0, n + 1),)) for n in (3, 4, 5, 6)]

    def trebled(x):
        return 3 * x if len(x) < 6 else 2 * x

    def negated(x):
        return -x if len(x) < 6 else 2 * x

    mutants = tuple(Mutant(f.__name__, f"This is {f.__name__}, not twice.", f) for f in (trebled, negated))
    two = dict(probes=lambda: probes, mutants=mutants)
    assert verdict(lambda x: 3 * x if len(x) < 5 else -x, **two).mistake == "value"
    assert verdict(lambda x: 3 * x if len(x) < 5 else 7 + x, **two).mistake == "value"
    both = verdict(lambda x: 3 * x if len(x) < 6 else 7 + x, **two)  # no mutant errs on six numbers
    assert both.mistake == "trebled"
    assert both.message == f"{mutants[0].hint} There may be a second mistake too."


def test_another_error_than_a_known_one_is_not_taken_for_it():
    def raises(x):
        raise RuntimeError("the known one")

    def other(x):
        raise RuntimeError("a hole of the reader's own")

    known = dict(mutants=(Mutant("raises", "This is the error that we know.", raises),))
    assert verdict(raises, **known).mistake == "raises"
    result = verdict(other, **known)
    assert result.mistake == "error" and "a hole of the reader's own" in result.message


@pytest.mark.parametrize("function", [lambda x: x * x, lambda x: 2 * x + 1, lambda x: (2 * x)[None], divides])
def test_a_failure_shows_its_case_and_the_readers_own_result(function):
    result = verdict(function)
    assert result.case.about == "three numbers" and list(result.case.inputs) == ["x"]
    text = repr(result)
    assert text.count("x = [1.0, 2.0, 4.0]") == 1 and "Expected: (3,) numbers" in text
    assert "8.0" not in text.replace(str(result.case.yours), "") and "Your result: " in text
    (x,) = result.case
    assert torch.equal(x, torch.tensor([1.0, 2.0, 4.0]))
    x.zero_()
    assert torch.equal(*result.case, torch.tensor([1.0, 2.0, 4.0])), "a case stays what it was"
    page = result._repr_html_().replace("&#x27;", "'")
    assert all(line in page for line in result.case.lines(result.message))


def test_the_first_wrong_number_is_pointed_at():
    result = verdict(lambda x: torch.cat([2 * x[:-1], x[-1:]]), mutants=())
    assert "the first wrong one is 4.0, at [2]" in result.case.yours


def test_what_fails_without_a_case_has_none_and_a_right_answer_too():
    assert verdict(3).case is verdict(no_arguments).case is verdict(_double).case is None


def test_whole_numbers_are_not_forgiven_what_measures_are():
    large = dict(reference=lambda x: x, probes=lambda: [Probe("a time", (1_700_000_001,))], mutants=())
    assert not verdict(lambda x: x + 1, **large).passed
    assert verdict(float, **large).passed and not verdict(np.float32, **large).passed


def test_a_hint_is_text_that_stays_folded_until_it_is_asked_for():
    shown = hint("ndcg-one-target")
    assert repr(shown) == shown == EXERCISES["ndcg-one-target"].hints[0]
    assert shown._repr_html_().startswith("<details") and "open" not in shown._repr_html_().split(">")[0]
