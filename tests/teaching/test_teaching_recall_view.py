"""The view of recall against latency: what it is given, and what it leaves out."""

import pytest

from seqrec_lib.results import load_results
from seqrec_lib.teaching.widgets import recall_and_latency


def row(kind, items=100, metric="dot", effort=0, recall=1.0, time=50.0):
    test = {"recall@10": recall, "microseconds": time}
    return {"kind": kind, "items": items, "metric": metric, "effort": effort, "test": test}


def test_sizes_stand_in_order_and_times_are_of_the_faster_exact_search():
    rows = [
        row("exact", 900, time=90.0),
        row("exact", time=50.0),
        row("flat", time=40.0),
        row("hnsw", effort=16, recall=0.71239, time=4.0),
        row("hnsw", effort=32, recall=0.9, time=6.0),
        row("hnsw", metric="l2", effort=16, time=1.0),
    ]
    small, large = recall_and_latency(rows).data["sets"]
    assert (small["items"], small["exact"]) == (100, 40.0) and (large["items"], large["exact"]) == (900, 90.0)
    assert [kind["name"] for kind in small["kinds"]] == ["exact, torch", "exact, faiss", "HNSW"]
    points = small["kinds"][2]["points"]
    assert [point["effort"] for point in points] == [16, 32] and points[0]["recall"] == 0.7124


def test_without_an_exact_search_there_is_nothing_to_compare_with():
    with pytest.raises(ValueError, match="no exact search of 100 items"):
        recall_and_latency([row("hnsw", effort=16)])


def test_the_stored_rows_make_a_view_of_two_sizes():
    view = recall_and_latency(load_results("two_stages").where(part="index").rows)
    assert [one["items"] for one in view.data["sets"]] == [100_000, 1_000_000]
    assert "recall@10" in view._repr_html_()
