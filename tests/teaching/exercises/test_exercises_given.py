"""Exercises that ask for an input or for verdicts: what is caught, what gets away, each wrong verdict."""

import re

import numpy as np
import pytest
import torch
from notebook_tasks import notebook_tasks

from seqrec_lib.messages import message
from seqrec_lib.teaching.exercises import EXERCISES, BreakingInput, Reading, Rival, Sentence, check
from seqrec_lib.teaching.exercises.checker import check_in
from seqrec_lib.teaching.exercises.reading import NO, OPEN, WORDS, YES, decided
from seqrec_lib.teaching.exercises.runner import run_trusted

TASKS = notebook_tasks()
INPUTS = {name: one for name, one in EXERCISES.items() if isinstance(one, BreakingInput)}
READINGS = {name: one for name, one in EXERCISES.items() if isinstance(one, Reading)}
TRIES = [pytest.param(n, rival, id=f"{n}-{rival}") for n, one in INPUTS.items() for rival in one.tries()]
WRONG = [
    pytest.param(name, place, word, id=f"{name}-{place + 1}-{word}")
    for name, one in READINGS.items()
    for place, sentence in enumerate(one.sentences)
    for word in sentence.hints
]


@pytest.mark.parametrize("name", [*INPUTS, *READINGS])
def test_a_chapter_says_that_it_is_a_probe_or_a_reading(name):
    kind = "Probe" if name in INPUTS else "Read"
    assert TASKS[name].statement.startswith(f"*{kind} · ")


def kinds_of(chapter):
    return {TASKS[n].statement.split(" ·")[0] for n in TASKS if TASKS[n].notebook.name.startswith(chapter)}


@pytest.mark.parametrize("chapter", ["01", "02", "03", "07", "09"])
def test_each_chapter_has_one_of_each(chapter):
    assert {"*Probe", "*Read", "*Debug" if chapter != "03" else "*Write", "*Build"} <= kinds_of(chapter)


@pytest.mark.parametrize("chapter", ["04", "05", "06"])
def test_a_chapter_of_parts_asks_for_more_than_functions(chapter):
    assert {"*Debug", "*Write", "*Build"} < kinds_of(chapter)
    assert {"*Probe", "*Read"} & kinds_of(chapter)


@pytest.mark.parametrize("name", [*INPUTS, *READINGS])
def test_the_stub_gives_nothing(name):
    assert check(name, TASKS[name].stub_function()).mistake == "not-written"


@pytest.mark.parametrize("name", INPUTS)
def test_the_example_catches_all_and_the_verdict_shows_what_each_function_gave(name):
    one = INPUTS[name]
    result = check(name, one.example())
    assert result.passed
    assert all(f"`{rival.name}`" in result.message for rival in one.rivals) and "`right`" in result.message
    assert check(name, dict(zip(one.arguments, one.example(), strict=True))).passed, "a dict by name, too"
    assert check(name, list(one.example())).passed


@pytest.mark.parametrize(("name", "rival"), TRIES)
def test_what_gets_away_is_named_with_its_own_hint(name, rival):
    one = INPUTS[name]
    result = check(name, lambda: one.tries()[rival])
    (hint,) = [each.hint for each in one.rivals if each.name == rival]
    assert result.mistake == rival and message(hint) in result.message
    assert result.case is not None and len(list(result.case)) == len(one.arguments)
    assert "`right`" in repr(result)


@pytest.mark.parametrize("name", INPUTS)
def test_there_is_a_try_for_each_rival(name):
    one = INPUTS[name]
    assert set(one.tries()) == {rival.name for rival in one.rivals}
    assert len({rival.hint for rival in one.rivals}) == len(one.rivals)


@pytest.mark.parametrize("name", INPUTS)
def test_the_task_shows_the_functions_that_are_tried(name):
    """The text of each wrong function in the task does what the library's does."""
    one, task = INPUTS[name], TASKS[name]
    (code,) = re.findall(r"```python\n(.*?)```", task.statement, re.DOTALL)
    space = {"np": np, "torch": torch, "F": torch.nn.functional, "math": __import__("math")}
    space |= {one.right.__name__: one.right}
    exec(code, space)
    inputs = [one.example(), *one.tries().values()]
    for rival in one.rivals:
        for arguments in inputs:
            ready = one.ready(*arguments)
            mine, shown = run_trusted(rival.function, ready), run_trusted(space[rival.name], ready)
            assert mine.error is None and shown.error is None, shown.text
            np.testing.assert_allclose(shown.value, mine.value)


