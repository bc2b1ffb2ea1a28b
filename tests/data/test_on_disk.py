"""A log sorted on disk equals one sorted in memory: ids, order, ties, errors; its memory has a bound."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqrec_lib.data import leave_one_out, read_interactions
from seqrec_lib.data.errors import DataError
from seqrec_lib.messages import InputError

pytest.importorskip("duckdb")


def frame(rows=3_000, seed=0, words=False):
    """Users in no order, few moments, so that most rows tie with another of their user."""
    rng = np.random.default_rng(seed)
    users, items = rng.integers(0, 40, rows) * 7, rng.zipf(1.3, rows) % 90
    if words:
        users, items = [f"u{n}" if n % 2 else f" Ü{n} " for n in users], [f"{n:03d}" for n in items]
    return pd.DataFrame({"user": users, "item": items, "time": rng.integers(0, 60, rows) * 86_400 + 10**9})


def write(table, place, kind):
    if kind == "csv":
        table.to_csv(place.with_suffix(".csv"), index=False)
        return place.with_suffix(".csv")
    if kind == "parquet":
        table.to_parquet(place.with_suffix(".parquet"), index=False, row_group_size=500)
        return place.with_suffix(".parquet")
    place.mkdir()
    cuts = [0, 700, 701, 2_000, len(table)]  # users and moments go on from one part to the next
    for number, (start, stop) in enumerate(zip(cuts, cuts[1:], strict=False)):
        table[start:stop].to_parquet(place / f"part-{number:02d}.parquet", index=False)
    return place


@pytest.mark.parametrize("kind", ["csv", "parquet", "parts"])
@pytest.mark.parametrize("words", [False, True], ids=["numbers", "words"])
def test_what_comes_from_disk_is_what_comes_from_memory(tmp_path, kind, words):
    path = write(frame(words=words), tmp_path / "log", kind)
    disk, memory = read_interactions(path, memory_gb=0.2), read_interactions(path)
    assert ((np.diff(memory.users) == 0) & (np.diff(memory.times) == 0)).sum() > 500  # ties are the matter
    for name in ("users", "items", "times", "user_ids", "item_ids"):
        np.testing.assert_array_equal(getattr(disk, name), getattr(memory, name), strict=name != "user_ids")
    assert isinstance(disk.users, np.memmap) and disk.name == memory.name == "log"
    one, other = leave_one_out(disk, 20), leave_one_out(memory, 20)
    assert (one.train.items == other.train.items).all() and (one.test.target == other.test.target).all()


def test_a_log_without_times_keeps_its_order(tmp_path):
    path = write(frame().drop(columns="time"), tmp_path / "log", "csv")
    np.testing.assert_array_equal(read_interactions(path, memory_gb=0.2).items, read_interactions(path).items)


def test_dates_of_parquet_are_times(tmp_path):
    table = frame()
    table["time"] = pd.to_datetime(table["time"], unit="s")
    path = write(table, tmp_path / "log", "parquet")
    np.testing.assert_array_equal(read_interactions(path, memory_gb=0.2).times, read_interactions(path).times)


@pytest.mark.parametrize(
    ("column", "value", "match"),
    [
        ("user", "", r"row 8 of the data, column 'user': no user id \(1 rows\)"),
        ("item", "nan", "row 8 of the data, column 'item': no item id"),
        ("time", "soon", "row 8 of the data, column 'time': no time in seconds"),
        ("time", "-3", "row 8 of the data, column 'time'"),
    ],
)
def test_a_bad_row_is_named(tmp_path, column, value, match):
    table = frame().astype(object)
    table.loc[7, column] = value
    with pytest.raises(DataError, match=match):
        read_interactions(write(table, tmp_path / "log", "csv"), memory_gb=0.2)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"memory_gb": 0.01}, "must be at least"),
        ({"memory_gb": 1, "k_core": 5}, "leave k_core out"),
        ({"memory_gb": 1, "time_unit": "h"}, "time_unit"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, options, match):
    with pytest.raises(InputError, match=match):
        read_interactions(write(frame(), tmp_path / "log", "csv"), **options)


def test_without_duckdb_one_sentence_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(InputError, match=r"pip install 'seqrec_lib\[practice\]'"):
        read_interactions(write(frame(), tmp_path / "log", "csv"), memory_gb=0.2)


PEAK = """
import sys
from seqrec_lib.data import read_interactions
options = {} if sys.argv[2] == "memory" else {"memory_gb": float(sys.argv[2])}
import duckdb, torch
def kilobytes(name):
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])
open("/proc/self/clear_refs", "w").write("5")  # the peak of the imports is forgotten
before = kilobytes("VmRSS")
log = read_interactions(sys.argv[1], **options)
print(len(log), (kilobytes("VmHWM") - before) / 1e6)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux alone's")
def test_two_million_rows_stay_within_their_memory(tmp_path):
    rng = np.random.default_rng(0)
    for part in range(4):
        rows = 500_000
        pd.DataFrame(
            {
                "user": rng.integers(0, 50_000, rows), "item": rng.zipf(1.2, rows) % 20_000,
                "time": rng.integers(1_500_000_000, 1_600_000_000, rows),
            }
        ).to_parquet(tmp_path / f"part-{part}.parquet", index=False)  # fmt: skip
    place = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    told = {}
    for how in ("0.1", "memory"):
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(tmp_path), how],
            env=place,
            capture_output=True,
            text=True,
            check=True,
        )
        told[how] = [float(each) for each in done.stdout.split()]
    assert told["0.1"][0] == told["memory"][0] == 2_000_000
    assert told["0.1"][1] < 0.1 + 0.1  # the engine's limit, and what the maps and DuckDB's own buffers take
    assert told["memory"][1] > told["0.1"][1]  # the bound is worth something
