"""The view of longer histories: what each form reads, and which rows stand in it."""

import pytest

from seqrec_lib.teaching.widgets import longer_histories, what_is_read
from seqrec_lib.teaching.widgets.longer_histories import NAMES


def row(form, trained, seed, values):
    by_kept = [{"kept": kept, "NDCG@10": value} for kept, value in zip((2, 4, 6), values, strict=True)]
    return {"positions": form, "longest_trained": trained, "seed": seed, "by_kept": by_kept}


def rows():
    made = [row(form, 4, seed, (0.1, 0.2, 0.1 * seed)) for form in NAMES for seed in (1, 2)]
    return made + [row(form, 6, 0, (0.1, 0.2, 0.31)) for form in NAMES]


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("start", [0, 0, 0, 1, 1]),
        ("end", [1, 1, 0, 0, 0]),
        ("distance", [1, 1, 0, 0, 0]),
        ("alibi", [2, 2, 0, 0, 0]),
        ("rope", [2, 2, 0, 0, 0]),
        ("times", [0, 0, 0, 0, 0]),
    ],
)
def test_what_the_newest_step_reads_of_the_oldest_item_first(form, read):
    assert what_is_read(form, 5, 3) == read


def test_buckets_share_numbers_from_distance_eight_on():
    assert what_is_read("buckets", 10, 5) == [1] * 5 + [0] * 5
    far = what_is_read("buckets", 40, 24)
    assert 0 < sum(far) < 16 and far[-24:] == [0] * 24  # some far distances share a trained bucket


@pytest.mark.parametrize("form", NAMES)
def test_a_history_of_training_reads_nothing_new(form):
    assert what_is_read(form, 12, 24) == [0] * 12


def test_the_seeds_are_averaged_and_the_twin_stands_beside():
    data = longer_histories(rows()).data
    assert (data["asked"], data["trained"], data["twin"]) == ([2, 4, 6], 4, 6)
    assert data["forms"][0]["values"] == [0.1, 0.2, 0.15] and data["forms"][0]["twin"][2] == 0.31
    assert data["forms"][0]["read"][2] == [0, 0, 0, 0, 1, 1]
    assert len(data["forms"]) == len(NAMES)


def test_a_twin_may_be_missing():
    data = longer_histories(rows()[: 2 * len(NAMES)]).data
    assert all(form["twin"] == [] and len(form["values"]) == 3 for form in data["forms"])


def test_without_a_longer_history_it_says_so():
    short = [{**one, "by_kept": one["by_kept"][:2]} for one in rows()]
    with pytest.raises(ValueError, match="no history is longer than the 4 items of training"):
        longer_histories(short)
