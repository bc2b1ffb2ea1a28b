"""Recall, then ranking: complete over seeds, below its bound, and differences that agree with the means."""

import pytest

from seqrec_lib.results import load_results

STAGES = load_results("two_stages").where(part="stages")
RANKERS = [row["variant"] for row in STAGES.where(seed=0).rows if row["variant"].startswith("ranker")]
FIRST = "first stage alone"


def test_every_variant_has_three_seeds_of_one_commit():
    variants = {row["variant"] for row in STAGES.rows}
    assert len(variants) == 9 and len(RANKERS) == 4
    for variant in variants:
        assert [row["seed"] for row in STAGES.where(variant=variant).rows] == [0, 1, 2]
    assert len({row["commit"] for row in STAGES.rows}) == 1


@pytest.mark.parametrize("variant", [*RANKERS, "oracle as ranker"])
def test_what_was_not_recalled_is_not_found(variant):
    for seed in range(3):
        recalled = STAGES.where(variant=FIRST, seed=seed).rows[0]["test"]["recall@100"]
        assert STAGES.where(variant=variant, seed=seed).rows[0]["test"]["HR@20"] <= recalled


@pytest.mark.parametrize("row", STAGES.rows, ids=lambda row: f"{row['variant']}-{row['seed']}")
def test_a_paired_difference_is_that_of_the_means(row):
    assert set(row["minus"]) == {FIRST, "ranker: random", "ranker: recalled"} - {row["variant"]}
    for other, found in row["minus"].items():
        theirs = STAGES.where(variant=other, seed=row["seed"]).rows[0]["test"]
        for metric, (mean, low, high) in found.items():
            assert mean == pytest.approx(row["test"][metric] - theirs[metric], abs=1e-9)
            assert low <= mean <= high


def test_the_correction_finds_popular_targets_deep_in_the_list_and_loses_others():
    for row in STAGES.where(variant="in-batch, not corrected").rows:
        against = row["minus"][FIRST]
        assert against["recall@1000"][2] < 0 and against["recall@100, head"][2] < 0
        assert against["recall@100, tail"][1] > 0


def test_each_further_hundredth_of_recall_costs_more_than_the_one_before():
    rows = load_results("two_stages").where(part="index", metric="dot").rows
    for kind in ("ivf", "hnsw", "usearch"):
        for items in {row["items"] for row in rows if row["kind"] == kind}:
            some = sorted(
                (row["test"]["recall@10"], row["test"]["microseconds"])
                for row in rows
                if (row["kind"], row["items"]) == (kind, items)
            )
            steps = [(t - s) / (b - a) for (a, s), (b, t) in zip(some, some[1:], strict=False)]
            assert len(steps) >= 3 and steps == sorted(steps)
