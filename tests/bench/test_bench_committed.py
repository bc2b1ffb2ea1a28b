"""The committed figures of speed and growth: complete, of one run, and without a quadratic surprise."""

import pytest
from speed import COMPILED, OURS, OURS_FP32, OURS_SHORT, PLAIN, PLAIN_DROPPED, RECBOLE

from seqrec_lib.results import load_results
from seqrec_lib.teaching.figures.speed import exponent


@pytest.fixture(scope="module")
def speed():
    return {row["contestant"]: row for row in load_results("speed").rows}


@pytest.fixture(scope="module")
def growth():
    return load_results("growth")


def test_all_contestants_took_turns_in_one_run_on_movielens(speed):
    assert {OURS, OURS_FP32, OURS_SHORT, COMPILED, PLAIN, PLAIN_DROPPED, *RECBOLE.values()} <= set(speed)
    assert len({(row["commit"], row["command"]) for row in speed.values()}) == 1
    for row in speed.values():
        assert len(row["rounds"]) >= 5 and row["data"]["interactions"] == 999_611
        assert "dirty" not in row["commit"]


def test_ours_is_far_ahead_and_near_what_the_machine_can_do(speed):
    assert speed[OURS]["times"]["median"] >= 4
    assert speed[OURS_SHORT]["times"]["median"] >= 40
    assert speed[OURS]["share_of_fp32_products"]["median"] >= 0.5


@pytest.mark.parametrize("axis", ["steps", "dim", "items", "users"])
def test_time_and_memory_grow_about_in_proportion(growth, axis):
    rows = growth.where(axis=axis).rows
    sizes = [row["size"] for row in rows]
    assert sizes == [sizes[0] * 2**n for n in range(5)]
    assert 0.5 < exponent(sizes, [row["seconds"] for row in rows]) < 1.3
    assert exponent(sizes, [row["peak_gb"] for row in rows]) < 0.5  # far below: most is PyTorch itself


def test_a_million_items_fit_into_four_gigabytes(growth):
    (row,) = growth.where(axis="million").rows
    assert row["sizes"]["items"] == 1_000_000 and row["targets"] == 128 * 200
    assert row["peak_gb"] < 4