STRANGE = {
    "gradients-that-mislead": [
        ([1.0], [3]),
        ([1.0, 2.0], [3, 4, 5]),
        ([1.0, -1.0], [0, 0]),
        ([1.0, -1.0], [2.5, 1]),
        ([1.0, -1.0], [2, -1]),
        ([1.0, float("nan")], [2, 1]),
        ([100.0, -1.0], [2, 1]),
        ([1.0] * 7, [1] * 7),
        ("up", [1, 2]),
    ],
    "three-wrong-softmaxes": [
        ([1.0], 0, [0]),
        ([1.0, float("nan")], 0, [1]),
        ([1.0, 2.0], "first", [1]),
        ([1.0, 2.0], 0, []),
        ([1.0, 2.0], 0, [2]),
        ([1.0, 2.0], 0, [0, 0]),
        ([1.0, 99.0], 0, [1]),
    ],
    "times-that-tell": [
        ([[0.0, 1.0], [2.0, 3.0]],),
        ([0.0, 1.0, 2.0, 3.0, 4.0],),
        ([0.0, float("inf")],),
        ([5.0, 1.0],),
    ],
    "log-that-tells": [
        ([1, 1], [1.0], [1]),
        ([], [], [1]),
        ([1.5, 1.5], [1.0, 2.0], [1]),
        ([0, 0], [1.0, 2.0], [1]),
        ([1, 2], [1.0, 2.0], [3]),
    ],
    "log-that-misleads": [
        ([1, 0], [0.5], [0.5, 0.5]),
        ([1], [0.5], [0.5]),
        ([2, 0], [0.5, 0.5], [0.5, 0.5]),
        ([1, 0], [1.5, 0.5], [0.5, 0.5]),
        ([1, 0], [0.5, 0.5], [0.0, 0.5]),
        ([1, 0], [0.0, 0.0], [0.5, 0.5]),
    ],
    "points-that-hide": [
        ([1.0, 2.0, 3.0],),
        ([[1.0, 2.0]],),
        ([[1.0, 2.0], [1.0, 2.0]],),
        ([[1.0, 2.0], [-1.0, 2.0]],),
        ([[1.0, 2.0], [float("nan"), 2.0]],),
        ([[1.0, 2.0, 3.0], [2.0, 1.0, 3.0]],),
    ],
    "shares-disagree": [
        ([1.0, 2.0], [1.0, 2.0, 3.0, 4.0]),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]),
        ([1.0, 2.0, float("nan")], [1.0, 2.0, 3.0, 4.0]),
        ([1.0, 2.0, 101.0], [1.0, 2.0, 3.0, 4.0]),
        ([1.0, 1.0, 1.0], [2.0, 2.0, 2.0, 3.0]),
    ],
    "rows-that-tell": [
        (torch.ones(2, 2), 0.2),
        ([0, 4], 0.2),
        ([1.5, 4], 0.2),
        ([3, 4], 0.0),
        ([3, 4], 1.2),
        ([], 0.2),
        ([3, 4], "a fifth"),
    ],
    "menu-that-tells": [
        ([0.5, 0.2], [0.5, 0.2], 1.0),
        ([0.5, 0.2, 1.2], [0.5, 0.2, 0.1], 1.0),
        ([0.5, 0.2, 0.1], [0.5, -0.2, 0.1], 1.0),
        ([0.5, 0.2, 0.1], [0.5, 0.2, 0.1], 21.0),
        ([0.5, 0.2, 0.1], [0.5, 0.2, 0.1], [1.0, 2.0]),
        ([0.5, 0.5, 0.1], [0.5, 0.5, 0.1], 1.0),
        ([0.5, 0.2, 0.1], [0.5, float("nan"), 0.1], 1.0),
    ],
    "left-over-memory": [
        ([1, 1, 1], [2, 2]),
        ([1, 1, 1, 1], [2, 3, 2, 3]),
        ([[1, 2]], [[3, 4]]),
        ([1.0, 2.0], [3, 4]),
        ([], []),
        ("one", "two"),
    ],
    "groups-that-tell": [
        ([1, 0], [0.5, 0.2], [1]),
        ([[1, 0]], [[0.5, 0.2]], [[1, 1]]),
        ([1, 0] * 7, [0.5] * 14, [1] * 14),
        ([1, 2], [0.5, 0.2], [1, 1]),
        ([1, 0], [0.5, float("nan")], [1, 1]),
        ([1, 0], [0.5, 0.2], [1.5, 1.5]),
        ([1, 0], [0.5, 0.2], [1, 2]),
    ],
    "inputs-for-the-loss": [
        (torch.zeros(2, 3), torch.zeros(2, 3)),
        (torch.zeros(1, 2, 4), torch.tensor([[0, 0]])),
        (torch.zeros(1, 2, 4), torch.tensor([[5, 1]])),
        (torch.zeros(1, 2, 4), torch.tensor([[0.5, 1.0]])),
        (torch.zeros(5, 5, 5), torch.ones(5, 5).long()),
        (torch.full((1, 1, 3), torch.inf), torch.tensor([[1]])),
    ],
    "chain-of-drops": [
        ([1, 2], [1], 2),
        ([], [], 2),
        ([1.5], [1], 2),
        ([1] * 61, [1] * 61, 2),
        ([-1], [1], 2),
        ([1], [1], 1),
        ([1], [1], "2"),
    ],
    "row-that-flatters": [
        ([0.0, 1.0], 1, 1),
        ([[0.0, 1.0, 1.0]], 1, 1),
        ([0.0, 1.0, 1.0], 0, 1),
        ([0.0, 1.0, 1.0], 1, 3),
        ([0.0, 1.0, float("nan")], 1, 1),
        ([0.0, 1.0, 1.0], 1.5, 1),
    ],
    "parts-that-tell": [
        (torch.zeros(2, 2), *[lambda *x: x[0]] * 4),
        (torch.zeros(5, 5, 5), *[lambda *x: x[0]] * 4),
        (torch.ones(1, 2, 2), 3, *[lambda *x: x[0]] * 3),
        (torch.ones(1, 2, 2), lambda q, o: q.sum(), *[lambda x: x] * 3),
        (torch.ones(1, 2, 2), lambda q, o: q / 0, *[lambda x: x] * 3),
        (torch.ones(1, 2, 2), lambda q: q, *[lambda x: x] * 3),
    ],
    "bodies-that-slip-in": [
        [([1], 1)] * 5,
        [([1], 1, 1), ([2], 2, 2)],
        [("17", 1), ([1], 1)],
        [([1] * 6, 1), ([1], 1)],
        [([{}], 1), ([1], 1)],
        [([1], [1]), ([1], 1)],
        [3, 4],
    ],
    "metrics-disagree": [
        ([1.0], [1.0, 2.0]),
        ([1.0, 0.0], [[1.0], [2.0]]),
        ([1.0, 0.0], [[0.0, 0.0], [2.0, 1.0]]),
        ([1.0, 0.0], [[2.0, 0.0], [2.0, 1.0]]),
        ([1.0, float("nan")], [[2.0, 0.0], [1.0, 1.0]]),
        (torch.ones(5), torch.ones(5, 5)),
    ],
    "parts-that-mislead": [
        ([1.0], [0.0], [1]),
        ([1.0, 2.0], [0.0], [1, 1]),
        ([1.0, 2.0], [0.0, 99.0], [1, 1]),
        ([1.0, 3.0], [0.0, 1.0], [1, 1]),
        ([1.0, float("nan")], [0.0, 1.0], [1, 1]),
        ([1.0, 2.0], [0.0, 1.0], [0, 0]),
    ],
    "table-that-tells": [
        (torch.zeros(6, 4), torch.ones(4)),
        (torch.eye(6), torch.ones(4)),
        (torch.eye(4), torch.ones(4)),
        (torch.eye(6)[:, :4], torch.zeros(4)),
        (torch.eye(6)[:, :4], torch.ones(4)),
        (torch.eye(6)[:, :4], torch.tensor([101.0, 0.0, 0.0, 0.0])),
        (torch.eye(6)[:, :4], torch.tensor([float("nan"), 0.0, 0.0, 1.0])),
        ("rows", "state"),
    ],
    "three-masks": [
        (torch.zeros(3), torch.ones(3, dtype=torch.bool)),
        (torch.zeros(1, 3), torch.ones(1, 2, dtype=torch.bool)),
        (torch.zeros(1, 3), torch.zeros(1, 3, dtype=torch.bool)),
        (torch.zeros(1, 13), torch.ones(1, 13, dtype=torch.bool)),
        (torch.full((1, 3), torch.nan), torch.ones(1, 3, dtype=torch.bool)),
    ],
}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [(name, each) for name, many in STRANGE.items() for each in many],
    ids=[f"{name}-{n}" for name, many in STRANGE.items() for n in range(len(many))],
)
def test_an_input_that_is_none_is_refused_in_words(name, arguments):
    result = check(name, arguments)
    assert result.mistake == "invalid" and len(result.message) > 20, repr(result)


