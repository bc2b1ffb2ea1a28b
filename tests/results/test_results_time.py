"""The committed rows of chapter 11 stand where they must, and were chosen as they say."""

import pytest

from seqrec_lib.results import load_results

WORLD = ("shop", "finance", "video")


@pytest.fixture(scope="module")
def models():
    return load_results("time_models")


def of(models, part):
    return [row for row in models.rows if row["part"] == part]


@pytest.mark.parametrize("name", ["time_models", "time_places", "time_costs"])
def test_every_row_was_made_from_a_clean_commit(name):
    assert not [row for row in load_results(name).rows if "dirty" in row["commit"]]


def test_no_model_is_above_the_ceiling_and_all_are_above_popularity(models):
    for row in of(models, "clock") + of(models, "longer"):
        assert row["test"]["NDCG@10"] > row["floors"]["popularity"]["NDCG@10"]
        if row["world"] in WORLD:
            assert row["ceiling_above_model"][2] > 0


def test_every_step_size_was_the_best_on_its_ladder_and_not_at_the_end(models):
    for row in of(models, "clock"):
        world = "shop" if row["world"] == "video" else row["world"]
        tried = {
            each["lr"]: each["validation"]["NDCG@10"]
            for each in of(models, "tuning")
            if (each["world"], each["variant"]) == (world, row["variant"])
        }
        assert row["lr"] == max(tried, key=tried.get)
        assert min(tried) < row["lr"] < max(tried), (row["world"], row["variant"])


def test_tuning_and_figures_are_of_other_users(models):
    tuning, figures = of(models, "tuning"), of(models, "clock")
    for world in {row["world"] for row in figures if row["world"] in WORLD}:
        of_tuning = {str(row["data"]) for row in tuning if row["world"] == world}
        assert not of_tuning & {str(row["data"]) for row in figures if row["world"] == world}


def test_the_clock_is_read_where_it_can_be(models):
    mean = {
        name: models.where(part="clock", world="finance", variant=name).mean()
        for name in ("SASRec", "SASRec, times", "TiSASRec", "TiSASRec, days", "TiSASRec, log buckets")
    }
    assert mean["SASRec, times"] > mean["SASRec"] + 0.02
    assert mean["TiSASRec, log buckets"] > mean["TiSASRec, days"] > mean["TiSASRec"] + 0.02


def test_each_form_of_position_was_asked_with_more_than_it_was_trained_with():
    rows = load_results("time_places").rows
    lengths = {row["longest_trained"] for row in rows}
    for row in rows:
        kept = [part["kept"] for part in row["by_kept"]]
        assert kept == sorted(kept) and row["longest_trained"] in kept
        assert all(part["NDCG@10"] < row["ceiling"]["NDCG@10"] for part in row["by_kept"])
    forms = {row["positions"] for row in rows if row["longest_trained"] == min(lengths)}
    assert forms == {"start", "end", "distance", "buckets", "alibi", "rope", "times"}


def test_vectors_for_pairs_cost_more_than_the_librarys_way():
    rows = load_results("time_costs").where(part="growth")
    for length in {row["length"] for row in rows.rows}:
        (ours,), (naive,) = (
            rows.where(length=length, variant=name).rows for name in ("TiSASRec", "TiSASRec, as written")
        )
        assert naive["seconds"] > ours["seconds"] and naive["waiting_mb"] > ours["waiting_mb"]
