"""Pictures and the view of several goals: what they say in words, what they hold, what they refuse."""

import pytest
import torch

from seqrec_lib.goals import Shelf, best_lists, list_worth
from seqrec_lib.teaching.figures import fronts
from seqrec_lib.teaching.figures.diagrams import two_tasks
from seqrec_lib.teaching.widgets import compromises


def test_a_way_of_many_points_has_two_ends_and_one_of_one_point_is_named_once():
    picture = fronts({"sums": [(0.3, 0.5), (0.2, 0.7)], "MGDA": [(0.25, 0.6)]}, "clicks", "purchases")
    assert "sums from (0.300, 0.500) to (0.200, 0.700)" in picture.alt
    assert "MGDA (0.250, 0.600)" in picture.alt and len(picture.table) == 3
    assert list(picture.table.columns[1:]) == ["clicks", "purchases"]


@pytest.mark.parametrize("ways", [{}, {"a": []}, {str(n): [(0, 0)] for n in range(8)}])
def test_what_cannot_be_drawn_is_refused(ways):
    with pytest.raises(ValueError, match="one to 7 ways"):
        fronts(ways, "a", "b")


def test_the_diagram_says_its_boxes():
    words = two_tasks().alt
    assert all(word in words for word in ("shared layer", "two towers", "product", "Weights"))


def shelf():
    click = torch.rand(3, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    click[:, 0] = 0
    even = torch.full((7,), 1 / 6).double()
    return Shelf(
        click, click**2, 10 * torch.arange(7).double(), torch.arange(7) % 2, even, torch.ones(5).double()
    )


def test_the_view_holds_the_worth_of_whole_lists_and_the_first_places():
    one = shelf()
    lists = torch.stack([best_lists(one.click, 5), best_lists(-one.click, 5)])
    data = compromises(one, {"all": lists}, (0.0, 1.0), [f"t{n}" for n in range(7)], [2]).data
    (way,) = data["ways"]
    for weight in (0, 1):
        worth = list_worth(one, lists[weight]).means()
        assert way["clicks"][weight] == pytest.approx(worth["clicks"], abs=1e-4)
        assert way["price"][weight] == pytest.approx(worth["price"], abs=1e-4)
        shown = way["lists"][0][weight]
        assert [row[0] for row in shown] == lists[weight, 2].tolist()
        assert shown[0][1] == pytest.approx(float(one.click[2, shown[0][0]]), abs=1e-3)
    assert data["items"][3] == {"title": "t3", "price": 30.0} and data["people"] == 1


@pytest.mark.parametrize("ways", [{}, {"a": torch.ones(1, 3, 5).long()}])
def test_a_view_needs_lists_for_every_weight(ways):
    with pytest.raises(ValueError, match="lists for every weight"):
        compromises(shelf(), ways, (0.0, 1.0), [""] * 7, [0])


def test_a_front_shows_the_intervals_of_its_points_and_says_so():
    points = {"sums": [(0.3, 0.5), (0.2, 0.7)], "MGDA": [(0.25, 0.6)]}
    spans = {"sums": [((0.28, 0.32), (0.4, 0.6)), ((0.1, 0.3), (0.65, 0.75))]}
    found = fronts(points, "clicks", "purchases", spans=spans)
    assert "intervals" in found.alt and "intervals" not in fronts(points, "clicks", "purchases").alt
    assert list(found.table.columns[3:]) == [
        "clicks, low",
        "clicks, high",
        "purchases, low",
        "purchases, high",
    ]
    assert found.table.iloc[1, 3:].tolist() == [0.1, 0.3, 0.65, 0.75] and found.table.iloc[2, 3:].isna().all()
    for wrong in ({"sums": spans["sums"][:1]}, {"nobody": spans["sums"]}):
        with pytest.raises(ValueError, match="two intervals"):
            fronts(points, "clicks", "purchases", spans=wrong)
