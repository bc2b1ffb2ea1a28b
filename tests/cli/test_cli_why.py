"""``recommend --why``: events of the history behind each item of a list."""

import json

import pytest
import torch

from seqrec_lib import load_run
from seqrec_lib.explain import explain


def test_the_reasons_are_those_of_the_library(trained, call):
    words = ["recommend", "--run", trained.folder, "--history", "3 7 120 9", "--k", 4, "--json", "-"]
    rows = json.loads(call(*words, "--why", "shapley").out)
    plain = json.loads(call(*words).out)
    assert [{k: v for k, v in row.items() if k != "why"} for row in rows] == plain
    model = load_run(trained.folder, "cpu").model
    for row in rows:
        shares = explain(model, torch.tensor([3, 7, 120, 9]), int(row["item"]), "shapley")
        order = [j for j in shares.argsort(descending=True).tolist()[:3] if shares[j] > 0]
        assert [reason["place"] for reason in row["why"]] == [j + 1 for j in order]
        assert [reason["item"] for reason in row["why"]] == [[3, 7, 120, 9][j] for j in order]
        assert [reason["share"] for reason in row["why"]] == pytest.approx([float(shares[j]) for j in order])


def test_only_what_the_model_reads_is_named_and_places_are_counted_from_the_oldest(trained, call):
    history = list(range(1, 61))  # the model reads the newest 50
    words = ["recommend", "--run", trained.folder, "--history", " ".join(map(str, history)), "--k", 3]
    rows = json.loads(call(*words, "--why", "recent", "--json", "-").out)
    assert [reason["place"] for row in rows for reason in row["why"]] == [60, 60, 60]
    assert rows[0]["why"][0]["item"] == 60
    rows = json.loads(call(*words, "--why", "--json", "-").out)
    assert all(reason["place"] > 10 for row in rows for reason in row["why"])


def test_the_table_names_titles_and_the_method(trained, call):
    found = call("recommend", "--run", trained.folder, "--history", "3 7 120 9", "--k", 2, "--why")
    title = load_run(trained.folder, "cpu").titles[9]
    assert "because of" in found.out and "by occlusion" in found.out
    recent = call("recommend", "--run", trained.folder, "--history", "3 9", "--k", 2, "--why", "recent")
    assert recent.out.count(f"{title} (+1.00)") == 2


def test_what_cannot_be_told_is_said(trained, call, fails, tmp_path):
    where = ["recommend", "--run", trained.folder]
    assert "did you mean attention" in fails(*where, "--history", "3", "--why", "atention")
    all_users = ["--data", trained.words[1], "--out", tmp_path / "lists.csv"]
    assert "--why belongs to --history" in fails(*where, *all_users, "--why")
    assert call("fit", "--data", trained.words[1], "--model", "markov", "--out", tmp_path / "run").code == 0
    floor = ["recommend", "--run", tmp_path / "run", "--history", "3 7"]
    assert "no attention" in fails(*floor, "--why", "attention")
    assert call(*floor, "--why", "--k", 2).code == 0
