"""The view of twenty questions: what can be asked, and what is refused."""

import pytest
import torch

from seqrec_lib.data.worlds.questions import Questions
from seqrec_lib.teaching.widgets import twenty_questions

YES = torch.tensor([[0.0, 0.0], [0.9, 0.1], [0.0, 0.0], [0.2, 0.7]]).double()
ASKED = Questions(torch.tensor([0.6, 0.4]).double(), YES, torch.ones(2, 4).double() / 3)


def test_only_what_somebody_can_click_is_asked():
    data = twenty_questions(ASKED, ["", "a", "b", "c"], ["x", "y"], [0, 3, 2, 1]).data
    assert data["titles"] == ["a", "c"] and data["popularity"] == [3, 1] and data["most"] == 2
    assert data["yes"] == [[0.9, 0.1], [0.2, 0.7]] and sorted(data["order"]) == [0, 1]


@pytest.mark.parametrize("titles, names", [(["", "a"], ["x", "y"]), (["", "a", "b", "c"], ["x"])])
def test_names_and_titles_of_another_number_are_refused(titles, names):
    with pytest.raises(ValueError, match="name for each type"):
        twenty_questions(ASKED, titles, names, [0, 3, 2, 1])
    nothing = Questions(ASKED.prior, torch.zeros_like(YES), ASKED.following)
    with pytest.raises(ValueError, match="nothing to ask"):
        twenty_questions(nothing, ["", "a", "b", "c"], ["x", "y"], [0, 3, 2, 1])
