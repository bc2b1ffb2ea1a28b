"""The protocol lab over stored ranks: every cell is the ranks scored again."""

import numpy as np
import pytest

from seqrec_lib.evaluation.metrics import hit_rate, ndcg
from seqrec_lib.results import load_results
from seqrec_lib.results.protocol_grid import grid_cell, paired_sign
from seqrec_lib.results.stored_ranks import stored_counts
from seqrec_lib.teaching.widgets import protocol_lab, stored_protocols

RANKS = load_results("stored_ranks")
LAB = stored_protocols(RANKS, samples=50)


@pytest.mark.parametrize("rivals", ["all", "uniform-100", "popularity-100"])
@pytest.mark.parametrize("seen", ["out", "window", "in"])
@pytest.mark.parametrize("ties", ["expectation", "against", "for"])
def test_a_cell_is_the_ranks_scored_again(rivals, seen, ties):
    for row, stored in zip(LAB.rows, RANKS.rows, strict=True):
        counts = stored_counts(stored, rivals, seen)
        for metric, measure in (("HR@10", hit_rate), ("NDCG@10", ndcg)):
            mean, low, high = grid_cell(row, rivals, seen, ties, metric)
            assert mean == pytest.approx(float(measure(*counts, 10, ties).mean()), abs=6e-5)
            assert low < mean < high


def test_the_letters_agree_with_the_difference_user_by_user():
    a, b = (
        ndcg(*stored_counts(row, "uniform-100"), 10).numpy()
        for row in RANKS.rows
        if row["label"] in ("popularity", "Markov chain")
    )
    d = b - a  # in the order of the file
    assert d.mean() > 5 * d.std() / np.sqrt(len(d))
    rules = {"rivals": "uniform-100", "metric": "NDCG@10"}
    assert paired_sign(LAB.rows, "Markov chain", "popularity", **rules) == "+"


def test_the_lab_takes_the_rows_and_has_words_for_each_filter():
    data = protocol_lab(LAB, experiment="leave seen items in.").data
    assert data["words"]["experiment"] == "leave seen items in."
    assert "lower n to 10" in protocol_lab(LAB).data["words"]["experiment"]
    (one,) = data["sets"]
    assert [model["name"] for model in one["models"]] == [row["label"] for row in RANKS.rows]
    assert [model["kind"] for model in one["models"]][:2] == ["floor", "floor"]
    assert set(data["words"]["seen_names"]) == set(one["axes"]["seen"])
