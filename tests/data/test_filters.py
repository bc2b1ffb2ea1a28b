"""Filters drop what they say, count it, and leave numbers without holes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_logs import random_log

from seqrec_lib.data import DataError, drop_duplicates, k_core, read_interactions, simulate

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60)


def naive_core(pairs, k):
    """The k-core, by looking at one row at a time until nothing changes."""
    while True:
        kept = [
            (u, i)
            for u, i in pairs
            if sum(a == u for a, _ in pairs) >= k and sum(b == i for _, b in pairs) >= k
        ]
        if len(kept) == len(pairs):
            return kept
        pairs = kept


def as_log(pairs):
    return read_interactions(pd.DataFrame(pairs, columns=["user", "item"]))


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.integers(0, 4))
def test_k_core_equals_the_naive_one(pairs, k):
    expected = naive_core(pairs, k)
    log = as_log(pairs)
    if not expected:
        with pytest.raises(DataError, match="no user is left"):
            k_core(log, k)
        return
    left = k_core(log, k)
    found = list(zip(left.user_ids[left.users], left.item_ids[left.items], strict=True))
    assert found == sorted(expected, key=lambda pair: pair[0])
    counted = {d.what: d.count for d in left.report.dropped}
    assert counted.get("interactions", 0) == len(pairs) - len(left)
    assert counted.get("users", 0) == log.n_users - left.n_users
    assert counted.get("items", 0) == log.n_items - left.n_items


def test_k_core_leaves_no_holes_and_moves_titles_along():
    frame = pd.DataFrame({"user": [1, 1, 2, 2, 3], "item": [5, 7, 5, 7, 6], "title": list("abcba")})
    left = k_core(read_interactions(frame), 2)
    assert sorted(set(left.items.tolist())) == [1, 2]
    assert left.item_ids.tolist() == [None, 5, 7]
    assert left.titles == ["", "a", "b"]
    assert left.user_ids.tolist() == [1, 2]


def test_a_world_is_never_filtered():
    with pytest.raises(DataError, match="break the world's exact ceiling"):
        k_core(simulate("video", users=20, seed=0).log, 5)


def duplicated():
    frame = pd.DataFrame(
        {
            "user": [1, 1, 1, 2],
            "item": [5, 6, 5, 5],
            "time": [1, 2, 3, 4],
            "event": ["view", "view", "buy", "view"],
        }
    )
    return read_interactions(frame)


@pytest.mark.parametrize(
    ("policy", "times", "dropped"),
    [("keep", [1, 2, 3, 4], 0), ("first", [1, 2, 4], 1), ("last", [2, 3, 4], 1)],
)
def test_duplicate_policies(policy, times, dropped):
    log = drop_duplicates(duplicated(), policy)
    assert log.times.tolist() == times
    assert sum(d.count for d in log.report.dropped) == dropped
    assert len(log) + dropped == log.report.rows_read
    if policy == "keep":
        assert "a user meets an item again in 1 row; all are kept" in str(log.report)


def test_duplicates_as_an_error_name_user_and_item():
    with pytest.raises(DataError, match="user 1 meets item 5 a second time"):
        drop_duplicates(duplicated(), "error")


@settings(max_examples=30, deadline=None)
@given(PAIRS, st.sampled_from(["first", "last"]))
def test_no_pair_is_left_twice_and_none_is_lost(pairs, policy):
    log = drop_duplicates(as_log(pairs), policy)
    found = list(zip(log.user_ids[log.users], log.item_ids[log.items], strict=True))
    assert len(found) == len(set(found))
    assert set(found) == set(pairs)


def test_take_and_compact_keep_rows_together():
    log = random_log()
    keep = np.random.default_rng(0).random(len(log)) < 0.3
    small = log.take(keep).compact()
    np.testing.assert_array_equal(small.user_ids[small.users], log.user_ids[log.users[keep]])
    np.testing.assert_array_equal(small.item_ids[small.items], log.item_ids[log.items[keep]])
    np.testing.assert_array_equal(small.times, log.times[keep])