def test_every_probe_meets_strange_inputs():
    assert set(STRANGE) == set(INPUTS)


@pytest.mark.parametrize("name", [*INPUTS, *READINGS])
@pytest.mark.parametrize(
    ("answer", "mistake"),
    [
        (None, "not-written"),
        (..., "not-written"),
        (7, "type"),
        ("yes", "type"),
        (lambda x: x, "signature"),
        (lambda: 1 / 0, "error"),
        ([[]], "type"),
    ],
    ids=["none", "dots", "number", "word", "argument", "raises", "list"],
)
def test_nonsense_gets_a_verdict(name, answer, mistake):
    assert check(name, answer).mistake == mistake


def test_an_answer_that_never_ends_is_stopped():
    def endless():
        while True:
            pass

    one = Reading("toy", (Sentence(lambda: YES, {NO: "no", OPEN: "open"}),), seconds=0.3)
    assert check_in({"toy": one}, "toy", endless).mistake == "time-out"


def test_a_function_that_raises_is_caught_and_its_line_is_named():
    def raises(x):
        raise ValueError("no")

    toy = BreakingInput(
        "toy", lambda x: x, (Rival(raises, "It raises."),), lambda x: (x,), lambda: (1,), ("x",), words=str
    )
    assert check_in({"toy": toy}, "toy", (1,)).passed
    right = BreakingInput("toy", raises, (), lambda x: (x,), lambda: (1,), ("x",))
    assert check_in({"toy": right}, "toy", (1,)).mistake == "invalid"
    failed = check_in({"toy": toy}, "toy", lambda: {}["gone"])
    assert failed.mistake == "error" and "KeyError" in failed.message


