"""The rows of a large log: every step was measured, in bounded time and memory."""

import pytest
from large_log import STEPS

from seqrec_lib.results import load_results


@pytest.fixture(scope="module")
def now():
    return {row["step"]: row for row in load_results("large_log").where(library="now").rows}


def test_steps_were_measured_on_one_log(now):
    assert set(STEPS) - {"evaluate"} <= set(now) <= set(STEPS)
    assert not any(row["stopped"] for row in now.values())
    for row in now.values():
        assert row["data"]["users"] == 40_000 and row["data"]["items"] > 50_000
        assert row["seconds"] >= row["cpu_seconds"] / 2 > 0


def test_counting_takes_seconds_and_nothing_takes_much_memory(now):
    assert now["count popularity"]["cpu_seconds"] < 60 and now["count Markov"]["cpu_seconds"] < 90
    assert now["read"]["peak_gb"] < 1
    assert max(row["peak_gb"] for row in now.values()) < 3
