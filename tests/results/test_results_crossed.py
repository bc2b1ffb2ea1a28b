"""Two models over users and runs at once: the same runs as the rows that keep means alone."""

import pytest

from seqrec_lib.results import load_results

KEPT = {"lstm-attention": "both", "gru4rec": "gru4rec"}  # the variants of chapter 1's ablation


def row_of(source):
    (row,) = load_results("crossed").where(source=source).rows
    return row


def runs_of(model):
    return load_results("ablation").where(part="report", variant=KEPT[model])


def test_the_runs_are_those_of_the_other_rows():
    row = row_of("world:video:seed=1")
    for model in KEPT:
        assert row["figures"][model] == pytest.approx(runs_of(model).values(), abs=1e-6)
    mine, rival = (sum(row["figures"][model]) / 3 for model in KEPT)
    assert row["test"]["NDCG@10"] == pytest.approx(mine - rival)
    assert row["error"] ** 2 == pytest.approx(row["of_users"] + row["of_runs"])


def test_the_world_has_a_winner():
    world = row_of("world:video:seed=1")
    assert world["verdict"] == "better" and world["interval"]["low"] > world["margin"]
