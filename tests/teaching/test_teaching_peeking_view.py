"""The view of peeking: each look is judged by itself, and the first that calls a test counts."""

import numpy as np
import pytest

from seqrec_lib.ab import Looks, always_valid, fixed_p, look_at
from seqrec_lib.teaching.widgets import peeking

USERS = np.arange(50, 501, 50)


def many_tests(shift, seed=0):
    rng = np.random.default_rng(seed)
    return look_at(rng.normal(size=(40, 500)), rng.normal(shift, size=(40, 500)), USERS)


def test_a_look_calls_a_test_by_itself():
    looks = many_tests(0.15)
    plain, valid = (np.array([list(t) for t in rule]) == "1" for rule in
                    peeking({"a": looks}, 0.1).data["cases"][0]["rules"])  # fmt: skip
    assert np.array_equal(plain, fixed_p(looks) < 0.05) and plain.any()
    # What was seen cannot be unseen: a test is called once one look has called it.
    assert np.array_equal(valid.cumsum(1) > 0, always_valid(looks, 0.1) < 0.05) and valid.any()


def test_it_offers_counts_that_divide_the_looks():
    data = peeking({"a": many_tests(0.0), "b": many_tests(0.2)}, 0.1).data
    assert data["counts"] == [1, 2, 5, 10] and data["users"] == USERS.tolist()
    assert [case["name"] for case in data["cases"]] == ["a", "b"]


@pytest.mark.parametrize("wrong", ["nothing", "looks"])
def test_what_cannot_be_shown_is_refused(wrong):
    short = Looks(USERS[:5], np.zeros((2, 5)), np.ones((2, 5)))
    with pytest.raises(ValueError, match="same looks"):
        peeking({} if wrong == "nothing" else {"a": many_tests(0.0), "b": short}, 0.1)
