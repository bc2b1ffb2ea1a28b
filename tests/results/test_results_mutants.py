"""Lines of stored results that could once be broken without a test noticing."""

import math
from statistics import mean, stdev

import pytest

from seqrec_lib.results import Results


def made(*values):
    rows = [{"test": {"NDCG@10": v, "MRR": 0.0}, "validation": {"NDCG@10": 9.0}} for v in values]
    return Results("scratch", rows)


def test_what_is_not_said_is_the_test_part_and_ndcg_at_10():
    found = made(0.1, 0.3)
    assert found.values() == [0.1, 0.3] and found.mean() == pytest.approx(0.2)
    assert found.interval() == found.interval("NDCG@10", "test") != found.interval("NDCG@10", "validation")


@pytest.mark.parametrize("count", range(2, 12))
def test_the_interval_over_seeds_is_students(count):
    """The quantile is found here by bisection of the distribution's integral, not from a table."""
    values = [float(v * v) for v in range(count)]
    low, high = made(*values).interval()
    t = (high - low) / 2 / (stdev(values) / math.sqrt(count))
    assert mean(values) == pytest.approx((low + high) / 2)
    assert covered(t, count - 1) == pytest.approx(0.95, abs=2e-4)


def covered(t, freedom, steps=20_000):
    """P(|T| < t) of Student's distribution, by the midpoint rule."""
    factor = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2) / math.sqrt(freedom * math.pi)
    width = t / steps
    at = (width * (k + 0.5) for k in range(steps))
    return 2 * width * sum(factor * (1 + x * x / freedom) ** (-(freedom + 1) / 2) for x in at)
