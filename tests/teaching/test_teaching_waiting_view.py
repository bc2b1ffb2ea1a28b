"""The view of waiting lines: what it is given, and what it refuses."""

import pytest

from seqrec_lib.teaching.widgets import waiting_lines


def test_the_first_load_is_the_one_that_was_asked_for():
    data = waiting_lines(3.456, 0.25, load=0.5).data
    assert data["service"] == 3.46 and data["spread"] == 0.25
    assert data["loads"][data["load"]] == 0.5 and data["loads"][-1] == 0.95


@pytest.mark.parametrize("wrong", [{"service": 0.0}, {"spread": 0.0}, {"load": 1.0}, {"load": 0.0}])
def test_what_cannot_be_simulated_is_refused(wrong):
    with pytest.raises(ValueError, match="it must"):
        waiting_lines(**{"service": 3.0, **wrong})
