"""Stored ranks of MovieLens-1M: they say what the row's own figures say, and nothing of any user or item."""

import json

import numpy as np
import pytest
import torch

from seqrec_lib.evaluation.metrics import hit_rate, ndcg, reciprocal_rank
from seqrec_lib.messages import InputError
from seqrec_lib.results import load_results
from seqrec_lib.results.stored_ranks import pack, stored_counts, unpack

RESULTS = load_results("stored_ranks")
SEEN, RIVALS = ("out", "window", "in"), ("all", "uniform-100", "popularity-100")
each = pytest.mark.parametrize("row", RESULTS.rows, ids=lambda row: row["label"])


def test_numbers_come_back_from_text():
    numbers = np.array([0, 1, 255, 256, 3416, 65_535])
    assert unpack(pack(numbers)).tolist() == numbers.tolist()
    assert unpack(pack([])).tolist() == []
    for wrong in ([-1], [65_536]):
        with pytest.raises(InputError, match="0 to 65,535"):
            pack(wrong)


def test_a_protocol_that_is_not_there_is_named():
    with pytest.raises(InputError, match="all/whole"):
        stored_counts(RESULTS.rows[0], seen="whole")


@each
def test_the_ranks_give_the_figures_of_the_row(row):
    counts = stored_counts(row)
    found = {"HR@10": hit_rate(*counts, 10), "NDCG@10": ndcg(*counts, 10), "MRR": reciprocal_rank(*counts)}
    for metric, values in found.items():
        assert float(values.mean()) == pytest.approx(row["test"][metric], abs=1e-6)
        assert len(values) == row["data"]["users"]


@each
def test_a_filter_that_takes_less_lets_more_stand_above(row):
    out, window, seen_in = (stored_counts(row, seen=seen)[0] for seen in SEEN)
    assert (out <= window).all() and (window <= seen_in).all()
    assert (out < window).any() and (window < seen_in).any()


@each
def test_among_drawn_items_no_more_stand_above_than_are_drawn_or_than_there_are(row):
    for seen in SEEN:
        whole = stored_counts(row, seen=seen)[0]
        for rivals in RIVALS[1:]:
            better, equal = stored_counts(row, rivals, seen)
            assert (better + equal <= 101).all() and (better <= whole).all() and (equal >= 1).all()


@each
def test_uniform_draws_follow_their_law(row):
    """With seen items in, everybody's target meets 100 of the other 3,415 items."""
    better, _ = stored_counts(row, seen="in")
    drawn, _ = stored_counts(row, "uniform-100", "in")
    share = better.double() / (row["data"]["items"] - 1)
    wanted, spread = 100 * share, (100 * share * (1 - share)).sqrt()
    error = spread.square().sum().sqrt() / len(better)
    assert abs(float((drawn - wanted).mean())) < 4 * float(error)


def test_a_draw_by_popularity_is_harder_for_a_ranking_by_popularity():
    (row,) = [row for row in RESULTS.rows if row["model"] == "popularity"]
    uniform, popular = (stored_counts(row, rivals)[0].double().mean() for rivals in RIVALS[1:])
    assert popular > 2 * uniform


@each
def test_a_row_holds_ranks_alone_from_a_clean_commit(row):
    assert set(row["ranks"]) == {*(f"{r}/{s}" for r in RIVALS for s in SEEN), "half/out"}
    assert all(set(one) <= {"better", "equal"} for one in row["ranks"].values())
    assert not row["commit"].endswith("-dirty") and " /" not in row["command"]
    assert row["protocol"] == "loo-full-unseen" and row["seed"] == 0
    assert row["settings"]["max_len"] == 200
    assert row["targets"] == (981_491 if row["settings"]["windows"] else 647_430)


def test_cases_do_not_stand_in_the_order_of_the_file():
    """The first users of the file are no more alike than others: neighbours tell nothing of one another."""
    (row,) = [row for row in RESULTS.rows if row["model"] == "markov"]
    seen_above = stored_counts(row, seen="in")[0] - stored_counts(row)[0]  # grows with the history
    a, b = seen_above[:-1].double(), seen_above[1:].double()
    correlation = torch.corrcoef(torch.stack([a, b]))[0, 1]
    assert abs(float(correlation)) < 4 / len(a) ** 0.5


def test_the_file_is_small_enough_to_ship():
    assert len(json.dumps(RESULTS.rows)) < 1_500_000


def test_a_loader_of_the_newest_items_loses_a_third_of_the_targets():
    (row,) = [row for row in RESULTS.rows if row["model"] == "popularity"]
    assert (row["targets_newest"], row["targets"]) == (647_430, 981_491)
