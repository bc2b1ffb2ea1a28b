"""Random tables: the right interactions, or a ``DataError`` that says where and what to do.

The suite tries 100 of each kind; ``SEQREC_FUZZ=10000`` tries so many.
"""

import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from fuzz_tables import examples, write
from fuzz_types import SHOWN, as_source, odd_tables
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqrec_lib.data import DataError, read_interactions

NUMBER = int(os.environ.get("SEQREC_FUZZ", "100"))
HOW = settings(
    max_examples=NUMBER,
    deadline=None,
    database=None,
    derandomize="SEQREC_FUZZ" not in os.environ,
    suppress_health_check=list(HealthCheck),
)


def found_in(log):
    """The rows of a log as ``(user, item, seconds)``."""
    times = [None] * len(log) if log.times is None else log.times.tolist()
    users, items = log.user_ids[log.users], log.item_ids[log.items]
    return [(str(u), str(i), t) for u, i, t in zip(users, items, times, strict=True)]


def advises(error):
    """Whether a message names its source and goes on to say what to do."""
    return ": " in str(error) and len(str(error).rpartition(": ")[2].split()) >= 2


def test_the_layouts_of_the_readme_are_read():
    """Each is read as it was written; at most one in twenty may be refused, with advice."""
    seen = Counter()

    @HOW
    @given(examples())
    def one(example):
        with tempfile.TemporaryDirectory() as folder:
            source, options = write(example, Path(folder))
            try:
                log = read_interactions(source, **options)
            except DataError as error:
                assert advises(error), error
                seen["refused"] += 1
                return
        assert found_in(log) == example.expected
        assert log.report.rows_read == len(example.users)
        seen["read"] += 1

    one()
    assert seen["read"] >= 0.95 * sum(seen.values()), seen


@pytest.mark.parametrize("kind", ["parquet", "arrow", "pandas", "native"])
def test_no_type_of_column_ends_in_a_traceback(kind):
    """Columns of any type: each row under the ids that stand in it, or the message names the column."""
    read = Counter()

    @HOW
    @given(odd_tables(native=kind == "native"), st.sampled_from(["error", "drop"]))
    def one(made, bad_rows):
        table, numbers, kinds, holes = made
        plain = {kinds["user"], kinds["item"]} <= set(SHOWN) and not {"user", "item"} & holes
        with tempfile.TemporaryDirectory() as folder:
            source = as_source(table, kind, Path(folder))
            if source is None:
                read["no such file"] += 1
                return
            try:
                log = read_interactions(source, bad_rows=bad_rows)
            except DataError as error:
                assert any(repr(name) in str(error) for name in kinds), error
                assert advises(error), error
                read["refused"] += 1
                assert not (plain and set(kinds) <= {"user", "item", "more"}), error  # nothing was at fault
                return
        assert len(log) <= len(numbers["user"]) * 2  # a list of two items is two rows
        if plain:
            shown = [[SHOWN[kinds[role]](n) for n in numbers[role]] for role in ("user", "item")]
            found, right = Counter(row[:2] for row in found_in(log)), Counter(zip(*shown, strict=True))
            read["whole" if found == right else "part"] += 1
            assert found <= right and (found == right or bad_rows == "drop")
        else:
            read["read, with a missing id or a type without one"] += 1

    one()
    print(f"{kind}: {dict(read)}")  # for a long run, with -s
    assert read["whole"]
