"""Elapsed time, units and buckets, and attention that reads them or does without a softmax."""

from dataclasses import replace

import pytest
import torch

from seqrec_lib.attention import (
    elapsed,
    interval_numbers,
    pointwise_attention,
    smallest_gap,
    time_bucket,
)
from seqrec_lib.data import Batch, DataError
from seqrec_lib.messages import InputError

EPOCH = 1_600_000_000.0


@pytest.fixture
def batch():
    """Two histories; the second has two events at one moment and two steps of padding."""
    times = torch.tensor([[0, 90, 90, 1000, 1010], [5, 5, 65, -EPOCH, -EPOCH]], dtype=torch.float64)
    return Batch(
        torch.tensor([[1, 2, 3, 4, 5], [6, 7, 8, 0, 0]]),
        torch.tensor([5, 3]),
        times=EPOCH + times,
        query_time=EPOCH + torch.tensor([5000.0, 95.0], dtype=torch.float64),
    )


def test_elapsed_time_counts_to_the_step_or_to_the_request(batch):
    assert elapsed(batch, False)[0, 3].tolist() == [1000, 910, 910, 0, 0]
    assert elapsed(batch, True)[0, 3].tolist() == [1010, 920, 920, 10, 0]
    assert elapsed(batch, True)[1, 2, :3].tolist() == [90, 90, 30], "the last real step meets the request"


def test_without_times_it_says_what_is_missing(batch):
    for request in (False, True):
        with pytest.raises(DataError, match="time"):
            elapsed(replace(batch, times=None, query_time=None), request)


def test_the_smallest_gap_is_above_zero_and_comes_from_the_past(batch):
    assert smallest_gap(batch, False)[0].tolist() == [1, 90, 90, 90, 10]
    assert smallest_gap(batch, False)[1, :3].tolist() == [1, 1, 60], "a gap of 0 is no unit"
    assert smallest_gap(batch, True)[1, :3].tolist() == [1, 60, 30]


def test_a_gap_that_comes_later_changes_no_earlier_unit(batch):
    later = batch.times.clone()
    later[0, 4] = later[0, 3] + 1
    other = smallest_gap(replace(batch, times=later), False)
    assert torch.equal(other[:, :4], smallest_gap(batch, False)[:, :4]) and other[0, 4] == 1


@pytest.mark.parametrize(
    ("unit", "row"),
    [("smallest", [101, 92, 92, 1, 0]), ("fixed", [16, 15, 15, 0, 0]), ("log", [22, 22, 22, 7, 0])],
)
def test_interval_numbers_by_hand(batch, unit, row):
    assert interval_numbers(batch, unit, 200, unit_seconds=60.0)[0, 4].tolist() == row


def test_the_last_number_is_the_span_and_an_unknown_unit_is_refused(batch):
    assert interval_numbers(batch, "smallest", 50).max() == 50
    assert interval_numbers(batch, "log", 5).max() == 5
    with pytest.raises(InputError, match="unknown unit"):
        interval_numbers(batch, "weeks", 5)


def test_buckets_begin_where_the_published_code_begins_them():
    begins = (0.301 * torch.arange(64, dtype=torch.float64)).exp()
    assert time_bucket(begins * (1 + 1e-9)).tolist() == list(range(64))
    assert time_bucket(begins[1:] * (1 - 1e-9)).tolist() == list(range(63))
    assert time_bucket(torch.tensor([-5.0, 0.0, 1e15])).tolist() == [0, 0, 63]


def some(*size, seed=0):
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


def test_a_closed_key_weighs_nothing_and_gives_no_nan():
    q, k, v = some(1, 4, 3), some(1, 4, 3, seed=1), some(1, 4, 3, seed=2)
    seen = torch.ones(1, 4, 4, dtype=torch.bool).tril()
    seen[0, 2] = False  # a query that may see nothing
    output, weights = pointwise_attention(q, k, v, seen)
    assert (weights[~seen] == 0).all() and not output.isnan().any() and (output[0, 2] == 0).all()


def test_weights_do_not_compete_and_padding_changes_none():
    q, k, v = some(1, 1, 3), some(1, 3, 3, seed=1), some(1, 3, 3, seed=2)
    seen = torch.tensor([[[True, True, True]]])
    three = pointwise_attention(q, k, v, seen, count=1.0)[1]
    louder = k.clone()
    louder[0, 2] += 5 * q[0, 0]
    assert torch.equal(pointwise_attention(q, louder, v, seen, count=1.0)[1][..., :2], three[..., :2])
    wide = torch.cat([k, some(1, 9, 3, seed=3)], 1), torch.cat([v, some(1, 9, 3, seed=4)], 1)
    open_still = torch.arange(12)[None, None] < 3
    padded, short = pointwise_attention(q, *wide, open_still), pointwise_attention(q, k, v, seen)
    torch.testing.assert_close(padded[0], short[0])
