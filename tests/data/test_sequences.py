"""Padded tensors: padding at the end, the newest steps kept, every row seen once."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_logs import random_log

from seqrec_lib.data import Batch, DataError, batches, leave_one_out, pad_windows
from seqrec_lib.data.batch import ragged_rows

WINDOWS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 12)), min_size=1, max_size=12)


@settings(max_examples=100, deadline=None)
@given(WINDOWS, st.integers(1, 15))
def test_pad_windows_equals_the_slow_one(windows, max_len):
    flat = torch.arange(1, 41)
    start = torch.tensor([first for first, _ in windows])
    stop = torch.tensor([first + size for first, size in windows])
    padded = pad_windows(flat, start, stop, max_len)
    rows = [flat[a:b].tolist()[-max_len:] for a, b in zip(start.tolist(), stop.tolist(), strict=True)]
    width = max(map(len, rows))
    assert padded.tolist() == [row + [0] * (width - len(row)) for row in rows]


@pytest.mark.parametrize("dtype", [torch.int64, torch.float64, torch.float32])
def test_pad_windows_keeps_the_type(dtype):
    flat = torch.tensor([1, 2, 3]).to(dtype)
    padded = pad_windows(flat, torch.tensor([0, 2]), torch.tensor([2, 3]), 5)
    assert padded.dtype == dtype
    assert padded.tolist() == [[1, 2], [3, 0]]


def test_pad_windows_needs_room():
    with pytest.raises(DataError, match="max_len is 0"):
        pad_windows(torch.arange(3), torch.tensor([0]), torch.tensor([3]), 0)


@settings(max_examples=50, deadline=None)
@given(WINDOWS)
def test_ragged_rows_equals_the_slow_one(windows):
    flat = torch.arange(100, 140)
    start = torch.tensor([first for first, _ in windows])
    stop = torch.tensor([first + size for first, size in windows])
    row, value = ragged_rows(flat, start, stop)
    slow = [
        (n, 100 + place) for n, (first, size) in enumerate(windows) for place in range(first, first + size)
    ]
    assert list(zip(row.tolist(), value.tolist(), strict=True)) == slow


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_batches_see_every_row_once_and_pad_at_the_end(shuffle, size):
    train = leave_one_out(random_log(rows=300), max_len=6).train
    seen = []
    for part in batches(train, size, torch.Generator().manual_seed(0), shuffle=shuffle, bucket=2):
        assert len(part) <= size
        assert part.items.shape == part.targets.shape == part.times.shape == part.mask().shape
        assert part.items.shape[1] == int(part.lengths.max())
        assert torch.equal(part.items > 0, part.mask())
        assert torch.equal(part.targets > 0, part.mask())
        for row, user in enumerate(part.users.tolist()):
            n = int(part.lengths[row])
            place = train.users.tolist().index(user)
            assert torch.equal(part.items[row, :n], train.items[place, :n])
            seen.append(user)
    assert sorted(seen) == train.users.tolist()
    assert (seen == train.users.tolist()) is (not shuffle)


def test_batches_follow_the_generator():
    train = leave_one_out(random_log(rows=300)).train

    def order(seed):
        return [
            u for part in batches(train, 4, torch.Generator().manual_seed(seed)) for u in part.users.tolist()
        ]

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_rows_of_like_length_go_together():
    train = leave_one_out(random_log(users=200, rows=3000, items=50)).train
    even = sum(p.items.numel() for p in batches(train, 10, torch.Generator().manual_seed(0), bucket=20))
    mixed = sum(p.items.numel() for p in batches(train, 10, torch.Generator().manual_seed(0), bucket=1))
    assert int(train.lengths.sum()) <= even < mixed


def test_seen_covers_the_whole_history_not_the_kept_part():
    log = random_log(users=5, rows=200, items=40)
    split = leave_one_out(log, max_len=3)
    for part, back in ((split.test, 1), (split.validation, 2)):
        row, item = part.seen()
        for n, user in enumerate(part.batch.users.tolist()):
            whole = log.items[log.offsets[user] : log.offsets[user + 1] - back]
            assert item[row == n].tolist() == whole.tolist()
            assert len(whole) > part.batch.items.shape[1]


def test_cases_go_in_order_and_trimmed():
    test = leave_one_out(random_log()).test
    parts = list(test.batches(7))
    assert torch.cat([part.target for part in parts]).tolist() == test.target.tolist()
    for first, part in enumerate(parts):
        assert part.batch.items.shape[1] == int(part.batch.lengths.max())
        row, item = part.seen()
        whole_row, whole_item = test.rows(slice(7 * first, 7 * first + 7)).seen()
        assert torch.equal(row, whole_row) and torch.equal(item, whole_item)


def little():
    return Batch(
        items=torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0]]),
        lengths=torch.tensor([3, 1]),
        times=torch.tensor([[1.0, 2, 3, 0], [5, 0, 0, 0]], dtype=torch.float64),
        query_time=torch.tensor([9.0, 7.0], dtype=torch.float64),
        features={"price": torch.ones(2, 4)},
    )


def test_mask_last_trim_and_rows():
    batch = little()
    assert batch.mask().tolist() == [[True, True, True, False], [True, False, False, False]]
    assert batch.last(batch.items).tolist() == [3, 4]
    trimmed = batch.trim()
    assert trimmed.items.shape == trimmed.times.shape == trimmed.features["price"].shape == (2, 3)
    assert batch.rows(torch.tensor([1])).trim().items.tolist() == [[4]]


def test_request_times_are_the_next_items_times():
    times = little().request_times()
    assert times[0, :3].tolist() == [2, 3, 9]
    assert times[1, 0].item() == 7
    untimed = Batch(items=torch.ones(1, 1, dtype=torch.int64), lengths=torch.ones(1, dtype=torch.int64))
    with pytest.raises(DataError, match="this batch has no times"):
        untimed.request_times()


def test_a_batch_says_which_steps_have_a_target_and_a_cut_forgets_it():
    train = leave_one_out(random_log(rows=300), max_len=6).train
    train.targets[3, 0] = 0  # a step inside a history that asks for nothing
    for part in batches(train, 4, torch.Generator().manual_seed(0)):
        assert torch.equal(part.steps, (part.targets.flatten() > 0).nonzero()[:, 0])
        assert part.rows(slice(0, 2)).steps is None and part.trim(3).steps is None


@pytest.mark.parametrize("size", [1, 7, 64])
def test_batches_by_steps_are_even_and_show_every_row_once(size):
    lengths = 1 + torch.arange(600) % 60
    items = (torch.arange(60) < lengths[:, None]).long()
    train = Batch(items=items, lengths=lengths, targets=items, users=torch.arange(600))
    parts = list(batches(train, size, torch.Generator().manual_seed(0), by="steps"))
    assert sorted(u for part in parts for u in part.users.tolist()) == list(range(600))
    steps = torch.tensor([float(part.lengths.sum()) for part in parts])
    assert float(steps.max()) < size * float(lengths.double().mean()) + 60
    assert len(parts) <= -(-600 // size)
    rows = batches(train, size, torch.Generator().manual_seed(0))
    if size == 7:
        assert float(steps.std()) < 0.5 * float(torch.tensor([float(p.lengths.sum()) for p in rows]).std())
