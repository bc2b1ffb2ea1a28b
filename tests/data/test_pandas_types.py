"""Columns of a DataFrame of any type: read, refused by name, or, where nobody needs them, left out."""

import datetime
import decimal
import uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from seqrec_lib.data import DataError, read_interactions

N = 4
BASE = {"user": [1, 1, 2, 2], "item": [1, 2, 3, 4], "time": [1e9, 1e9 + 1, 1e9, 1e9 + 2]}
COLUMNS = {
    "period": pd.Series(pd.period_range("2020-01", periods=N, freq="M")),
    "interval": pd.Series(pd.interval_range(0, N)),
    "category of numbers": pd.Series([1, 2, 1, 2], dtype="category"),
    "category of words": pd.Series(list("abab"), dtype="category"),
    "Int64": pd.Series([1, None, 3, 4], dtype="Int64"),
    "mixed": pd.Series([1, "a", 2, "b"], dtype=object),
    "complex": pd.Series([1j, 2, 3, 4]),
    "uuid": pd.Series([uuid.UUID(int=n) for n in range(N)]),
    "date": pd.Series([datetime.date(2020, 1, n + 1) for n in range(N)]),
    "time": pd.Series([datetime.time(1, 2, n) for n in range(N)]),
    "zoned": pd.Series(pd.date_range("2020", periods=N, tz="Europe/Berlin")),
    "duration": pd.Series(pd.to_timedelta([1, 2, 3, 4], unit="s")),
    "decimal": pd.Series([decimal.Decimal(n) for n in range(N)]),
    "bytes": pd.Series([b"a", b"b", b"\xff", b"d"]),
    "sparse": pd.Series(pd.arrays.SparseArray([1, 2, 0, 0])),
    "set": pd.Series([{1}, {2}, {1}, {3}]),
    "dict": pd.Series([{"a": 1}] * N),
    "lists": pd.Series([[1, 2], [3], [4], [5]]),
    "bool": pd.Series([True, False, True, True]),
    "float16": pd.Series([1, 2, 3, 4], dtype="float16"),
    "infinite": pd.Series([1, 2, np.inf, 4]),
    "nothing": pd.Series([None] * N, dtype=object),
    "objects": pd.Series([object() for _ in range(N)]),
    "too large": pd.Series([2**70] * N, dtype=object),
    "unsigned": pd.Series([2**63 + 5] * N, dtype="uint64"),
    "half a letter": pd.Series(["a\ud800"] * N, dtype=object),
}


@pytest.mark.parametrize("role", ["user", "item", "time", "event", "title", "more"])
@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_is_read_or_refused_by_name(kind, role):
    frame = pd.DataFrame({**BASE, role: COLUMNS[kind]})
    try:
        log = read_interactions(frame)
    except DataError as error:
        assert role != "more" and repr(role) in str(error) and ": " in str(error)
    else:
        assert len(log) == N or kind == "lists"  # a row a user, so more rows


@pytest.mark.parametrize("kind", ["mixed", "complex", "objects", "too large", "half a letter", "uuid", "set"])
def test_a_column_that_nobody_needs_is_left_out_with_a_note(kind):
    log = read_interactions(pd.DataFrame({**BASE, "more": COLUMNS[kind]}))
    assert log.features == {} and any("'more'" in note and "left out" in note for note in log.report.notes)


def test_whole_decimals_and_categories_are_ids_as_they_are_written():
    for kind, ids in (
        ("decimal", [0, 1, 2, 3]),
        ("category of words", ["a", "b"]),
        ("float16", [1, 2, 3, 4]),
    ):
        log = read_interactions(pd.DataFrame({**BASE, "item": COLUMNS[kind]}))
        assert list(log.item_ids[1:]) == ids
    broken = pd.Series([decimal.Decimal("1.5")] * N)
    with pytest.raises(DataError, match="column 'item': 1.5 is not a whole number"):
        read_interactions(pd.DataFrame({**BASE, "item": broken}))


def notes_of(**columns):
    frame = pd.DataFrame({**BASE, **{name: pd.Series(values) for name, values in columns.items()}})
    return " ".join(read_interactions(frame).report.notes)


def test_times_that_may_be_something_else_are_told():
    days = [20200131, 20200201, 20191231, 20200101]
    assert "such as 20200201 look like days" in notes_of(time=days)
    assert "--date-format %Y%m%d" in notes_of(time=days)
    assert "look like days" not in notes_of(time=[20200131, 20201301, 20191231, 20200101])
    assert "look like days" not in notes_of()
    coarse = np.array([1.6e9, 1.6e9 + 1, 1.6e9, 1.6e9 + 2], dtype="float32")
    assert "moments apart that are 128 seconds or more apart" in notes_of(time=coarse)
    assert "float32" not in notes_of(time=np.array([1, 2, 3, 4], dtype="float32"))


def test_an_empty_list_of_items_is_told():
    frame = pd.DataFrame({"user": [1, 2, 3], "item": [[1, 2], [], None]})
    log = read_interactions(frame)
    assert len(log) == 2 and "2 rows have no item in their list, so no interaction" in log.report.notes


@pytest.mark.parametrize(
    ("cells", "type_"),
    [
        ([np.ones((2, 2))] * N, "ndarray"),
        ([pd.DataFrame({"a": [1]})] * N, "DataFrame"),
        ([1j] * N, "complex"),
    ],
)
def test_objects_of_one_type_that_no_column_holds_are_named_by_it(cells, type_):
    frame = pd.DataFrame({**BASE, "item": pd.Series(cells, dtype=object)})
    with pytest.raises(DataError, match=f"column 'item': objects of type {type_} cannot be read: make them"):
        read_interactions(frame)
    log = read_interactions(pd.DataFrame({**BASE, "more": pd.Series(cells, dtype=object)}))
    assert "more" not in log.features and any("'more'" in note for note in log.report.notes)


def test_sparse_columns_are_read_as_what_they_hold():
    log = read_interactions(pd.DataFrame({**BASE, "item": COLUMNS["sparse"], "user": COLUMNS["sparse"]}))
    assert list(log.item_ids[1:]) == [0, 1, 2] and log.users.tolist() == [0, 0, 1, 2]
    nothing = pd.arrays.SparseArray([np.nan] * N)
    with pytest.raises(DataError, match="column 'item': no item id .4 rows."):
        read_interactions(pd.DataFrame({**BASE, "item": nothing}))


def test_runs_are_read_and_calendar_spans_are_no_feature():
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 4], pa.int32()), pa.array([7, 9]))
    spans = pa.array([pa.MonthDayNano([1, 0, 0])] * N)
    table = pa.table({name: values for name, values in {**BASE, "item": runs, "span": spans}.items()})
    log = read_interactions(table.to_pandas(types_mapper=pd.ArrowDtype))
    assert list(log.item_ids[1:]) == [7, 9] and log.items.tolist() == [1, 1, 2, 2]
    assert any("'span' is left out" in note for note in log.report.notes)
    for role, what in (("event", "an event"), ("user", "the id of a user")):
        frame = pa.table({**BASE, role: spans}).to_pandas(types_mapper=pd.ArrowDtype)
        with pytest.raises(DataError, match=f"column '{role}': month_day_nano_interval cannot be {what}"):
            read_interactions(frame)
