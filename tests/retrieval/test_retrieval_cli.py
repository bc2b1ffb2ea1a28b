"""``recommend --index``: the same lists as without one, and a sentence where it cannot be."""

import json

import pandas as pd
import pytest

from seqrec_lib.cli import main

DATA = "world:video:users=60"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("indexed") / "run"
    words = ["--data", DATA, "--model", "gru4rec", "--epochs", "1", "--dim", "8", "--device", "cpu"]
    assert main(["fit", *words, "--out", str(folder), "--quiet"]) == 0
    return folder


@pytest.mark.parametrize("kind", ["exact", "flat", "hnsw", "usearch"])
def test_lists_are_the_same_through_an_index(run, tmp_path, kind, capsys):
    lists = []
    for more in ([], ["--index", kind]):
        out = tmp_path / f"{len(more)}.csv"
        assert (
            main(["recommend", "--run", str(run), "--data", DATA, "--out", str(out), "--k", "5", *more]) == 0
        )
        lists.append(pd.read_csv(out))
    assert (run / f"index-{kind}" / "index.json").is_file()
    pd.testing.assert_frame_equal(lists[0], lists[1], rtol=1e-4)
    one = ["recommend", "--run", str(run), "--history", "3 7 9", "--k", "4", "--json", "-"]
    rows = []
    for more in ([], ["--index", kind]):
        capsys.readouterr()
        assert main([*one, *more]) == 0
        rows.append(json.loads(capsys.readouterr().out))
    assert [row["item"] for row in rows[0]] == [row["item"] for row in rows[1]]


def test_a_model_that_does_not_score_by_dot_products_says_so(tmp_path, capsys):
    folder = tmp_path / "run"
    assert main(["fit", "--data", DATA, "--model", "markov", "--out", str(folder), "--quiet"]) == 0
    assert main(["recommend", "--run", str(folder), "--history", "3", "--index", "exact"]) == 1
    assert "--index needs a model that scores by dot products" in capsys.readouterr().err
    assert main(["recommend", "--run", str(folder), "--history", "3", "--index", "flt"]) == 1
