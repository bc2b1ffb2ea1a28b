"""A split that was made elsewhere: three logs, of which no row changes its part."""

import numpy as np
import pandas as pd
import pytest

from seqrec_lib import evaluate
from seqrec_lib.data import DataError, given_split, leave_one_out, read_interactions
from seqrec_lib.models.baselines import Markov


def read(rows, columns=("user", "item", "time"), name="part", **options):
    return read_interactions(pd.DataFrame(rows, columns=list(columns)), name=name, **options)


TRAIN = [("a", "x", 1), ("a", "y", 2), ("b", "y", 1), ("b", "z", 3), ("b", "x", 5)]
VALID = [("a", "z", 3), ("b", "w", 6)]
TEST = [("b", "v", 7), ("b", "u", 8), ("c", "x", 1), ("a", "w", 4)]


def test_every_row_stays_in_its_part():
    split = given_split(*(read(rows) for rows in (TRAIN, VALID, TEST)))
    ids = split.log.item_ids
    assert list(ids) == [None, "u", "v", "w", "x", "y", "z"] and list(split.log.user_ids) == ["a", "b", "c"]
    train = split.train_log.frame
    assert sorted(map(tuple, train[["user", "item", "time"]].to_numpy())) == sorted(TRAIN)
    assert [ids[n] for n in split.validation.target] == ["z", "w"]
    asked = [
        (split.log.user_ids[u], ids[t])
        for u, t in zip(split.test.batch.users, split.test.target, strict=True)
    ]
    assert asked == [("a", "w"), ("b", "v"), ("b", "u")]
    seen = [
        [ids[i] for i in split.log.items[a:b]] for a, b in zip(split.test.start, split.test.stop, strict=True)
    ]
    assert seen == [["x", "y", "z"], ["y", "z", "x", "w"], ["y", "z", "x", "w", "v"]]
    assert split.test.batch.query_time.tolist() == [4, 7, 8] and split.protocol == "given-full-unseen"
    assert "1 test rows are their user's first, so no case: no history" in split.report.notes
    assert split.report.rows_read == 11


def test_leave_one_out_given_as_three_files_has_the_same_figures():
    rng = np.random.default_rng(0)
    rows = [(u, i, 10 * u + n) for u in range(40) for n, i in enumerate(rng.permutation(20)[:6].tolist())]
    whole = leave_one_out(read(rows))
    log = pd.DataFrame(rows, columns=["user", "item", "time"])
    place = log.groupby("user").cumcount(ascending=False)
    parts = [log[place >= 2], log[place == 1], log[place == 0]]
    split = given_split(*(read_interactions(part) for part in parts))
    assert [split.train.items.tolist(), split.train.targets.tolist()] == [
        whole.train.items.tolist(),
        whole.train.targets.tolist(),
    ]
    for part in ("validation", "test"):
        found, wanted = (evaluate(Markov(each.train_log), getattr(each, part)) for each in (split, whole))
        assert found.metrics == wanted.metrics


def test_ids_that_are_numbers_in_one_part_and_text_in_another_meet_as_text():
    split = given_split(read([(1, 7, 1), (1, 8, 2)]), read([(1, 9, 3)]), read([(1, "new", 4), (1, "7", 5)]))
    assert list(split.log.item_ids) == [None, "7", "8", "9", "new"] and list(split.log.user_ids) == [1]
    numbers = given_split(read([(1, 10, 1), (1, 8, 2)]), read([(1, 9, 3)]), read([(1, 11, 4)]))
    assert list(numbers.log.item_ids) == [None, 8, 9, 10, 11]


def test_events_features_and_times_that_do_not_go_together():
    columns = ("user", "item", "time", "event", "price")
    parts = [
        read([(1, 1, 1, "view", 2.0), (1, 2, 2, "buy", 3.0)], columns),
        read([(1, 3, 3, "cart", 1.0)], columns),
        read([(1, 4, 1, "buy", "dear")], columns),
    ]
    split = given_split(*parts)
    names = np.asarray(split.log.event_names)
    assert names[split.log.events].tolist() == ["view", "buy", "cart", "buy"]
    assert split.log.features == {} and "not in every part, so left out: price" in split.report.notes
    assert "1 users have a row of a later part that is older than one before it" in split.report.notes
    bare = read([(1, 9)], ("user", "item"), name="bare")
    with pytest.raises(DataError, match="bare: no times, but other parts have them"):
        given_split(parts[0], parts[1], bare)
    with pytest.raises(DataError, match="part: no test row has a history before it"):
        given_split(parts[0], parts[1], read([(2, 1, 1, "buy", 1.0)], columns))


def test_duplicates_by_event():
    columns = ("user", "item", "time", "event")
    rows = [
        *((1, 5, 1, "view"), (1, 5, 2, "buy"), (1, 5, 3, "view"), (1, 5, 4, "buy"), (1, 6, 5, "view")),
        *((1, 6, 6, "view"), (2, 5, 7, "view")),
    ]
    kept = {
        "view=first": [1, 2, 4, 5, 7],
        "view=last": [2, 3, 4, 6, 7],
        "view=first, buy=first": [1, 2, 5, 7],
        "buy=keep": [1, 2, 3, 4, 5, 6, 7],
    }
    for policy, times in kept.items():
        log = read(rows, columns, duplicates=policy)
        assert sorted(log.times) == times, policy
    report = read(rows, columns, duplicates={"view": "first"}).report
    assert [str(entry) for entry in report.dropped] == [
        "2 interactions: same user and item by view, first kept"
    ]
    with pytest.raises(DataError, match="user 1 meets item 5 a second time"):
        read(rows, columns, duplicates="buy=error")
    with pytest.raises(ValueError, match="unknown event 'veiw': did you mean view"):
        read(rows, columns, duplicates="veiw=first")
    with pytest.raises(ValueError, match="unknown duplicate policy 'once'"):
        read(rows, columns, duplicates="view=once")
    with pytest.raises(DataError, match="duplicates by event, and there is no event column: pass event"):
        read([(1, 1, 1)], duplicates="view=first")
