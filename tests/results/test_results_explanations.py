"""The committed rows of explanations: complete, from one clean commit, and what the chapter leans on."""

import pytest

from seqrec_lib.results import load_results

MODELS = ("lstm-attention", "sasrec", "attention over item vectors")
COMMAND = "python benchmarks/explanations.py"


@pytest.fixture(scope="module")
def rows():
    return load_results("explanations")


def test_each_part_has_three_seeds_from_a_clean_commit(rows):
    for part in ("methods", "causal", "sets"):
        for model in MODELS:
            assert sorted(row["seed"] for row in rows.where(part=part, model=model).rows) == [0, 1, 2]
    for way in ("at the request", "trained again"):
        assert sorted(row["seed"] for row in rows.where(part="feedback", way=way).rows) == [0, 1, 2]
    assert rows.commands == [COMMAND]
    assert not [row for row in rows.rows if "dirty" in row["commit"]]


def test_the_oracle_names_every_cause_unless_events_are_deleted(rows):
    (row,) = rows.where(part="methods", model="oracle").rows
    assert row["test"]["occlusion"]["first"] == row["test"]["occlusion, quiet items"]["first"] == 1.0
    assert row["test"]["occlusion, deleted"]["first"] < 0.9


@pytest.mark.parametrize("model", MODELS)
def test_intervals_hold_their_means_and_shares_lie_between_0_and_1(rows, model):
    for row in rows.where(part="methods", model=model).rows:
        for method, (low, high) in row["interval"].items():
            assert 0 <= low <= row["test"][method]["first"] <= high <= 1
        for mean, low, high in (*row["paired"].values(), *row["tau"].values()):
            assert -1 <= low <= mean <= high <= 1
        counts = row["counts"]
        assert counts["last"] + counts["earlier"] == row["settings"]["cases"]
        assert row["test"]["recent"]["first"] == pytest.approx(counts["last"] / row["settings"]["cases"])


def test_no_model_and_no_flag_is_above_the_oracle_that_knows(rows):
    for row in rows.where(part="feedback", way="at the request").rows:
        top = row["test"]["oracle that knows"]
        assert top["NDCG@10"] > row["test"]["oracle that is not told"]["NDCG@10"]
        assert all(found["NDCG@10"] <= top["high"] for found in row["test"].values())
