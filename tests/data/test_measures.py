"""Padding shares, gaps on a log scale, and how much of its future a case can see."""

import math

import numpy as np
import pytest
import torch
from tiny_logs import random_log

from seqrec_lib.data import (
    Batch,
    DataError,
    batches,
    later_share,
    leave_one_out,
    log_gaps,
    padding_share,
    simulate,
    temporal_split,
)


def test_padding_is_counted_cell_by_cell():
    parts = [torch.tensor([2, 5, 3]), torch.tensor([1, 1]), torch.tensor([7])]
    cells = [[1] * n + [0] * (5 - n) for n in (2, 5, 3)] + [[1], [1]] + [[1] * 7]
    flat = [cell for row in cells for cell in row]
    assert padding_share(parts) == pytest.approx(flat.count(0) / len(flat))
    assert padding_share([torch.tensor([4, 4])]) == 0
    with pytest.raises(ValueError, match="no rows"):
        padding_share([torch.tensor([], dtype=torch.long)])


def test_batches_of_like_length_save_padding():
    train = leave_one_out(simulate("video", users=400, min_length=4, seed=0)).train
    alike, mixed = (
        padding_share(
            part.lengths for part in batches(train, 16, torch.Generator().manual_seed(0), bucket=bucket)
        )
        for bucket in (50, 1)
    )
    assert alike < 0.05 < 0.3 < mixed


def test_gaps_are_those_of_the_clock():
    times = torch.tensor([[10.0, 10.0, 70.0, 3670.0], [5.0, 65.0, 0.0, 0.0]], dtype=torch.float64)
    batch = Batch(torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0]]), torch.tensor([4, 2]), times=times)
    expected = [[0, 0, math.log(2), math.log(61)], [0, math.log(2), 0, 0]]
    torch.testing.assert_close(log_gaps(batch), torch.tensor(expected))
    torch.testing.assert_close(log_gaps(batch, unit=3600)[0, 3], torch.tensor(math.log(2)))


def test_gaps_that_cannot_be_are_refused():
    batch = Batch(torch.tensor([[1, 2]]), torch.tensor([2]), times=torch.tensor([[9.0, 3.0]]))
    with pytest.raises(DataError, match="row 0: the time falls at step 1"):
        log_gaps(batch)
    with pytest.raises(ValueError, match="unit is 0"):
        log_gaps(batch, unit=0)
    batch.times = None
    with pytest.raises(DataError, match="no times"):
        log_gaps(batch)


def test_the_future_is_counted_row_by_row():
    log = random_log(rows=500)
    asked = np.array([1000.0, 1050.0, 1049.5, 1200.0])
    slow = [sum(t >= moment for t in log.times) / len(log) for moment in asked]
    np.testing.assert_allclose(later_share(log, asked), slow)
    assert later_share(log, asked)[0] == 1 and later_share(log, asked)[3] == 0


def test_one_moment_for_all_leaks_nothing_and_leave_one_out_does():
    world = simulate("video", users=200, seed=0)
    loo, moment = leave_one_out(world), temporal_split(world)
    assert later_share(moment.train_log, moment.test.batch.query_time).max() == 0
    assert later_share(loo.train_log, loo.test.batch.query_time).mean() > 0.3


def test_an_untimed_log_has_no_future():
    with pytest.raises(DataError, match="a training log with times"):
        later_share(random_log(timed=False), np.array([1.0]))
