"""A metric apart for items that training met seldom and often."""

import numpy as np
import pytest

from seqrec_lib.evaluation.by_count import by_count
from seqrec_lib.messages import InputError


def test_every_case_is_in_one_group_and_the_means_are_those_of_its_cases():
    counts = np.array([0, 0, 1, 5, 6, 50, 51, 900])
    values = np.arange(8.0)
    groups = by_count(values, counts)
    assert [each.cases for each in groups] == [2, 2, 2, 1, 1]
    assert [each.mean for each in groups] == [0.5, 2.5, 4.5, 6.0, 7.0]
    assert [each.name for each in groups] == ["none", "1 to 5", "6 to 50", "51 to 200", "over 200"]
    assert np.isnan(by_count(values, counts + 1)[0].mean)


@pytest.mark.parametrize("edges", [(), (5, 5), (5, 2), (-1, 3)])
def test_edges_that_do_not_rise_are_refused(edges):
    with pytest.raises(InputError, match="they must rise"):
        by_count(np.zeros(2), np.zeros(2), edges)
