"""Dirt is what it says it is, and the clean rows stay as they were."""

import numpy as np
import pandas as pd
import pytest
from tiny_logs import random_log

from seqrec_lib.data import add_dirt, read_interactions, simulate
from seqrec_lib.data.preparing.dirt import DAY, KINDS

WORLD = simulate("video", users=120, seed=3)


@pytest.fixture(scope="module")
def dirty():
    return add_dirt(WORLD, seed=1, visitors=40)


def pairs(frame):
    return sorted(zip(frame["user"].astype(str), frame["item"].astype(int), strict=True))


def test_the_numbers_are_those_asked_for(dirty):
    n = len(WORLD.log)
    wanted = {"duplicate": round(0.04 * n), "slow clock": round(0.005 * n), "visitor": 40, "bot": 6 * 100}
    wanted |= dict.fromkeys(("milliseconds", "future", "zero"), round(0.01 * n))
    found = dirty.counts()
    assert set(found) == set(KINDS) and sum(found.values()) == len(dirty.frame)
    assert {kind: found[kind] for kind in wanted} == wanted
    assert found["clean"] == n - sum(wanted[k] for k in ("milliseconds", "future", "zero", "slow clock"))


def test_without_what_was_added_the_log_is_the_old_one(dirty):
    own = dirty.frame[~dirty.is_kind("duplicate", "bot", "visitor")]
    assert pairs(own) == pairs(WORLD.interactions)
    clean = dirty.frame[dirty.is_kind("clean")]
    assert np.isin(clean["time"], WORLD.log.times).all()
    assert (np.diff(clean["time"]) >= 0).all(), "rows arrive in the order of time"
    assert dirty.frame["row"].tolist() == list(range(len(dirty.frame)))


def test_each_fault_of_the_clock_is_what_it_says(dirty):
    truth = {(u, i): t for u, i, t in zip(*(WORLD.interactions[c] for c in ("user", "item", "time")))}  # noqa: B905
    for kind, low, high in (
        ("future", 365 * DAY, 395 * DAY),
        ("slow clock", -12 * 3600, -3600),
    ):
        rows = dirty.frame[dirty.is_kind(kind)]
        shift = [
            t - truth[int(u), i] for u, i, t in zip(rows["user"], rows["item"], rows["time"], strict=True)
        ]
        assert low <= min(shift) and max(shift) <= high
    rows = dirty.frame[dirty.is_kind("milliseconds")]
    for u, i, t in zip(rows["user"], rows["item"], rows["time"], strict=True):
        assert t == pytest.approx(1000 * truth[int(u), i])
    assert (dirty.frame[dirty.is_kind("zero")]["time"] == 0).all()


def test_duplicates_come_soon_or_within_a_day(dirty):
    log = read_interactions(dirty.frame[dirty.is_kind("clean", "duplicate")])
    rows = dirty.truth[log.features["row"].astype(int)]
    gap = {}
    for user, item, time, kind in zip(log.users, log.items, log.times, rows, strict=True):
        gap.setdefault((user, item), []).append((time, kind))
    twice = [meets for meets in gap.values() if len(meets) == 2]
    assert len(twice) == dirty.counts()["duplicate"]
    waits = np.array([b[0] - a[0] for a, b in twice])
    assert all((a[1], b[1]) == ("clean", "duplicate") for a, b in twice)
    assert waits.min() > 0 and waits.max() <= DAY and 0.6 < (waits < 4).mean() < 0.9


def test_bots_are_users_of_their_own_and_some_are_patient(dirty):
    bots = dirty.frame[dirty.is_kind("bot")]
    assert bots["user"].nunique() == 6 and bots["user"].str.startswith("bot-").all()
    medians = bots.groupby("user")["time"].agg(lambda t: np.median(np.diff(t)))
    assert (medians < 1).sum() == 4 and (medians > 30).sum() == 2
    assert (bots.groupby("user")["item"].agg(lambda i: (np.diff(i) == 1).all())).all()


def test_visitors_come_once(dirty):
    visitors = dirty.frame[dirty.is_kind("visitor")]
    assert visitors["user"].is_unique and len(visitors) == 40


def test_the_seed_decides_everything():
    a, b, c = (add_dirt(WORLD, seed=s) for s in (5, 5, 6))
    pd.testing.assert_frame_equal(a.frame, b.frame)
    assert (a.truth == b.truth).all()
    assert not a.frame["item"].equals(c.frame["item"])


def test_no_dirt_is_the_log_in_order_of_time():
    none = add_dirt(WORLD, duplicates=0, bots=0, clocks=0, slow=0, visitors=0)
    assert none.counts()["clean"] == len(WORLD.log) == len(none.frame)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"duplicates": -0.1}, "duplicates is -0.1: it is a share"),
        ({"clocks": 2}, "clocks is 2: it is a share"),
        ({"duplicates": 0.5, "clocks": 0.2}, "leave clean rows"),
        ({"bots": -1}, "bots is -1"),
    ],
)
def test_settings_that_cannot_be_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        add_dirt(WORLD, **options)


def test_a_log_without_times_and_an_unknown_kind_are_refused(dirty):
    with pytest.raises(ValueError, match="no clock can be wrong"):
        add_dirt(random_log(timed=False))
    with pytest.raises(ValueError, match="unknown kind of dirt 'mud'"):
        dirty.is_kind("mud")
