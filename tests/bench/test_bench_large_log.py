"""The rows of a large log: every step was measured, in bounded time and memory, beside an older library."""

import pytest
from large_log import STEPS

from seqrec_lib.results import load_results


def rows_of(library):
    return {row["step"]: row for row in load_results("large_log").where(library=library).rows}


@pytest.fixture(scope="module")
def now():
    return rows_of("now")


@pytest.fixture(scope="module")
def before():
    return rows_of("before")


def test_steps_were_measured_on_one_log(now, before):
    assert set(now) == set(STEPS)
    assert not any(row["stopped"] for row in now.values())
    for row in [*now.values(), *before.values()]:
        assert row["data"] == now["read"]["data"]
        assert row["data"]["users"] == 40_000 and row["data"]["items"] > 50_000
        assert row["seconds"] >= row["cpu_seconds"] / 2 > 0


def test_counting_takes_seconds_and_nothing_takes_much_memory(now):
    assert now["count popularity"]["cpu_seconds"] < 60 and now["count Markov"]["cpu_seconds"] < 90
    assert now["read"]["peak_gb"] < 1
    assert max(row["peak_gb"] for row in now.values()) < 3


def test_an_older_library_took_longer_and_more_memory_for_a_fit(now, before):
    """It was stopped at the limit, so its time is a lower bound; reading costs the same."""
    fit = "fit one epoch, with floors"
    assert before[fit]["stopped"] and before[fit]["cpu_seconds"] > now[fit]["cpu_seconds"]
    assert before[fit]["peak_gb"] > 2 * now[fit]["peak_gb"]
    assert before["read"]["cpu_seconds"] == pytest.approx(now["read"]["cpu_seconds"], rel=0.5)
    assert {row["commit"] for row in before.values()}.isdisjoint(row["commit"] for row in now.values())


def test_evaluating_took_longer_and_more_memory_in_an_older_library(now, before):
    """The older one measures floors anew; the newer finds them in the run folder."""
    assert before["evaluate"]["cpu_seconds"] > 2 * now["evaluate"]["cpu_seconds"]
    assert before["evaluate"]["peak_gb"] > 1.5 * now["evaluate"]["peak_gb"]


def test_counting_popularity_took_many_times_as_long(now, before):
    step = "count popularity"
    assert before[step]["stopped"] and before[step]["cpu_seconds"] > 10 * now[step]["cpu_seconds"]
