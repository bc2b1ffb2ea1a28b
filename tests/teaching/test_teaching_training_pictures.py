"""Pictures of the chapter on training well: what they say in words, and what they show."""

import pytest

from seqrec_lib.teaching.figures import differences, own_and_fresh
from seqrec_lib.teaching.figures.diagrams import moved_items


def test_differences_say_each_way_with_its_interval():
    picture = differences([("noise", 0.01, 0.002, 0.018), ("dropout", -0.003, -0.01, 0.004)], "none")
    assert "noise +0.010 (+0.002 to +0.018)" in picture.alt and "which is none" in picture.alt
    assert list(picture.table.columns[1:]) == ["difference", "low", "high"]
    assert "NDCG@10 minus that of none" in picture.svg


def test_a_way_that_is_apart_has_another_mark_than_one_that_is_not():
    apart = differences([("a", 0.01, 0.002, 0.018)], "none").svg
    level = differences([("a", 0.01, -0.002, 0.022)], "none").svg
    assert apart != level


def test_the_chosen_trial_is_named_with_both_figures():
    picture = own_and_fresh([0.2, 0.26, 0.22], [0.21, 0.2, 0.23], best=1)
    assert "0.260 on validation and 0.200 for fresh users" in picture.alt
    assert len(picture.table) == 3


def test_trials_that_are_all_alike_can_be_drawn():
    assert own_and_fresh([0.2, 0.2], [0.2, 0.2], best=0).alt


def test_the_diagram_says_its_boxes():
    words = moved_items().alt
    assert all(word in words for word in ("first pass", "gradient", "equally far", "same dropout", "mix"))


@pytest.mark.parametrize("count", [1, 12])
def test_few_and_many_ways(count):
    rows = [(f"way {n}", 0.001 * n, -0.01, 0.02) for n in range(count)]
    assert f"way {count - 1}" in differences(rows, "none").alt
