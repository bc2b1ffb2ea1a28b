"""``recommend`` for items that training never had: by their features where the model reads them."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec_lib import load_run
from seqrec_lib.data import read_catalogue
from seqrec_lib.experiments import RecommendationNote

KINDS = ["tea", "pot", "lamp"]
COLUMNS = ["item", "price", "kind"]
READS = ("modal", "unisrec")
SMALL = ["--set", "dim=8", "--set", "layers=1", "--device", "cpu"]


def of(made):
    return ["--data", made / "log.csv", "--items", made / "old_items.csv"]


def described(n):
    return (f"i{n}", 3.0 + n, f"{KINDS[n % 3]} of house {n}")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """40 users of 12 items in three kinds, a table of 15 items, and the log with one new item more."""
    folder = tmp_path_factory.mktemp("new_items")
    rng = np.random.default_rng(4)
    rows = []
    for user in range(40):
        kind = user % 3
        met = [n for n in rng.permutation(12).tolist() if n % 3 == kind or rng.random() < 0.3]
        rows += [(f"u{user}", f"i{n}", 1.6e9 + 1000 * t + user) for t, n in enumerate(met)]
    log = pd.DataFrame(rows, columns=["user", "item", "time"])
    log.to_csv(folder / "log.csv", index=False)
    newer = pd.concat([log, pd.DataFrame([("u1", "i12", 1.7e9)], columns=log.columns)])
    newer.to_csv(folder / "newer.csv", index=False)
    table = pd.DataFrame([described(n) for n in range(15)], columns=COLUMNS)
    table.to_csv(folder / "items.csv", index=False)
    table[:12].to_csv(folder / "old_items.csv", index=False)
    return folder


@pytest.fixture(scope="module", params=["modal", "unisrec", "sasrec", "popularity"])
def run(request, made, tmp_path_factory):
    from seqrec_lib.cli import main

    folder = tmp_path_factory.mktemp("runs") / request.param
    small = [] if request.param == "popularity" else [*SMALL, "--epochs", 2]
    words = ["fit", *of(made), "--model", request.param, *small, "--out", folder, "--quiet"]
    assert main([str(each) for each in words]) == 0
    return request.param, folder


def test_a_new_item_of_the_table_is_shown_where_the_model_reads_what_is_known(run, made, call):
    name, folder = run
    words = ["recommend", "--run", folder, "--history", "i0 i3", "--quiet", "--json", "-"]
    found = call(*words, "--items", made / "items.csv", "--k", 13 if name in READS else 10)
    assert found.code == 0
    items = [row["item"] for row in json.loads(found.out)]
    if name in READS:
        assert "3 items are new: scored by what is known of them" in found.err
        assert {"i12", "i13", "i14"} < set(items) and len(items) == 13  # 15 without the two of the history
    else:
        assert "3 items are new to the run and shown to nobody" in found.err
        assert not {"i12", "i13", "i14"} & set(items) and len(items) == 10
    usual = json.loads(call(*words, "--k", 10).out)
    assert not {"i12", "i13", "i14"} & {row["item"] for row in usual}


@pytest.mark.parametrize("run", READS, indirect=True)
def test_old_items_keep_their_scores_and_a_new_one_has_those_of_its_description(run, made):
    _, folder = run
    run = load_run(folder, "cpu")
    with pytest.warns(RecommendationNote, match="3 items are new"):
        grown = run.with_items(read_catalogue(str(made / "items.csv")))
    old, new = run.model.item_matrix(), grown.model.item_matrix()
    assert new.shape[0] == old.shape[0] + 3
    torch.testing.assert_close(new[: len(old)], old)
    assert not grown.model.met[-3:].any() and new[-3:].norm(dim=1).min() > 0
    assert (new[-1] - new[-2]).norm() > 1e-4  # each by its own words
    assert run.model.n_items + 3 == grown.model.n_items == grown.settings["n_items"]
    assert grown.with_items(read_catalogue(str(made / "items.csv"))) is grown


def test_a_twin_of_an_old_item_gets_the_parts_of_that_item(made, tmp_path, call):
    folder = tmp_path / "run"
    words = ["fit", *of(made), "--model", "modal", "--set", "parts=all", *SMALL, "--epochs", 1]
    assert call(*words, "--out", folder, "--quiet").code == 0
    table = pd.read_csv(made / "items.csv")[:12]
    twin = table[table["item"] == "i4"].assign(item="again")
    pd.concat([table, twin]).to_csv(tmp_path / "items.csv", index=False)
    run = load_run(folder, "cpu")
    with pytest.warns(RecommendationNote):
        grown = run.with_items(read_catalogue(str(tmp_path / "items.csv")))
    matrix = grown.model.item_matrix()
    torch.testing.assert_close(matrix[-1], matrix[run.item_ids.index("i4")])


def test_a_newer_log_brings_its_new_items_along(run, made, call, tmp_path):
    name, folder = run
    out = tmp_path / "lists.csv"
    words = ["recommend", "--run", folder, "--data", made / "newer.csv", "--items", made / "items.csv"]
    said = call(*words, "--k", 12, "--out", out)
    assert said.code == 0
    shown = set(pd.read_csv(out)["item"])
    assert ("i12" in shown) == (name in READS)
    told = "3 items are new: scored" if name in READS else "3 items are new to the run and shown to nobody"
    assert told in said.err


@pytest.mark.parametrize("run", READS, indirect=True)
def test_a_table_that_does_not_fit_is_refused_with_a_reason(run, made, call, tmp_path):
    _, folder = run
    table = pd.read_csv(made / "items.csv")
    wrong = {
        "training knew": table.drop(columns="price"),
        "none of the items that training met": table[12:],
        "unknown column 'item'": table.rename(columns={"item": "sku"}),
        "must name each item once": pd.concat([table, table[:1]]),
    }
    for told, frame in wrong.items():
        frame.to_csv(tmp_path / "items.csv", index=False)
        words = ["recommend", "--run", folder, "--history", "i0", "--items", tmp_path / "items.csv"]
        found = call(*words)
        assert found.code != 0 and told in found.err, told


@pytest.mark.parametrize("run", ["modal"], indirect=True)
def test_a_table_with_other_words_of_old_items_says_so(run, made, call, tmp_path):
    _, folder = run
    table = pd.read_csv(made / "items.csv")
    table.loc[0, "price"] = 900.0
    table.to_csv(tmp_path / "items.csv", index=False)
    words = ["recommend", "--run", folder, "--history", "i1", "--items", tmp_path / "items.csv", "--quiet"]
    found = call(*words)
    assert found.code == 0 and "with other features than in training" in found.err
