"""The table of our figures beside published ones: right with few rows, and no mean of unlike things."""

import math

import pytest

from seqrec_lib.results import Results
from seqrec_lib.results.published import beside_published

PAPER = [0.30, 0.18, "A & B 2020"]


def row(label, seed, value, published=None):
    return {
        "label": label,
        "seed": seed,
        "test": {"NDCG@10": value, "HR@10": 2 * value},
        "published": published,
    }


def test_each_label_is_a_line_in_the_rows_order():
    rows = [row("b", 0, 0.2, PAPER), row("a", 0, 0.1), row("b", 1, 0.4, PAPER), row("b", 2, 0.3, PAPER)]
    table = beside_published(Results("x", rows))
    assert table["model"].tolist() == ["b", "a"]
    assert table["seeds"].tolist() == [3, 1]
    first, second = table.iloc[0], table.iloc[1]
    half = 4.303 * 0.1 / math.sqrt(3)
    assert (first["NDCG@10"], first["low"], first["high"]) == pytest.approx((0.3, 0.3 - half, 0.3 + half))
    assert (first["published"], first["source"]) == (0.18, "A & B 2020")
    assert second["NDCG@10"] == 0.1 and second["source"] == ""
    assert all(math.isnan(second[name]) for name in ("low", "high", "published"))


def test_the_hit_rate_has_its_own_published_figure():
    table = beside_published(Results("x", [row("b", 0, 0.2, PAPER)]), "HR@10")
    assert table.iloc[0][["HR@10", "published"]].tolist() == [0.4, 0.30]


def test_no_row_makes_an_empty_table():
    assert len(beside_published(Results("x", []))) == 0


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("b", 0, 0.2), row("b", 0, 0.3)], "stands twice"),
        ([row("b", 0, 0.2, PAPER), row("b", 1, 0.3)], "differ"),
    ],
)
def test_unlike_things_are_not_averaged(rows, words):
    with pytest.raises(ValueError, match=words):
        beside_published(Results("x", rows))


def test_a_metric_without_a_published_figure_is_refused():
    with pytest.raises(ValueError, match="MRR"):
        beside_published(Results("x", []), "MRR")
