"""The forms of attention beside each other: complete, equally tuned, and what chapter 5 says of them."""

import pytest

from seqrec_lib.results import load_results

CONTENT = ("bare", "dot", "scaled", "bilinear", "additive")
STORED = load_results("scores")
ENCODERS = sorted({row["encoder"] for row in STORED.rows})
each = pytest.mark.parametrize("encoder", ENCODERS)


def mean(encoder, score, bias):
    return STORED.where(part="report", encoder=encoder, score=score, bias=bias).mean()


@each
def test_every_variant_has_three_seeds_and_the_best_step_size_is_not_at_an_end(encoder):
    rows = STORED.where(encoder=encoder)
    variants = {(row["score"], row["bias"]) for row in rows.rows}
    assert len(variants) == 13
    for score, bias in variants:
        tuned = rows.where(part="tuning", score=score, bias=bias).rows
        told = rows.where(part="report", score=score, bias=bias).rows
        tried = {row["settings"]["lr"] for row in tuned}
        best = max(tuned, key=lambda row: row["validation"]["NDCG@10"])["settings"]["lr"]
        assert {row["settings"]["lr"] for row in told} == {best}
        assert min(tried) < best < max(tried) and len(tried) == len(tuned)
        assert sorted(row["seed"] for row in told) == [0, 1, 2]


def test_all_were_made_from_one_clean_commit_and_stay_below_the_ceiling():
    assert not any("dirty" in row["commit"] for row in STORED.rows)
    assert all(row["ceiling_above_model"]["NDCG@10"]["low"] > 0 for row in STORED.rows)
    assert {row["epochs"] for row in STORED.rows} == {4}


@each
def test_contents_and_distances_together_beat_either_alone(encoder):
    for score in CONTENT:
        both = mean(encoder, score, True)
        assert both > mean(encoder, score, False) and both > mean(encoder, "distance", True)


@each
def test_with_distances_the_weight_stands_on_the_cause_and_not_after_it(encoder):
    for row in STORED.where(part="report", encoder=encoder, bias=True).rows:
        around = row["looks"]["around"]
        assert max(around) == around[3] and around[4] < 0.7 * around[3]


def test_over_states_contents_alone_want_a_smaller_step_size_than_contents_with_distances():
    rows = STORED.where(part="report", encoder="lstm")
    rates = [
        {row["settings"]["lr"] for s in CONTENT for row in rows.where(score=s, bias=b).rows}
        for b in (False, True)
    ]
    assert max(rates[0]) < min(rates[1])
