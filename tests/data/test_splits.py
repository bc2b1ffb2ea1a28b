"""Splits never leak: what is tested comes after all that the model may see."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_logs import random_log

from seqrec_lib.data import DataError, leave_one_out, read_interactions, simulate, temporal_split

LOGS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 8), st.integers(0, 20)), min_size=12, max_size=80
).map(lambda rows: read_interactions(pd.DataFrame(rows, columns=["user", "item", "time"])))
LENGTHS = st.integers(1, 9)


def histories(log):
    """User row to list of (item, time), the slow way."""
    found = {}
    for user, item, time in zip(log.users, log.items, log.times, strict=True):
        found.setdefault(int(user), []).append((int(item), float(time)))
    return found


def real(batch, row):
    """The items and times of one row, padding cut off."""
    n = int(batch.lengths[row])
    assert (batch.items[row, n:] == 0).all() and (batch.items[row, :n] > 0).all()
    return list(zip(batch.items[row, :n].tolist(), batch.times[row, :n].tolist(), strict=True))


def try_split(split, *arguments, **options):
    """The split, or None where the log is too small for one."""
    try:
        return split(*arguments, **options)
    except DataError as error:
        assert (
            "no user has" in str(error)
            or "part is empty" in str(error)
            or "no history" in str(error)
            or ("has a history before it" in str(error) or "is not before" in str(error))
        )
        return None


@settings(max_examples=60, deadline=None)
@given(LOGS, LENGTHS)
def test_leave_one_out_equals_the_slow_one(log, max_len):
    split = try_split(leave_one_out, log, max_len=max_len)
    if split is None:
        return
    users = {u: rows for u, rows in histories(log).items()}
    long = [u for u in sorted(users) if len(users[u]) >= 3]
    for part, back in ((split.validation, 2), (split.test, 1)):
        assert part.batch.users.tolist() == long
        for n, user in enumerate(long):
            rows = users[user]
            assert real(part.batch, n) == rows[:-back][-max_len:]
            assert (int(part.target[n]), float(part.batch.query_time[n])) == rows[-back]
    training = {u: rows[:-2] if len(rows) >= 3 else rows for u, rows in users.items()}
    fit = [u for u in sorted(training) if len(training[u]) >= 2]
    assert split.train.users.tolist() == fit
    for n, user in enumerate(fit):
        rows = training[user]
        assert real(split.train, n) == rows[:-1][-max_len:]
        length = int(split.train.lengths[n])
        assert split.train.targets[n, :length].tolist() == [item for item, _ in rows[1:]][-max_len:]
        assert (split.train.targets[n, length:] == 0).all()
        assert float(split.train.query_time[n]) == rows[-1][1]
    assert histories(split.train_log) == {u: rows for u, rows in training.items() if rows}
    assert len(split.train_log) + 2 * len(long) == len(log)


@settings(max_examples=60, deadline=None)
@given(LOGS, LENGTHS, st.sampled_from(["successive", "first", "last", "random"]), st.integers(2, 19))
def test_temporal_split_never_leaks(log, max_len, target, at):
    split = try_split(temporal_split, log, at=at, validation_at=at - 1.5, target=target, max_len=max_len)
    if split is None:
        return
    assert split.train_log.times.max() < at - 1.5
    assert split.train.times.max() < at - 1.5 and split.train.query_time.max() < at - 1.5
    assert (split.validation.batch.query_time >= at - 1.5).all() and (
        split.validation.batch.query_time < at
    ).all()
    assert (split.test.batch.query_time >= at).all()
    for part in (split.validation, split.test):
        assert ((part.batch.times <= part.batch.query_time[:, None]) | ~part.batch.mask()).all()
        for n, place in enumerate(part.stop.tolist()):
            user = int(part.batch.users[n])
            assert log.users[place] == user and log.items[place] == int(part.target[n])
            first = int(log.offsets[user])
            assert int(part.start[n]) == first < place
            whole = list(zip(log.items[first:place].tolist(), log.times[first:place].tolist(), strict=True))
            assert real(part.batch, n) == whole[-max_len:]
    kept = {int(u): np.flatnonzero((log.users == u) & (log.times >= at)) for u in np.unique(log.users)}
    kept = {u: rows[rows > log.offsets[u]] for u, rows in kept.items()}
    expected = {
        "successive": sorted(int(row) for rows in kept.values() for row in rows),
        "first": [int(rows[0]) for rows in kept.values() if len(rows)],
        "last": [int(rows[-1]) for rows in kept.values() if len(rows)],
    }
    if target == "random":
        assert set(split.test.stop.tolist()) <= set(expected["successive"])
        assert split.test.batch.users.tolist() == [u for u, rows in kept.items() if len(rows)]
    else:
        assert split.test.stop.tolist() == expected[target]


def test_random_targets_follow_the_seed():
    log = random_log(rows=600)
    first, again, other = (temporal_split(log, target="random", seed=s).test.stop for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_moments_may_be_dates_and_default_to_nine_tenths():
    days = pd.date_range("2020-01-01", periods=100, freq="D")
    frame = pd.DataFrame({"user": [1, 2] * 50, "item": range(100), "time": days})
    log = read_interactions(frame)
    split = temporal_split(log, at="2020-03-31", validation_at="2020-03-21")
    assert len(split.train_log) == 80 and len(split.validation) == 10 and len(split.test) == 10
    assert len(temporal_split(log).test) == 10
    assert "validation from" in str(split.report)


def test_users_without_history_are_counted():
    frame = pd.DataFrame(
        {"user": [1, 1, 1, 1, 1, 2, 2], "item": [1, 2, 3, 4, 5, 6, 7], "time": [1, 2, 3, 4, 5, 5, 6]}
    )
    split = temporal_split(read_interactions(frame), at=5, validation_at=3)
    assert split.test.target.tolist() == [5, 7]
    assert "1 test interactions are their user's first, so no case" in str(split.report)


@pytest.mark.parametrize("repeats", [False, True])
def test_the_protocol_has_its_name(repeats):
    log = random_log(repeats=repeats)
    word = "repeats" if repeats else "unseen"
    split = leave_one_out(log)
    assert split.protocol == split.test.protocol == split.validation.protocol == f"loo-full-{word}"
    assert split.test.repeats is repeats
    assert temporal_split(log, target="last").test.protocol == f"temporal-last-full-{word}"


def test_a_world_can_be_split_and_goes_to_a_device():
    world = simulate("video", users=30, seed=1)
    split = leave_one_out(world, max_len=10)
    assert len(split.test) == world.log.n_users
    moved = split.to("cpu")
    assert torch.equal(moved.test.target, split.test.target) and moved.max_len == 10


def test_events_and_numbers_reach_the_batch_and_words_do_not():
    frame = pd.DataFrame(
        {"user": [1] * 5, "item": range(5), "price": [1.0, 2, 3, 4, 5], "shop": list("abcde")}
    )
    frame["event"] = ["view", "buy", "view", "view", "buy"]
    split = leave_one_out(read_interactions(frame))
    assert list(split.test.batch.features) == ["price"]
    assert split.test.batch.features["price"].tolist() == [[1, 2, 3, 4]]
    assert split.test.batch.events.tolist() == [[2, 1, 2, 2]]
    assert split.train.events.tolist() == [[2, 1]]
    assert split.train.times is None and split.test.batch.query_time is None


@settings(max_examples=60, deadline=None)
@given(LOGS, LENGTHS, st.sampled_from([leave_one_out, temporal_split]))
def test_windows_train_every_item_but_the_first_exactly_once(log, max_len, split):
    newest = try_split(split, log, max_len=max_len)
    if newest is None:
        return
    cut = split(log, max_len=max_len, windows=True)
    assert (cut.train.lengths <= max_len).all() and (cut.train.lengths >= 1).all()
    found = {}
    for n, user in enumerate(cut.train.users.tolist()):
        items, length = cut.train.items[n], int(cut.train.lengths[n])
        targets = cut.train.targets[n]
        assert torch.equal(items[1:length], targets[: length - 1]) and (targets[length:] == 0).all()
        row = [*items[:length].tolist(), int(targets[length - 1])]
        found.setdefault(user, []).append(row)
    train = split(log, max_len=10_000).train_log
    for user, rows in histories(train).items():
        items = [item for item, _ in rows]
        if len(items) < 2:
            assert user not in found
            continue
        whole = []
        for row in found[user]:  # the newest window first
            whole = row + whole[1:] if whole else row
        assert whole == items
        assert len(found[user][0]) == min(len(items), max_len + 1)
    for part in ("validation", "test"):
        assert torch.equal(getattr(cut, part).batch.items, getattr(newest, part).batch.items)


@pytest.mark.parametrize("split", [leave_one_out, temporal_split])
def test_the_report_tells_what_is_too_old_to_be_trained_on(split):
    log = simulate("video", users=40).log
    for max_len, windows in ((5, False), (5, True), (100, False)):
        found = split(log, max_len=max_len, windows=windows)
        sizes = np.bincount(found.train_log.users)
        older = int(np.maximum(sizes - max_len - 1, 0).sum())
        told = [note for note in found.report.notes if "older" in note]
        assert bool(told) == (older > 0) == (max_len == 5)
        if told:
            assert told[0].startswith(f"{older:,} ") and ("are trained on too" in told[0]) == windows
            items = int((found.train.targets > 0).sum())
            assert windows == (items == len(found.train_log) - (sizes > 0).sum())


def test_the_report_of_a_moment_has_dates():
    log = simulate("video", users=60).log
    at = float(np.quantile(log.times, 0.7))
    told = temporal_split(log, at=at).report.notes
    assert any(f"test from {pd.Timestamp(at, unit='s'):%Y-%m-%d %H:%M:%S} (UTC)" in note for note in told)


@pytest.mark.parametrize("text", ["01/09/2023", "1.9.2023", "Sept 2023"])
def test_a_date_without_its_year_first_is_refused(text):
    with pytest.raises(DataError, match="its year first"):
        temporal_split(simulate("video", users=40), at=text)
