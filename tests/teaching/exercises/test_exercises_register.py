"""``exercises()``: a table of what there is to do and of what is done."""

import json
import re

import pytest
from notebook_tasks import BOOK, notebook_tasks

import seqrec_lib.teaching.exercises as engine
from seqrec_lib.teaching.exercises import EXERCISES, check, exercise, exercises, hint
from seqrec_lib.teaching.exercises.listing import listing_faults
from seqrec_lib.teaching.exercises.register import EFFORT, HEADING, KINDS, register

TASKS = notebook_tasks()


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(engine, "_DONE", {})


def line(name):
    return next(one for one in exercises() if one.name == name)


def test_it_lists_every_exercise_and_every_fault_once():
    names = [one.name for one in exercises()]
    assert sorted(names) == sorted([*EXERCISES, *listing_faults()])


def test_it_has_the_order_of_the_book():
    numbers = [one.number for one in exercises()]
    assert [n for n in numbers if n.startswith("1.")] == [f"1.{n}" for n in range(1, 7)]
    assert numbers.index("1.6") < numbers.index("1b") < numbers.index("2.1") < numbers.index("9.1")
    assert [n for n in numbers if n.startswith("9.")] == [f"9.{n}" for n in range(1, 7)]


def test_it_says_what_is_right_and_what_is_not_yet():
    assert line("ndcg-one-target").state == line("int-noise").state == ""
    check("ndcg-one-target", lambda scores, target, seen, k: 0.5)
    assert line("ndcg-one-target").state == "✗ not yet"
    check("ndcg-one-target", EXERCISES["ndcg-one-target"].reference)
    assert line("ndcg-one-target").state == "✓ right"
    check("no-such-thing", len)
    fault = listing_faults()["int-noise"]
    fault.check()  # only shows that the faulty one fails
    assert line("int-noise").state == ""
    fault.check(fault.exercise.reference)
    assert line("int-noise").state == "✓ right"
    n = len(exercises())
    assert exercises().summary() == f"2 of {n} exercises are done in this session."


def test_a_fault_of_the_listing_is_checked_by_name_too():
    assert check("int-noise", listing_faults()["int-noise"].exercise.reference).passed
    assert hint("int-noise") == exercise("int-noise").hints[0]
    assert "did you mean int-noise" in check("int-nois", len).message


def test_it_is_a_table_in_words_and_in_html():
    entries = exercises()
    text, page = repr(entries), entries._repr_html_()
    assert text.splitlines()[0].split()[:2] == ["No.", "Name"]
    assert text.count("\n") == len(entries) + 1 and page.count("<tr>") == len(entries) + 1
    assert "in this session" in text and "in this session" in page


def test_it_reads_the_line_below_a_heading(tmp_path):
    def book(second):
        task = f"### Exercise 1.5 (GPU): The <share>\n\n*{second}*\n\nGive it."
        cells = [("markdown", task), ("code", 'def f(x):\n    ...\n\n\ncheck("ndcg-one-target", f)')]
        made = [{"cell_type": kind, "metadata": {}, "source": text} for kind, text in cells]
        (tmp_path / "01_x.ipynb").write_text(json.dumps({"cells": made}))
        return next(one for one in register({}, tmp_path) if one.name == "ndcg-one-target")

    one = book("Read · hard · 25 minutes")
    assert (one.number, one.title) == ("1.5", "The <share>")
    assert (one.kind, one.difficulty, one.minutes) == ("read", "hard", "25")
    assert book("Read, hard, 25 minutes").minutes == ""
    assert "&lt;share&gt;" in register({}, tmp_path)._repr_html_()


def test_the_overview_has_a_link_for_each_and_no_session():
    overview = exercises().overview()
    page = overview._repr_html_()
    assert page.count("<a href=") == page.count("<code>") == len(exercises())
    assert "This session" not in page and overview.summary() in repr(overview)
    ours = next(e for e in overview.entries if e.name == "ndcg-one-target")
    assert ours.page == "01_first_recommender.html#exercise-1-4-ndcg-with-one-target"
    assert all(e.number and e.title and e.kind and e.minutes for e in overview.entries)


def test_without_notebooks_it_still_lists_the_names(tmp_path, monkeypatch):
    monkeypatch.setattr("seqrec_lib.teaching.exercises.register.notebooks_folder", lambda: None)
    assert [one.name for one in register({})] == [*EXERCISES, *listing_faults()]


@pytest.mark.parametrize("name", TASKS)
def test_an_exercise_says_its_kind_its_difficulty_and_its_minutes(name):
    task = TASKS[name]
    effort = EFFORT.search(task.statement.splitlines()[0])
    assert effort and effort["kind"].lower() in KINDS, task.statement.splitlines()[0]


def test_every_heading_of_an_exercise_has_the_one_form():
    for path in sorted(BOOK.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for heading in re.findall(r"^#+ Exercise \d.*$", "".join(cell["source"]), re.MULTILINE):
                assert HEADING.match(heading), f"{path.name}: {heading}"


def test_faults_say_their_difficulty_and_minutes():
    for fault in listing_faults().values():
        assert fault.difficulty in ("easy", "medium", "hard") and 2 <= fault.minutes <= 20
