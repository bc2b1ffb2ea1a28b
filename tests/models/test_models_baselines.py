"""Baselines against slow, obvious versions of themselves."""

import numpy as np
import pytest
import torch
from tiny_training import make_log, make_split

from seqrec_lib.data.batch import Batch
from seqrec_lib.data.errors import DataError
from seqrec_lib.models.baselines import Markov, Popularity, RecentPopularity


def random_log(seed, times=True):
    log = make_log(n_users=30, n_items=8, seed=seed, times=times)
    rng = np.random.default_rng(seed)
    log.items = rng.integers(1, 9, len(log.items))
    if times:
        log.times = rng.integers(0, 60, len(log.items)).astype(float)
    return log


def test_popularity_counts():
    log = random_log(0)
    batch = make_split(log).test.batch
    scores = Popularity(log).score(batch)
    assert scores.shape == (30, 9)
    assert torch.isinf(scores[:, 0]).all() and (scores[:, 0] < 0).all()
    want = [(log.items == item).sum() for item in range(1, 9)]
    assert scores[0, 1:].tolist() == want and scores[29, 1:].tolist() == want
    assert Popularity(log).score(batch, torch.full((30, 2), 3)).tolist() == [[want[2]] * 2] * 30


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("window", [1, 7, 30, 1000])
def test_recent_popularity_counts_its_window(seed, window):
    log = random_log(seed)
    query = torch.from_numpy(np.random.default_rng(seed + 99).integers(-5, 80, 40).astype(float))
    batch = Batch(torch.ones(40, 1, dtype=torch.long), torch.ones(40, dtype=torch.long), query_time=query)
    scores = RecentPopularity(log, window).score(batch)
    for row, now in enumerate(query.tolist()):
        inside = log.items[(log.times >= now - window) & (log.times < now)]
        want = np.bincount(inside, minlength=9)[1:]
        assert np.floor(scores[row, 1:].numpy()).tolist() == want.tolist()
    counts = np.bincount(log.items, minlength=9)[1:]
    quiet = scores[int(query.argmin()), 1:]  # nothing happened before it: overall popularity decides
    assert np.argsort(-quiet.numpy(), kind="stable").tolist() == np.argsort(-counts, kind="stable").tolist()


def test_a_tie_break_is_below_one_even_in_a_log_of_one_event():
    log = random_log(0)
    keep = slice(0, 1)
    log.users, log.items, log.times = log.users[keep], log.items[keep], log.times[keep]
    found = RecentPopularity(log, 7).tie_break
    assert found.max() == 0.5 and found.sum() == 0.5


def test_recent_popularity_needs_times():
    with pytest.raises(DataError, match="needs times"):
        RecentPopularity(random_log(0, times=False))
    log = random_log(0)
    with pytest.raises(DataError, match="the moment of the request, and none is said"):
        RecentPopularity(log).score(
            Batch(torch.ones(1, 1, dtype=torch.long), torch.ones(1, dtype=torch.long))
        )
    with pytest.raises(ValueError, match="above 0"):
        RecentPopularity(log, 0)


@pytest.mark.parametrize("smoothing", [0.5, 3.0])
def test_markov_equals_its_formula(smoothing):
    log = random_log(3)
    batch = make_split(log).test.batch
    scores = Markov(log, smoothing).score(batch)
    steps = np.zeros((9, 9))
    for n in range(1, len(log.items)):
        if log.users[n] == log.users[n - 1]:
            steps[log.items[n - 1], log.items[n]] += 1
    share = np.bincount(log.items, minlength=9) / len(log.items)
    for row in range(len(batch)):
        last = int(batch.items[row, batch.lengths[row] - 1])
        want = (steps[last] + smoothing * share) / (steps[last].sum() + smoothing)
        np.testing.assert_allclose(scores[row, 1:].numpy(), want[1:], atol=1e-12)
    assert scores[:, 1:].sum(1).tolist() == pytest.approx([1.0] * len(batch))
    with pytest.raises(ValueError, match="above 0"):
        Markov(log, 0)
