"""The notebooks give every exercise that ``check`` knows, and the task, stub and solution that fit it."""

import inspect
import json

import pytest
from notebook_tasks import checked, notebook_tasks, tasks_of

from seqrec_lib.teaching.exercises import EXERCISES, check

TASKS = notebook_tasks()
each = pytest.mark.parametrize("name", TASKS)


def test_the_notebooks_and_the_checks_have_the_same_exercises():
    assert set(TASKS) == set(EXERCISES)


@each
def test_it_stands_in_its_own_chapter(name):
    assert EXERCISES.modules[name].split(".")[-2] == f"chapter{TASKS[name].notebook.name[:2]}"
    assert EXERCISES[name].name == name


@each
def test_the_stub_takes_what_the_reference_takes(name):
    parameters = inspect.signature(TASKS[name].stub_function()).parameters
    assert tuple(parameters) == EXERCISES[name].names
    assert all(each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters.values())


@each
def test_the_task_says_what_is_wanted(name):
    task = TASKS[name]
    assert len(task.statement.split()) >= 20 and task.stub.rstrip().endswith("...")
    for parameter in EXERCISES[name].names:
        assert parameter in task.statement + task.stub.partition(":")[2], f"nothing says what {parameter} is"


@each
def test_the_solution_passes_and_is_no_copy_of_the_stub(name):
    task = TASKS[name]
    solution = task.solution_function()
    assert check(name, solution).passed
    assert solution.__name__ != task.function, "a reader who unfolds it keeps an answer of their own"


def notebook(tmp_path, *cells):
    made = [{"cell_type": kind, "metadata": {"tags": tags}, "source": text} for kind, tags, text in cells]
    path = tmp_path / "01_x.ipynb"
    path.write_text(json.dumps({"cells": made}))
    return path


TASK = ("markdown", [], "### Exercise 1.1: Twice\n\nReturn twice x.")
STUB = ("code", ["exercise"], 'def double(x):\n    ...\n\n\ncheck("twice", double)')
SOLUTION = ("code", ["solution"], 'def two(x):\n    return 2 * x\n\n\nassert check("twice", two).passed')


def test_a_notebook_is_read(tmp_path):
    (task,) = tasks_of(notebook(tmp_path, TASK, STUB, SOLUTION))
    assert (task.name, task.statement, task.function) == ("twice", "Return twice x.", "double")
    assert task.stub == "def double(x):\n    ...\n" and task.stub_function()(3) is None


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([STUB, SOLUTION], "no task in Markdown"),
        ([TASK, STUB], "one cell tagged solution"),
        ([TASK, STUB, SOLUTION, SOLUTION], "one cell tagged solution"),
        ([TASK, ("code", ["exercise"], "def double(x):\n    ..."), SOLUTION], "check"),
        ([TASK, ("code", ["exercise"], 'check("twice", double)'), SOLUTION], "does not define it"),
        ([TASK, STUB, ("code", ["solution"], 'check("thrice", two)')], "one cell tagged solution"),
    ],
)
def test_an_exercise_that_lacks_a_part_is_refused(tmp_path, cells, said):
    with pytest.raises(ValueError, match=said):
        tasks_of(notebook(tmp_path, *cells))


def test_an_exercise_that_stands_twice_is_refused(tmp_path):
    one = notebook(tmp_path, TASK, STUB, SOLUTION)
    (tmp_path / "02_y.ipynb").write_text(one.read_text())
    with pytest.raises(ValueError, match="twice stands in 01_x.ipynb and 02_y.ipynb"):
        notebook_tasks(tmp_path)


@pytest.mark.parametrize("source", ["check(name, f)", 'check("a", f())', 'check("a", f)\ncheck("b", g)', "f"])
def test_a_check_of_another_form_is_refused(source):
    with pytest.raises(ValueError, match="once in this cell"):
        checked(source)


@each
def test_it_has_two_hints(name):
    assert len(EXERCISES[name].hints) >= 2
