"""Random events in histories: how many, where, and what stays."""

import pytest
import torch

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.preparing.injecting import inject


def cases():
    return leave_one_out(simulate("video", users=60), max_len=50).test


def test_the_share_is_added_and_the_own_events_keep_their_order():
    asked = cases()
    found = inject(asked, 0.25, 200, max_len=100)
    assert torch.equal(found.batch.lengths, asked.batch.lengths + (0.25 * asked.batch.lengths).round().long())
    for row in range(len(asked)):
        own = asked.batch.items[row, : asked.batch.lengths[row]].tolist()
        whole = found.batch.items[row, : found.batch.lengths[row]].tolist()
        assert min(whole) >= 1
        rest = iter(whole)
        assert all(item in rest for item in own)  # a subsequence
    assert (found.batch.items[~found.batch.mask()] == 0).all()


def test_what_is_asked_and_what_may_be_ranked_stay():
    asked, found = cases(), inject(cases(), 0.5, 200, max_len=50)
    assert torch.equal(asked.target, found.target)
    for one, other in zip(asked.seen(), found.seen(), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(asked.batch.query_time, found.batch.query_time)


def test_of_a_long_history_the_newest_are_kept():
    asked = cases()
    long, short = (inject(asked, 1.0, 200, max_len=n) for n in (200, 10))
    assert int(short.batch.lengths.max()) == 10
    for row in range(len(asked)):
        newest = long.batch.items[row, : long.batch.lengths[row]][-10:]
        assert torch.equal(short.batch.items[row, : short.batch.lengths[row]], newest)


def test_times_stay_in_order():
    batch = inject(cases(), 0.7, 200, max_len=100).batch
    real = batch.mask()[:, 1:]
    assert (batch.times.diff(dim=1)[real] >= 0).all()
    assert (batch.times[~batch.mask()] == 0).all()


def test_every_place_is_drawn():
    """The first and the last among them: about as often as each other place."""
    asked = cases()
    ends = []
    for seed in range(40):
        found = inject(asked, 0.25, 200, 100, seed)
        ends += (found.batch.last(found.batch.items) != asked.batch.last(asked.batch.items)).tolist()
    lengths = asked.batch.lengths.double()
    want = 1 - (1 - 1 / (lengths + 1)) ** (0.25 * lengths).round()  # some injected item fell behind the last
    assert sum(ends) / len(ends) == pytest.approx(float(want.mean()), abs=0.03)


def test_a_seed_decides_and_nothing_is_nothing():
    one, same, other = (inject(cases(), 0.3, 200, 50, seed).batch.items for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)
    asked = cases()
    assert inject(asked, 0.0, 200, 50) is asked
    with pytest.raises(ValueError, match="share"):
        inject(asked, -0.1, 200, 50)
