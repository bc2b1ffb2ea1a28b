"""Explanations side by side: what the picture says in words, and the data behind it."""

import torch

from seqrec_lib.teaching.figures import side_by_side

TITLES = [f"Film {n}" for n in range(1, 25)]


def drawn(cause, **changes):
    first, second = torch.zeros(24), torch.zeros(24)
    first[cause], second[20], second[23] = 2.0, 3.0, -6.0
    return side_by_side(TITLES, {"attention": first, "occlusion": second}, cause, "Film 99", **changes)


def test_the_words_name_the_item_the_cause_and_who_is_right():
    picture = drawn(18)
    assert "16 events and 2 methods" in picture.alt and "“Film 99”" in picture.alt
    assert "called for by “Film 19”, 6 events before it" in picture.alt
    assert picture.alt.endswith("The cause has the largest share by: attention.")
    assert drawn(20).alt.endswith("by: attention, occlusion.")


def test_the_data_are_the_shares_themselves():
    table = drawn(18).table
    assert table["event"].tolist() == TITLES[8:]
    assert table["attention"].tolist()[10] == 2.0 and table["occlusion"].tolist()[15] == -6.0


def test_a_cause_far_back_is_drawn_too():
    picture = drawn(3)
    assert picture.table["event"].tolist() == TITLES[3:]
    assert "21 events before it" in picture.alt


def test_a_method_that_gives_nothing_is_drawn_and_a_short_history_too():
    shares = {"none": torch.zeros(3), "one": torch.tensor([0.0, 1.0, 0.0])}
    picture = side_by_side(["A", "B", "C"], shares, 1, "D")
    assert picture.alt.endswith("by: one.") and len(picture.table) == 3
