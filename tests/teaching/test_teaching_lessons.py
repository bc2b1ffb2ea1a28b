"""The plan of lessons: what it names is there, its minutes are those of the notebooks and of the pages."""

import json
from pathlib import Path

import pytest

from seqrec_lib.messages import InputError
from seqrec_lib.teaching.exercises import EXERCISES, mistakes
from seqrec_lib.teaching.lessons import EIGHT_WEEKS, FOUR_MORE, Lesson, Plan, reading_minutes

BOOK = Path(__file__).parents[2] / "book"
WEEKS = (*EIGHT_WEEKS, *FOUR_MORE)
NAMES = [name for lesson in WEEKS for name in (*lesson.in_class, *lesson.at_home)]


def test_every_page_and_exercise_of_the_plan_is_there_and_none_stands_twice():
    plan = Plan(book=BOOK)
    assert all((BOOK / f"{page}.ipynb").is_file() for lesson in WEEKS for page in lesson.pages)
    assert set(NAMES) <= set(plan.known) and len(NAMES) == len(set(NAMES))
    assert all(int(plan.known[name].minutes) > 0 and plan.known[name].page for name in NAMES)


@pytest.mark.parametrize("lesson", WEEKS, ids=lambda one: one.title)
def test_an_exercise_comes_after_its_chapter_and_a_meeting_has_room_for_its_own(lesson):
    plan = Plan(book=BOOK)
    before = [
        page.split("_")[0].lstrip("0") for each in WEEKS[: WEEKS.index(lesson) + 1] for page in each.pages
    ]
    for name in (*lesson.in_class, *lesson.at_home):
        chapter = plan.known[name].number.split(".")[0]
        assert chapter in before or chapter.rstrip("abc") in before, name
    assert 15 <= plan.minutes(lesson.in_class) <= 45
    assert plan.minutes(lesson.at_home) <= 60 and plan.reading(lesson) <= 60


def test_minutes_add_up_and_the_table_links_to_each():
    lesson = Lesson("A <title>", ("03_evaluation",), "Show it.", ("ndcg-of-lists",), ("mean-over-batches",))
    plan = Plan((lesson,), BOOK)
    page = plan._repr_html_()
    assert plan.minutes(("ndcg-of-lists", "mean-over-batches")) == 15
    assert "A &lt;title&gt;" in page and 'href="03_evaluation.html#exercise-3-3-a-mean-over-batches"' in page
    assert plan.summary().startswith("1 meetings") and "ndcg-of-lists (10)" in repr(plan)


def test_a_plan_that_goes_on_counts_on():
    plan = Plan(FOUR_MORE, BOOK, first=9)
    assert repr(plan).startswith("9. Little data") and "<strong>12</strong> Privacy" in plan._repr_html_()


def test_reading_is_counted_in_fives_and_an_unknown_page_is_named(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": "word " * 1800 + "$$a b c$$"},
        {"cell_type": "code", "source": "x y"},
    ]
    (tmp_path / "one.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert reading_minutes("one", tmp_path) == 10
    with pytest.raises(InputError, match="one"):
        reading_minutes("on", tmp_path)


@pytest.mark.parametrize("name", EXERCISES)
def test_whoever_teaches_sees_what_a_checker_knows(name):
    found = mistakes(name)
    assert len(found) >= 2 and all(mistake and hint for mistake, hint in found)
    assert str(len(found)) in found.summary() and found[0][1] in repr(found)


def test_hints_are_escaped_in_the_table():
    found = mistakes("masked-attention-pool")
    found[:] = [("a", "x < y")]
    assert "x &lt; y" in found._repr_html_()
