"""The committed rows of fitted worlds and order-only oracles stand where they must."""

import pytest

from seqrec_lib.data import WORLDS
from seqrec_lib.results import load_results

TIMED = [name for name in WORLDS if name != "video"]


@pytest.fixture(scope="module")
def rows():
    return load_results("attainable")


def test_every_row_stands_between_the_best_floor_and_the_oracle(rows):
    for row in rows.rows:
        floor = max(floor["NDCG@10"] for floor in row["floors"].values())
        assert floor < row["test"]["NDCG@10"]
        assert row["ceiling_above_model"]["NDCG@10"]["high"] > 0  # never above it beyond chance
        assert "dirty" not in row["commit"]


def test_video_has_three_crowds_and_three_sizes(rows):
    usual = rows.where(world="video", model="fitted", users=4000).rows
    assert sorted(row["seed"] for row in usual) == [1, 2, 3]
    assert {row["users"] for row in rows.where(world="video", model="fitted").rows} == {1000, 4000, 16000}


@pytest.mark.parametrize("name", TIMED)
def test_the_clock_carries_something_in_the_other_worlds(rows, name):
    (row,) = rows.where(world=name, model="order-only").rows
    assert row["ceiling_above_model"]["NDCG@10"]["low"] > 0
    assert row["fewer_particles"]["NDCG@10"] < row["ceiling"]["NDCG@10"] and row["bound"] == "below"
    for fitted in rows.where(world=name, model="fitted", users=4000).rows:
        assert fitted["links_found"] == {"successor": 1.0, "called": 1.0}


@pytest.mark.parametrize("name", WORLDS)
def test_finite_data_cost_a_learner_that_is_told_the_form_little(rows, name):
    usual = rows.where(world=name, model="fitted", users=4000).rows
    (small,) = rows.where(world=name, model="fitted", users=1000).rows
    assert sorted(row["seed"] for row in usual) == [1, 2, 3]
    missed = [row["ceiling_above_model"]["NDCG@10"]["mean"] for row in usual]
    assert -0.002 < sum(missed) / 3 < 0.005
    assert small["ceiling_above_model"]["NDCG@10"]["mean"] > sum(missed) / 3  # fewer users cost more
