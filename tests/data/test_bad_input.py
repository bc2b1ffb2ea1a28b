"""Bad files, folders and frames: each message names the place and what to do."""

import builtins
import gzip
import re

import numpy as np
import pandas as pd
import pytest
from tiny_logs import holds, layout_100k, write, write_zip

from seqrec_lib.data import DataError, read_interactions

HEAD = "user,item,time\n1,2,10\n"

FILES = {
    "cut-off gzip": (
        "a.txt.gz",
        gzip.compress(b"1 2\n" * 99)[:-9],
        ["a.txt.gz: the gzip file is cut off", "fetch it again"],
    ),
    "damaged gzip": (
        "a.txt.gz",
        gzip.compress(b"1 2\n" * 99)[:-8] + bytes(8),
        ["a.txt.gz: the gzip file is cut off or broken"],
    ),
    "gzip in name only": ("a.txt.gz", b"1 2\n", ["a.txt.gz: the name ends in .gz but the file is not gzip"]),
    "empty gzip": ("a.txt.gz", gzip.compress(b""), ["a.txt.gz: the file inside is empty"]),
    "ragged pairs": (
        "a.txt",
        b"1 2\n1 2 3\n",
        ["a.txt, line 2: 3 values where 2 are expected", "add a header line"],
    ),
    "damaged zip": ("a.zip", b"PK\x03\x04nothing", ["a.zip: not a zip, or a damaged one", "fetch it again"]),
    "not Parquet": ("a.parquet", b"user,item\n", ["a.parquet: not a Parquet file", "export it again"]),
    "unknown ending": (
        "a.dat",
        b"1 2\n",
        ["a.dat: the ending '.dat' says no format", "else give the format, one of csv"],
    ),
}


@pytest.mark.parametrize("case", FILES, ids=[name.replace(" ", "-") for name in FILES])
def test_bad_file(tmp_path, case):
    name, text, parts = FILES[case]
    with pytest.raises(DataError) as caught:
        read_interactions(write(tmp_path, text, name))
    assert holds(str(caught.value), parts), str(caught.value)


FRAMES = {
    "mixed types": (
        {"user": [1, "a"], "item": [1, 2]},
        ["DataFrame, column 'user': mixed types, int", "str", "astype(str)"],
    ),
    "NaN user": (
        {"user": [1.0, None], "item": [1, 2]},
        ["DataFrame, row 1 (counting from 0), column 'user': no user id"],
    ),
    "a fraction": (
        {"user": [1, 2], "item": [1, 2.5]},
        ["row 1 (counting from 0), column 'item': 2.5 is not a whole number"],
    ),
    "an endless id": ({"user": [1, 2], "item": [1, np.inf]}, ["column 'item': inf is not a whole number"]),
    "a float32 that merges ids": (
        {"user": [1, 2], "item": np.array([5, 2**24 + 1], dtype=np.float32)},
        [
            "row 1 (counting from 0), column 'item': 16777216 may stand for several item ids",
            "float32",
            "text",
        ],
    ),
    "a float64 that merges ids": (
        {"user": [1.0, 2**53 + 1], "item": [1, 2]},
        ["row 1 (counting from 0), column 'user': 9007199254740992 may stand for several user ids"],
    ),
    "a whole number that is too large": (
        {"user": [1, 2**70], "item": [1, 2]},
        [
            "DataFrame, row 1 (counting from 0), column 'user': 1180591620717411303424 is too large",
            "astype(str)",
        ],
    ),
    "truth as an id": (
        {"user": [1], "item": [True]},
        ["DataFrame, column 'item': bool cannot be the id of an item"],
    ),
    "no rows": ({"user": [], "item": []}, ["DataFrame: names and no rows"]),
}


@pytest.mark.parametrize("case", FRAMES, ids=[name.replace(" ", "-") for name in FRAMES])
def test_bad_frame(case):
    columns, parts = FRAMES[case]
    with pytest.raises(DataError) as caught:
        read_interactions(pd.DataFrame(columns))
    assert holds(str(caught.value), parts), str(caught.value)


def test_doubled_column_of_a_frame():
    frame = pd.DataFrame([[1, 2, 3]], columns=["user", "item", "item"])
    with pytest.raises(DataError, match="DataFrame: column 'item' stands in the header twice"):
        read_interactions(frame)


def test_neither_path_nor_frame():
    with pytest.raises(DataError, match="cannot read a list: give a path or a DataFrame"):
        read_interactions([1, 2])


def test_missing_file_names_its_neighbours(tmp_path):
    write(tmp_path, HEAD, "ratings.csv")
    with pytest.raises(DataError, match=r"rating\.csv: no such file: did you mean 'ratings\.csv'\?"):
        read_interactions(tmp_path / "rating.csv")


def test_path_that_is_a_folder(tmp_path):
    (tmp_path / "log.csv").mkdir()
    with pytest.raises(DataError, match=r"log\.csv: is a folder, not a file: name the file inside it"):
        read_interactions(tmp_path / "log.csv")
    with pytest.raises(DataError, match=r"is a folder without u\.data or ratings\.dat"):
        read_interactions(tmp_path)


def test_unreadable_file(tmp_path, monkeypatch):
    path = write(tmp_path, HEAD)
    real = builtins.open

    def refuse(name, *args, **kwargs):
        if str(name) == str(path):
            raise PermissionError(13, "Permission denied")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", refuse)
    with pytest.raises(DataError, match=r"log\.csv: no permission to read it: check the rights of the file"):
        read_interactions(path)


def test_zip_without_the_expected_member(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"notes/readme.md": b"hello"})
    with pytest.raises(DataError) as caught:
        read_interactions(path)
    assert holds(str(caught.value), ["a.zip: the zip holds no table and is not MovieLens", "notes/readme.md"])


def test_bad_row_in_movielens_names_member_and_line(tmp_path):
    files = layout_100k()
    files["ml-100k/u.data"] += b"1\t2\n"
    path = write_zip(tmp_path / "a.zip", files)
    with pytest.raises(DataError, match=r"a\.zip: ml-100k/u\.data, line 49: 2 values where 4 are expected"):
        read_interactions(path)
    for bad in ("nonsense", "\xb2|Square|x"):  # a digit, but no number
        films = {**layout_100k(), "ml-100k/u.item": f"1|One|x\n{bad}\n".encode("latin-1")}
        with pytest.raises(DataError, match=rf"u\.item, line 2: not 'id, title, …' but '{re.escape(bad)}'"):
            read_interactions(write_zip(tmp_path / "b.zip", films))


@pytest.mark.parametrize("sign", ["\n", "\r"])
def test_an_id_with_a_line_break_in_a_frame_is_no_matter_of_quotes(sign):
    frame = pd.DataFrame({"user": ["a", "a"], "item": ["x", f"1{sign}2"], "time": [1, 2]})
    with pytest.raises(
        DataError, match="row 1 .*'item': .* several lines: take the line breaks out"
    ) as caught:
        read_interactions(frame)
    assert "quote" not in str(caught.value)
