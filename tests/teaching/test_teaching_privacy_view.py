"""The view of budgets: its figures come from the rows, and nothing is promised where nothing was."""

import math

import pytest

from seqrec_lib.results import load_results
from seqrec_lib.teaching.widgets import privacy_budget

ROWS = load_results("privacy").where(part="private")
NAMES = {"overfit": "plain", "epsilon 4": "within 4", "epsilon 1": "within 1"}


def test_the_figures_are_those_of_the_rows():
    data = privacy_budget(ROWS, NAMES).data
    assert [way["name"] for way in data["ways"]] == ["within 1", "within 4", "plain"]
    one = ROWS.where(variant="epsilon 4")
    assert data["ways"][1]["ndcg"] == [one.mean(), *one.interval()]
    assert data["ways"][1]["caught"]["raw"][0] == one.mean("raw/tpr", "attack")
    assert data["floor"] == ROWS.mean("markov/NDCG@10", "floors") < data["ceiling"]


def test_only_a_budget_promises_something():
    ways = privacy_budget(ROWS, NAMES).data["ways"]
    assert [way["epsilon"] is None for way in ways] == [False, False, True]
    assert ways[0]["epsilon"] <= 1 and ways[1]["epsilon"] <= 4
    for way in ways[:2]:
        most = math.exp(way["epsilon"]) * 0.01 + way["delta"]
        assert all(found[0] <= most for found in way["caught"].values())


def test_one_way_is_no_comparison():
    with pytest.raises(ValueError, match="two ways of training"):
        privacy_budget(ROWS, {"overfit": "plain"})
