"""Impressions beside a log: slates, places, what came before, and bad input told clearly."""

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec_lib.data import DataError, simulate
from seqrec_lib.data.interactions import Interactions
from seqrec_lib.data.slates import read_slates


def log(**changes):
    """Two users: ann took a, b, c at 10, 20, 30; bob took b at 100."""
    usual = {
        "users": np.array([0, 0, 0, 1]),
        "items": np.array([1, 2, 3, 2]),
        "times": np.array([10.0, 20.0, 30.0, 100.0]),
        "user_ids": np.array(["ann", "bob"], dtype=object),
        "item_ids": np.array([None, "a", "b", "c"], dtype=object),
    }
    return Interactions(**{**usual, **changes})


def shown(**changes):
    usual = {
        "user": ["bob", "ann", "ann", "bob"],
        "item": ["c", "b", "a", "a"],
        "time": [200, 25, 25, 200],
        "position": [3, 2, 1, 1],
        "click": [1, 0, 1, 0],
    }
    return pd.DataFrame({**usual, **changes})


def test_a_slate_has_its_places_and_what_came_before_it():
    batch, report = read_slates(shown(), log())
    assert batch.candidates.tolist() == [[1, 2, 0], [1, 0, 3]]
    assert batch.labels.tolist() == [[1, 0, 0], [0, 0, 1]]
    assert batch.items.tolist() == [[1, 2], [2, 0]] and batch.lengths.tolist() == [2, 1]
    assert batch.times.tolist() == [[10, 20], [100, 0]] and batch.query_time.tolist() == [25, 200]
    assert batch.users.tolist() == [0, 1] and report.rows_read == 4 and not report.dropped


def test_what_happens_at_the_same_moment_is_not_before():
    batch, _ = read_slates(shown(time=[200, 20, 20, 200]), log())
    assert batch.items[0].tolist() == [1]


def test_the_newest_steps_are_kept():
    batch, _ = read_slates(shown(time=[200, 99, 99, 200]), log(), max_len=2)
    assert batch.items.tolist() == [[2, 3], [2, 0]]


def test_one_user_may_have_many_slates():
    batch, _ = read_slates(shown(user=["ann"] * 4, time=[15, 25, 25, 15]), log())
    assert batch.lengths.tolist() == [1, 2] and batch.candidates.tolist() == [[1, 0, 3], [1, 2, 0]]


def test_without_positions_rows_stand_in_order_and_without_times_a_user_is_one_slate():
    table = shown().drop(columns=["position", "time"])
    batch, _ = read_slates(table, log(times=None))
    assert batch.candidates.tolist() == [[2, 1], [3, 1]] and batch.lengths.tolist() == [3, 1]
    assert batch.times is None and batch.query_time is None


def test_what_cannot_be_used_is_dropped_and_told():
    table = shown(user=["bob", "ann", "ann", "cyd"], item=["c", "b", "x", "a"], time=[50, 25, 25, 200])
    batch, report = read_slates(table, log())
    assert batch.candidates.tolist() == [[0, 2]]
    assert [(each.count, each.why) for each in report.dropped] == [
        (1, "their user is not in the log"),
        (1, "their item is not in the log"),
        (1, "nothing came before them"),
    ]


def test_a_file_with_dates_is_read(tmp_path):
    dates = ["1970-01-01 00:03:20", "1970-01-01 00:00:25", "1970-01-01 00:00:25", "1970-01-01 00:03:20"]
    shown(time=dates).to_csv(tmp_path / "shown.csv", index=False)
    batch, report = read_slates(tmp_path / "shown.csv", log())
    assert batch.query_time.tolist() == [25, 200] and report.source.endswith("shown.csv")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"click": [1, 0, 2, 0]}, "impressions, row 3, column 'click': 2 must be 0 or 1: fill it in"),
        ({"click": [1, "yes", 0, 0]}, "row 2, column 'click': 'yes' must be 0 or 1"),
        ({"click": [1, 0, None, 0]}, "row 3, column 'click': nan must be 0 or 1"),
        ({"position": [1, 2, 0, 2]}, "row 3, column 'position': 0 must be a whole number from 1"),
        ({"position": [1, 2, 1.5, 2]}, "row 3, column 'position': 1.5 must be a whole number"),
        ({"position": [3, 2, 2, 1]}, "row 3, column 'position': 2 stands twice in one slate"),
        ({"time": [200, None, 25, 200]}, "row 2, column 'time': nan is no time: use seconds"),
        ({"user": ["x"] * 4}, "no user of them is in the log: ids there and here look like 'ann', 'x'"),
        ({"item": ["x"] * 4}, "no item of them is in the log"),
        ({"time": [1, 1, 1, 1]}, "nothing came before any of them"),
    ],
)
def test_bad_impressions_are_named(changes, said):
    with pytest.raises(DataError, match=said):
        read_slates(shown(**changes), log())


def test_ids_of_two_kinds_are_told():
    numbers = log(item_ids=np.array([None, 1, 2, 3], dtype=object))
    with pytest.raises(DataError, match="item ids are text on one side and numbers on the other: 1, '3'"):
        read_slates(shown(item=["3", "2", "1", "1"]), numbers)


def test_a_missing_column_and_a_log_without_times_are_told():
    with pytest.raises(DataError, match="no column 'click'.*found user, item, time, position"):
        read_slates(shown().drop(columns="click"), log())
    with pytest.raises(DataError, match="impressions: names and no rows"):
        read_slates(shown().iloc[:0], log())
    with pytest.raises(DataError, match="the log has none, so nobody knows what came before"):
        read_slates(shown(), log(times=None))


def test_a_file_that_is_no_table_is_named(tmp_path):
    for name, content in (
        ("empty.csv", b""),
        ("broken.parquet", b"no parquet"),
        ("text.csv", b"\xff\xfe,\x00"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=f"{name}: cannot be read .*write a CSV file with a header"):
            read_slates(tmp_path / name, log())
    with pytest.raises(DataError, match="shwn.csv: no such file"):
        read_slates(tmp_path / "shwn.csv", log())
    shown(click=[1, 0, 2, 0]).to_csv(tmp_path / "shown.csv", index=False)
    with pytest.raises(DataError, match=r"shown.csv, row 3, column 'click': 2 must be 0 or 1"):
        read_slates(tmp_path / "shown.csv", log())


def test_a_worlds_table_gives_its_own_batch():
    world = simulate("ads", users=30, seed=5)
    batch, report = read_slates(world.impressions, world.log)
    wanted = world.click_batch
    assert not report.dropped
    for name in ("candidates", "labels", "lengths", "query_time", "users"):
        assert torch.equal(getattr(batch, name), getattr(wanted, name)), name
    width = int(wanted.lengths.max())
    assert torch.equal(batch.items, wanted.items[:, :width])
