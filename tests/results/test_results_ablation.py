"""The stored runs of chapter 1's ablation: each variant tuned as well, none at the edge of its search."""

import pytest

from seqrec_lib.results import load_results

VARIANTS = ("none", "mean", "content", "distance", "both", "gru4rec")


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_best_step_size_is_not_at_the_edge_of_what_was_tried(variant):
    tuned = load_results("ablation").where(part="tuning", variant=variant).rows
    found = {row["settings"]["lr"]: row["validation"]["NDCG@10"] for row in tuned}
    best = max(found, key=found.get)
    assert min(found) < best < max(found), f"{variant}: search further than {best}"
    for part in ("report", "users") if variant in ("both", "gru4rec") else ("report",):
        rows = load_results("ablation").where(part=part, variant=variant).rows
        assert [row["seed"] for row in rows] == [0, 1, 2]
        assert {row["settings"]["lr"] for row in rows} == {best}
