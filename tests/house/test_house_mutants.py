"""Mutation testing: what is changed in a text, what never is, and which tests are asked."""

import mutant_tests
import mutants
import pytest
from mutant_places import changed, places

TEXT = '''"""At most 1 word."""
from pathlib import Path

def share(part: int, whole: int = 2, kind="plain") -> float:
    """One of 3."""
    if part < 0 and kind == "plain":
        raise ValueError("below 0")
    part = max(part, whole)
    return sorted(range(part, whole), reverse=True)[:whole] + [f"{part + 1}"]
'''


def test_each_change_is_where_it_says_and_gives_another_program():
    found = places(TEXT)
    texts = [changed(TEXT, place) for place in found]
    assert len({*texts, TEXT}) == len(found) + 1 and None not in texts
    lines = TEXT.splitlines()
    for place, text in zip(found, texts, strict=True):
        (where,) = [
            n for n, pair in enumerate(zip(lines, text.splitlines(), strict=True), 1) if len({*pair}) > 1
        ]
        assert where == place.line


def test_the_changes_are_those_meant():
    texts = " | ".join(changed(TEXT, place) for place in places(TEXT))
    for line in (
        "part <= 0 and",
        "part >= 0 and",
        "part < 0 or",
        "part < 1 and",
        'kind != "plain"',
        "whole: int = 3",
    ):
        assert line in texts, line
    for line in (
        "if (not (part <",
        "    pass\n",
        "min(part",
        "max(whole, part)",
        "whole))[:whole]",
        "reverse=False",
    ):
        assert line in texts, line
    for line in ("plain_", ")[:] + [", "[:whole] - ["):
        assert line in texts, line
    for kept in ('"""At most 1 word."""', '"""One of 3."""', '"below 0"', "-> float", '{part + 1}"]'):
        assert texts.count(kept) == len(places(TEXT))


@pytest.mark.parametrize("named", ["mutants", "rivals"])
def test_wrong_answers_of_an_exercise_are_left_alone(named):
    text = (
        "def right(x):\n    return x + 1\n\ndef wrong(x):\n    return x + 1\n\n"
        f"E = Exercise(right, {named}=(M(1, wrong),))\n"
    )
    assert {place.line for place in places(text)} == {2}


def test_the_nearest_tests_are_asked_first():
    slow = {"tests/heads/test_a.py::slow": {"seqrec_lib/heads/mlp.py": [4]}}
    files = {
        "tests/heads/test_a.py": {
            "seconds": {"tests/heads/test_a.py::slow": 2.0, "tests/heads/test_a.py::other": 0.1}
        },
        "tests/cli/test_b.py": {
            "seconds": {"tests/cli/test_b.py::quick": 0.1, "tests/cli/test_b.py::far": 0.1}
        },
    }
    files["tests/heads/test_a.py"]["reached"] = slow
    files["tests/cli/test_b.py"]["reached"] = {"tests/cli/test_b.py::quick": {"seqrec_lib/heads/mlp.py": [5]}}
    chosen = mutant_tests.tests_for(files, "seqrec_lib/heads/mlp.py", 4, "heads")
    assert [name.partition("::")[2] for name in chosen] == ["slow", "quick", "other"]


def test_every_room_is_drawn_alike_and_the_same_each_time():
    all_rooms = {room for room, *_ in mutants.draw(500, 0, [])}
    assert len(all_rooms) > 15
    number = 2 * len(all_rooms)
    drawn = mutants.draw(number, 0, [])
    rooms = [room for room, *_ in drawn]
    assert {rooms.count(room) for room in rooms} == {2} and drawn == mutants.draw(number, 0, [])
    assert [row for row in mutants.draw(500, 0, ["losses"])][:2] == [
        row for row in drawn if row[0] == "losses"
    ]
