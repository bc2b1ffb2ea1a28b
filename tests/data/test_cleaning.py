"""Each rule finds what it says, on logs small enough to count by hand and on random ones."""

import math

import numpy as np
import pandas as pd
import pytest
from tiny_logs import random_log

from seqrec_lib.data import (
    DataError,
    clock_faults,
    drop_duplicates,
    drop_echoes,
    drop_users,
    echoes,
    long_sessions,
    machine_users,
    mend_clocks,
    precision_recall,
    read_interactions,
    sessions,
)


def log_of(rows):
    return read_interactions(pd.DataFrame(rows, columns=["user", "item", "time"]))


@pytest.mark.parametrize("within", [0, 3, 30, math.inf])
def test_echoes_equal_the_slow_ones(within):
    log = random_log(rows=900)
    found = echoes(log, within)
    for n in range(len(log)):
        earlier = [
            log.times[m]
            for m in range(n)
            if log.users[m] == log.users[n] and log.items[m] == log.items[n]
        ]  # fmt: skip
        assert found[n] == (bool(earlier) and log.times[n] - earlier[-1] <= within)
    assert 0 < found.sum() < len(log)


def test_echoes_without_an_end_are_duplicates_and_chains_lose_all_but_the_first():
    log = random_log(rows=900)
    np.testing.assert_array_equal(
        drop_echoes(log, math.inf).items, drop_duplicates(log, "first").items
    )  # fmt: skip
    chain = log_of([(1, 7, 0), (1, 8, 4), (1, 7, 8), (1, 7, 16), (1, 7, 40), (2, 7, 41)])
    left = drop_echoes(chain, 10)
    assert left.times.tolist() == [0, 4, 40, 41]
    assert "2 interactions: same user and item within 10 s, the first kept" in str(left.report)


def test_machine_speed_is_that_of_most_gaps_over_enough_rows():
    fast = [(1, i, 0.5 * i) for i in range(30)]
    few = [(2, i, 0.5 * i) for i in range(19)]
    person = [(3, i, 60.0 * i + (i % 3 == 0)) for i in range(30)]
    half = [(4, i, t) for i, t in enumerate(np.cumsum([1, 60] * 15))]
    even = [(5, i, t) for i, t in enumerate(np.cumsum([60] + [1, 60] * 10))]  # 10 of 20 gaps are quick
    log = log_of(fast + few + person + half + even)
    assert machine_users(log, gap=2.0, at_least=20).tolist() == [True, False, False, False, False]
    assert machine_users(log, gap=2.0, at_least=19).tolist() == [True, True, False, False, False]
    assert machine_users(log, gap=61.5, at_least=20).tolist() == [True, False, True, True, True]


def test_dropped_users_leave_no_hole_and_are_counted():
    log = random_log(rows=900)
    which = np.arange(log.n_users) % 3 == 0
    left = drop_users(log, which, "a rule")
    assert left.n_users == (~which).sum() and left.n_items == log.n_items
    kept = ~which[log.users]
    np.testing.assert_array_equal(left.user_ids[left.users], log.user_ids[log.users[kept]])
    np.testing.assert_array_equal(left.items, log.items[kept])
    assert [(d.count, d.what) for d in left.report.dropped] == [
        (which.sum(), "users"),
        ((~kept).sum(), "interactions"),
    ]


def test_sessions_are_counted_by_user():
    log = log_of([(1, 1, 0), (1, 2, 1800), (1, 3, 3601), (1, 4, 3601), (2, 1, 3602), (2, 2, 9999)])
    assert sessions(log).tolist() == [1, 1, 2, 2, 1, 2]
    assert sessions(log, gap=0).tolist() == [1, 2, 3, 3, 1, 2]
    assert sessions(log, gap=math.inf).tolist() == [1, 1, 1, 1, 1, 1]
    assert long_sessions(log, at_least=2).tolist() == [True, False]
    assert long_sessions(log, at_least=3, gap=math.inf).tolist() == [True, False]
    assert sessions(log.take(np.zeros(6, bool))).tolist() == []


def test_sessions_equal_the_slow_ones():
    log = random_log(rows=900)
    number = sessions(log, gap=4)
    for n in range(len(log)):
        if n == 0 or log.users[n] != log.users[n - 1]:
            assert number[n] == 1
        else:
            assert number[n] - number[n - 1] == (log.times[n] - log.times[n - 1] > 4)


def test_precision_and_recall():
    found, truth = np.array([1, 1, 1, 0, 0]), np.array([1, 0, 0, 1, 0])
    assert precision_recall(found, truth) == (1 / 3, 1 / 2)
    nothing = np.zeros(5)
    assert math.isnan(precision_recall(nothing, truth)[0]) and precision_recall(nothing, truth)[1] == 0
    assert math.isnan(precision_recall(found, nothing)[1])
    with pytest.raises(ValueError, match="one entry a row"):
        precision_recall(found, truth[:4])


START, END = 1_600_000_000, 1_640_000_000


def test_clocks_are_judged_by_what_may_be():
    times = np.array([START, END, START - 1, END + 1, 0.0, 1.62e12, 1.5e12, -5.0, np.nan, np.inf])
    found = clock_faults(times, START, END)
    assert found.tolist() == [
        "",
        "",
        "early",
        "late",
        "early",
        "milliseconds",
        "late",
        "early",
        "early",
        "late",
    ]
    assert clock_faults([1.61e9], "2020-09-13", "2021-12-20").tolist() == [""]
    with pytest.raises(DataError, match="is not before latest"):
        clock_faults(times, END, START)


def test_mended_clocks_keep_their_rows():
    frame = pd.DataFrame(
        {"user": list("abcd"), "item": 1, "when": [1.61e9, 1.61e12, 0, 1.7e9]}, index=[9, 8, 7, 6]
    )
    mended = mend_clocks(frame, START, END, time="when")
    assert mended["when"].tolist() == [1.61e9, 1.61e9] and mended.index.tolist() == [9, 8]
    assert mended.attrs["clocks"] == {"milliseconds": 1, "early": 1, "late": 1}
    assert frame["when"].tolist() == [1.61e9, 1.61e12, 0, 1.7e9], "the raw log is left as it is"


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ({"user": [1], "at": [1.61e9]}, "no column 'time' for the times; the columns are user, at"),
        ({"time": [1.61e9, "noon"]}, r"row 1 \(counting from 0\), column 'time': 'noon' is not a number"),
        ({"time": [1.0, 2.0]}, "lies between earliest and latest: look at their unit"),
    ],
)
def test_clocks_that_cannot_be_mended_say_where(frame, words):
    with pytest.raises(DataError, match=words):
        mend_clocks(pd.DataFrame(frame), START, END)


@pytest.mark.parametrize("rule", [echoes, drop_echoes, machine_users, sessions])
def test_rules_of_time_refuse_a_log_without(rule):
    with pytest.raises(DataError, match="needs times, and this log has none"):
        rule(random_log(timed=False))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda log: echoes(log, -1), "within is -1"),
        (lambda log: sessions(log, float("nan")), "gap is nan"),
        (lambda log: machine_users(log, gap=0), "gap is 0"),
        (lambda log: machine_users(log, at_least=1), "at_least 1"),
        (lambda log: long_sessions(log, 1), "at_least is 1"),
        (lambda log: drop_users(log, np.zeros(2), "a"), "the log has 30 users"),
        (lambda log: drop_users(log, np.ones(30), "a rule"), "no user is left once those with a rule"),
    ],
)
def test_settings_that_cannot_be_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(random_log())
