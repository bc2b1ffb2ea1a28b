"""The ladder of step sizes: it is climbed until the best is not at the end of what was tried."""

import pytest
from step_sizes import LADDER, best_step_size


@pytest.mark.parametrize("best", LADDER)
def test_the_best_is_found_wherever_it_lies_and_nothing_is_tried_twice(best):
    tried = []

    def value(rate):
        tried.append(rate)
        return -abs(LADDER.index(rate) - LADDER.index(best))

    assert best_step_size(value) == best
    assert len(tried) == len(set(tried))
    place = LADDER.index(best)
    assert set(LADDER[max(place - 1, 0) : place + 2]) <= set(tried)


def test_another_ladder_and_another_start():
    assert best_step_size(lambda rate: -rate, (2.0, 4.0), (1.0, 2.0, 4.0)) == 1.0
