"""The plan of lessons: what it names is there, its minutes are those of the notebooks and of the pages."""

import json
import re
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


def needs(page):
    """The pages that the line "You need" of a page names, in its first sentence, without what only helps."""
    cells = json.loads((BOOK / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    said = re.search(r"You need ([^.]*)\.", text)
    wanted = re.sub(r";[^;]* helps$", "", said[1])
    return set(re.findall(r"\{doc\}`[^`<]*<(\w+)>`", wanted))


def missing(lessons):
    """What the pages of these meetings need and nobody has read by then."""
    read, found = set(), set()
    for lesson in lessons:
        read |= set(lesson.pages)
        found |= {need for page in lesson.pages for need in needs(page)} - read
    return found


def test_what_a_page_needs_is_read_by_then():
    assert needs("07_heads_and_clicks") == {"03_evaluation", "04_encoders", "06_attention_family"}
    assert missing(WEEKS) == set()
    assert missing(WEEKS[:3] + WEEKS[4:]) == {"06_attention_family", "07_heads_and_clicks"}


def test_the_shorter_courses_that_the_page_allows():
    """Weeks 4 to 6 without their second chapter; the meetings 1, 2, 5 and 7 with a part of chapter 8."""
    shorter = [
        Lesson(one.title, one.pages[: 1 if n in (4, 5, 6) else None], one.shown, (), ())
        for n, one in enumerate(EIGHT_WEEKS, 1)
    ]
    assert missing(shorter) == set()
    assert missing([*shorter, FOUR_MORE[1]]) == {"07_heads_and_clicks"}
    assert missing([*shorter, FOUR_MORE[2]]) == missing([*shorter, FOUR_MORE[3]]) == {"10_losses"}
    assert missing([EIGHT_WEEKS[n - 1] for n in (1, 2, 5, 7)]) == {"08_two_stages"}
    assert all(missing([*EIGHT_WEEKS, one]) == set() for one in FOUR_MORE)


def test_minutes_add_up_and_the_table_links_to_each():
    lesson = Lesson("A <title>", ("03_evaluation",), "Show it.", ("ndcg-of-lists",), ("mean-over-batches",))
    plan = Plan((lesson,), BOOK)
    page = plan._repr_html_()
    assert plan.minutes(("ndcg-of-lists", "mean-over-batches")) == 15
    assert "A &lt;title&gt;" in page and 'href="03_evaluation.html#exercise-3-3-a-mean-over-batches"' in page
    assert plan.summary().startswith("1 meetings") and "ndcg-of-lists (10)" in repr(plan)


def test_a_plan_that_goes_on_counts_on():
    plan = Plan(FOUR_MORE, BOOK, first=9)
    assert repr(plan).startswith("9. Little data") and "<strong>12</strong> A service" in plan._repr_html_()


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
