"""The committed rows about the five worlds say what the worlds promise."""

import pytest

from seqrec_lib.data import WORLDS
from seqrec_lib.results import load_results

NAMES = list(WORLDS)


@pytest.fixture(scope="module")
def rows():
    return load_results("worlds")


@pytest.mark.parametrize("name", NAMES)
def test_a_world_is_neither_trivial_nor_hopeless(rows, name):
    (row,) = rows.where(world=name, kind="world").rows
    shares, data = row["shares"], row["data"]
    assert data["users"] >= 4000 and data["items"] >= 200 and data["interactions"] >= 100_000
    assert 0.30 <= row["ceiling"]["NDCG@10"] <= 0.60
    assert shares["succession"] <= 0.35 and shares["popularity"] >= 0.10
    assert shares["trigger"] >= 0.20 and shares["taste"] >= 0.20 and shares["median_trigger_lag"] >= 5
    assert set(row["floors"]) == {"popularity", "recent-popularity", "markov"}
    assert max(floor["NDCG@10"] for floor in row["floors"].values()) < row["ceiling"]["NDCG@10"] - 0.15
    assert row["entropy"]["entropy"] < row["entropy"]["uniform"]
    assert row["entropy"]["surprise"] == pytest.approx(row["entropy"]["entropy"], abs=0.02)
    assert row["test"]["NDCG@10"] == pytest.approx(row["ceiling"]["expected"]["NDCG@10"], abs=0.02)


@pytest.mark.parametrize("name", ["shop", "ads"])
def test_clicks_can_be_told_and_not_by_counting(rows, name):
    (row,) = rows.where(world=name, kind="world").rows
    tasks = [row["clicks"][task] for task in ("click", "purchase") if task in row["clicks"]]
    assert len(tasks) == (2 if name == "shop" else 1)
    for task in tasks:
        assert 0.02 < task["rate"] < 0.2
        assert 0.5 == task["constant"]["AUC"] < task["item rate"]["AUC"] < task["oracle"]["AUC"] - 0.1 < 0.85
        assert task["oracle"]["log-loss"] < task["item rate"]["log-loss"] < task["constant"]["log-loss"]


@pytest.mark.parametrize("name", NAMES)
def test_three_models_with_three_seeds_stand_between_floor_and_ceiling(rows, name):
    part = rows.where(world=name, kind="model").rows
    wanted = {(model, seed) for model in ("lstm-attention", "gru4rec", "sasrec") for seed in range(3)}
    assert {(row["model"], row["seed"]) for row in part} == wanted and len(part) == 9
    for row in part:
        assert row["ceiling_above_model"]["NDCG@10"]["low"] > 0
        assert row["floors"]["popularity"]["NDCG@10"] < row["test"]["NDCG@10"] < row["ceiling"]["NDCG@10"]
        assert row["protocol"] == ("loo-full-repeats" if name == "music" else "loo-full-unseen")


@pytest.mark.parametrize("name", NAMES)
def test_attention_is_measured_against_the_causes(rows, name):
    for row in rows.where(world=name, kind="model", model="lstm-attention").rows:
        causes = row["causes"]
        assert causes["histories"]["further back"] > 500 and causes["histories"]["last item"] > 500
        share = causes["share"]
        assert set(share) >= {"head 1", "uniform", "most recent", "oracle"}
        assert share["most recent"]["last item"] == 1 and share["most recent"]["further back"] == 0
        assert share["uniform"]["all"] < share["oracle"]["all"]
        assert share["head 1"]["all"] > share["uniform"]["all"]


@pytest.mark.parametrize("name", NAMES)
def test_more_users_leave_the_ceiling_and_bring_a_model_closer(rows, name):
    part = rows.where(world=name, kind="scale").rows
    part += rows.where(world=name, kind="model", model="lstm-attention", seed=0).rows
    few, middle, many = sorted(part, key=lambda row: row["data"]["users"])
    assert [row["data"]["users"] for row in (few, middle, many)] == [1000, 4000, 16000]
    best, reached = ([row[part]["NDCG@10"] for row in (few, middle, many)] for part in ("ceiling", "test"))
    assert max(best) - min(best) < 0.03  # the luck of 1,000 test users
    assert best[2] - reached[2] < best[0] - reached[0] - 0.02
