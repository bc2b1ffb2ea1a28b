"""A log without order keeps everything but its order."""

import numpy as np
import pandas as pd
import pytest
import torch
from tiny_logs import random_log

from seqrec_lib.data import leave_one_out, permute_order, read_interactions


def by_user(log):
    return [log.items[a:b].tolist() for a, b in zip(log.offsets[:-1], log.offsets[1:], strict=True)]


@pytest.mark.parametrize("keep", [0, 1, 2, 50])
def test_each_user_keeps_the_same_items_and_the_newest_stay(keep):
    log = random_log(rows=900)
    mixed = permute_order(log, seed=3, keep=keep)
    moved = 0
    for before, after in zip(by_user(log), by_user(mixed), strict=True):
        assert sorted(before) == sorted(after)
        cut = max(len(before) - keep, 0)
        assert before[cut:] == after[cut:]
        moved += before[:cut] != after[:cut]
    assert moved > 20 if keep < 5 else moved == 0
    np.testing.assert_array_equal(mixed.times, log.times)
    np.testing.assert_array_equal(mixed.users, log.users)


def test_every_order_is_as_likely():
    """Three items, six orders, 6,000 users: a chi-square of 5 degrees of freedom below its 99.9% point."""
    users = np.repeat(np.arange(6000), 4)
    frame = pd.DataFrame({"user": users, "item": np.tile([1, 2, 3, 9], 6000)})
    orders = permute_order(read_interactions(frame), seed=1).items.reshape(-1, 4)
    assert (orders[:, 3] == 4).all()
    _, counts = np.unique(orders[:, :3], axis=0, return_counts=True)
    assert len(counts) == 6
    assert ((counts - 1000) ** 2 / 1000).sum() < 20.52


def test_event_types_and_features_move_with_their_items():
    frame = pd.DataFrame({"user": 1, "item": range(40), "event": [f"e{i % 3}" for i in range(40)]})
    frame["price"] = [10.0 * i for i in range(40)]
    log = read_interactions(frame)
    mixed = permute_order(log, seed=0)
    assert mixed.items.tolist() != log.items.tolist()
    np.testing.assert_array_equal(mixed.features["price"], 10.0 * (mixed.items - 1))
    np.testing.assert_array_equal(mixed.events, (mixed.items - 1) % 3 + 1)
    assert "order is random (seed 0)" in str(mixed.report) and "order is random" not in str(log.report)


def test_the_seed_decides_and_the_test_cases_stay():
    log = random_log(rows=900)
    one, again, other = (permute_order(log, seed=s) for s in (1, 1, 2))
    assert by_user(one) == by_user(again) != by_user(other)
    plain, mixed = leave_one_out(log), leave_one_out(one)
    assert torch.equal(plain.test.target, mixed.test.target)
    for case, twin in zip(by_user_history(plain.test), by_user_history(mixed.test), strict=True):
        assert sorted(case) == sorted(twin)


def by_user_history(cases):
    return [cases.log_items[a:b].tolist() for a, b in zip(cases.start, cases.stop, strict=True)]


def test_a_negative_number_of_kept_rows_is_refused():
    with pytest.raises(ValueError, match="keep is -1"):
        permute_order(random_log(), keep=-1)
