"""Waiting times against slow readings of their definitions, and the laws that they obey."""

import math

import numpy as np
import pytest

from seqrec_lib.deploy import arrival_times, in_system, mean_wait, nearest_rank, waits
from seqrec_lib.messages import InputError


def by_moments(arrival, service, workers):
    """Each request in turn: the earliest moment at which some worker has nothing else to do."""
    ends = []
    found = []
    for came, takes in zip(arrival, service, strict=True):
        moments = sorted([came, *(end for end in ends if end > came)])
        begins = next(m for m in moments if sum(end > m for end in ends) < workers)
        found.append(begins - came)
        ends.append(begins + takes)
    return np.array(found)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_waits_are_those_of_a_queue_that_is_walked_through(workers):
    rng = np.random.default_rng(workers)
    arrival = rng.exponential(1.0, 300).cumsum()
    service = rng.gamma(2.0, 0.45 * workers, 300)
    np.testing.assert_allclose(
        waits(arrival, service, workers), by_moments(arrival, service, workers), atol=1e-9
    )


@pytest.mark.parametrize("spread", [0.0, 1.0])
@pytest.mark.parametrize("rate", [0.3, 0.7])
def test_the_mean_wait_is_what_the_formula_says(rate, spread):
    arrival = arrival_times(rate, 200_000, seed=3)
    rng = np.random.default_rng(4)
    service = np.ones(len(arrival)) if spread == 0 else rng.exponential(1.0, len(arrival))
    assert waits(arrival, service).mean() == pytest.approx(mean_wait(rate, 1.0, spread), rel=0.06)


def test_more_than_can_be_done_waits_for_ever():
    assert mean_wait(1.0, 1.0) == math.inf and mean_wait(0.999, 1.0) > 400
    assert mean_wait(0.5, 1.0, 1.0) == 2 * mean_wait(0.5, 1.0)


def test_how_many_are_there_is_rate_times_stay():
    arrival = arrival_times(2.0, 5000, seed=1)
    gone = arrival + waits(arrival, np.full(5000, 0.4)) + 0.4
    length = gone.max() - arrival.min()
    there = in_system(arrival, gone)
    assert there == pytest.approx(5000 / length * (gone - arrival).mean(), rel=1e-9)
    assert in_system(np.array([0.0, 1.0]), np.array([2.0, 3.0])) == pytest.approx(4 / 3)


def test_a_percentile_is_one_of_the_sample():
    sample = np.array([5.0, 1.0, 9.0, 3.0])
    assert [nearest_rank(sample, q) for q in (0.25, 0.26, 0.5, 0.75, 0.76, 1.0)] == [1, 3, 3, 5, 9, 9]
    assert nearest_rank(np.arange(1, 21.0), 0.95) == 19


@pytest.mark.parametrize("share", [0.0, 1.1, -0.5])
def test_a_share_that_is_none(share):
    with pytest.raises(InputError, match="share is"):
        nearest_rank(np.ones(3), share)


def test_bad_queues_are_named():
    with pytest.raises(InputError, match="at least 1"):
        waits(np.ones(2), np.ones(2), 0)
    with pytest.raises(InputError, match="order of time"):
        waits(np.array([2.0, 1.0]), np.ones(2))
    with pytest.raises(InputError, match="one each"):
        waits(np.ones(2), np.ones(3))
    with pytest.raises(InputError, match="rate is 0"):
        arrival_times(0, 3)
    with pytest.raises(InputError, match="go after"):
        in_system(np.ones(1), np.zeros(1))