@pytest.mark.parametrize("name", READINGS)
def test_the_right_verdicts_pass_in_other_forms(name):
    words = READINGS[name].right()
    forms = [words, tuple(words), [f" {w.upper()} " for w in words], np.array(words)]
    forms.append([{YES: True, NO: False}.get(w, w) for w in words])
    assert all(check(name, form).passed for form in forms)
    assert len(set(words)) == 3, "one word everywhere would pass"


@pytest.mark.parametrize(("name", "place", "word"), WRONG)
def test_a_wrong_verdict_gets_the_hint_of_its_sentence(name, place, word):
    words = READINGS[name].right()
    words[place] = word
    result = check(name, lambda: words)
    assert result.mistake == f"sentence-{place + 1}-{word}"
    assert message(READINGS[name].sentences[place].hints[word]) in result.message


@pytest.mark.parametrize("name", READINGS)
def test_the_sentences_are_those_of_the_task_and_each_wrong_verdict_has_a_hint(name):
    numbers = re.findall(r"^(\d)\. ", TASKS[name].statement, re.MULTILINE)
    assert numbers == [str(n + 1) for n in range(len(READINGS[name].sentences))]
    for sentence in READINGS[name].sentences:
        assert set(sentence.hints) == set(WORDS) - {sentence.right()}, "the rows say something else by now"


@pytest.mark.parametrize("name", READINGS)
@pytest.mark.parametrize(
    ("change", "mistake"), [(lambda w: w[:-1], "shape"), (lambda w: ["maybe", *w[1:]], "type")]
)
def test_a_list_of_another_kind_is_refused(name, change, mistake):
    assert check(name, change(READINGS[name].right())).mistake == mistake


def test_an_interval_decides_or_not():
    assert [decided(0.1, 0.2), decided(-0.2, -0.1), decided(-0.1, 0.1)] == [YES, NO, OPEN]
