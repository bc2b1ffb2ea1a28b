"""Layouts that people have: each is read as it is, or the message names the option that reads it."""

import gzip
import json
import zipfile

import pandas as pd
import pytest
from test_readers import CSV, SORTED, rows
from tiny_logs import write

from seqrec_lib.data import DataError, read_interactions
from seqrec_lib.messages import InputError

SHORT = {"ids": lambda value: value if isinstance(value, str) and len(value) < 14 else "-"}
PASS = "pass columns='user,item,time'"
BARE = CSV.split("\n", 1)[1]  # without its header
FRAME = pd.DataFrame({"user": list("baab"), "item": list("yxyx"), "time": [30, 20, 10, 40]})
TWO = {"user": ["a", "b"], "item": [["y", "x"], ["y", "x"]], "time": [[10, 20], [30, 40]], "city": ["A", "B"]}


def zipped(folder, name, **members):
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in members.items():
            archive.writestr(member.replace("__", "."), text)
    return path


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("log.csv", BARE, {"columns": "user,item,time"}),
        ("log.csv.gz", gzip.compress(BARE.encode(), mtime=0), {"columns": ["user", "item", "time"]}),
        ("log.dat", BARE.replace(",", "::"), {"columns": "user,item,time"}),
        ("log.dat", BARE.replace(",", "::"), {"columns": "user, item, time", "sep": "::"}),
        ("log.data", BARE.replace(",", "\t"), {"columns": "user,item,time"}),
        ("log.txt", BARE.replace(",", " "), {"columns": "user,item,time"}),
        ("log.log", BARE.replace(",", "~~"), {"columns": "user,item,time", "sep": "~~"}),
        ("log.csv", BARE.replace(",", ",5,", 1).replace(",x,", ",5,x,").replace("a,y", "a,5,y"),
         {"columns": "user,-,item,time"}),
        ("log.csv", '"b","y",30\n"a","x",20\n"a","y",10\n"b","x",40\n', {"columns": "user,item,time"}),
        ("log.csv", CSV.replace(",", "^"), {"sep": "^"}),
        ("log.dat", CSV.replace(",", "::"), {"sep": "::"}),
        ("log.csv", FRAME.to_csv(), {}),
        ("log.jsonl", FRAME.to_json(orient="records", lines=True), {}),
        ("log.json", FRAME.to_json(orient="records"), {}),
        ("log.ndjson.gz", gzip.compress(FRAME.to_json(orient="records", lines=True).encode(), mtime=0), {}),
        ("log.jsonl", "\n".join(json.dumps({k: v[i] for k, v in TWO.items()}) for i in (0, 1)), {}),
    ],
    **SHORT,
)  # fmt: skip
def test_a_text_is_read(tmp_path, name, text, options):
    if "-" in str(options.get("columns", "")):
        text = "b,5,y,30\na,5,x,20\na,5,y,10\nb,5,x,40\n"
    log = read_interactions(write(tmp_path, text, name), **options)
    assert rows(log) == SORTED and log.report.rows_read == 4


def test_a_line_a_user(tmp_path):
    path = write(tmp_path, "a y x\nb\ty  x\n\n", "seq.txt")
    log = read_interactions(path, format="sequences")
    pairs = list(zip(log.user_ids[log.users], log.item_ids[log.items], strict=True))
    assert pairs == [(user, item) for user, item, _ in SORTED]
    with pytest.raises(DataError, match="line 3: a user and no item"):
        read_interactions(write(tmp_path, "a y\nb x\nc\n", "seq.txt"), format="sequences")
    with pytest.raises(DataError, match="line 2: user 'a' has line 1 too"):
        read_interactions(write(tmp_path, "a y\na x\n", "seq.txt"), format="sequences")


def test_parquet_parts_and_rows_that_hold_a_history(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    FRAME[:2].to_parquet(folder / "part-0.parquet")
    FRAME[2:].to_parquet(folder / "part-1.parquet")
    (folder / "_SUCCESS").touch()
    (folder / "_meta.parquet").write_text("no part")
    assert rows(read_interactions(folder)) == SORTED
    pd.DataFrame(TWO).to_parquet(tmp_path / "lists.parquet")
    log = read_interactions(tmp_path / "lists.parquet")
    assert rows(log) == SORTED and list(log.features["city"]) == ["A", "A", "B", "B"]
    plural = pd.DataFrame(TWO).rename(columns={"item": "items", "time": "timestamps"})
    assert rows(read_interactions(plural)) == SORTED  # a list may be called by what it holds
    with pytest.raises(DataError, match="no item column; the columns are user, items"):
        read_interactions(pd.DataFrame({"user": ["a"], "items": ["x"]}))  # one item is no list
    FRAME.rename(columns={"time": "when"})[:2].to_parquet(folder / "part-2.parquet")
    with pytest.raises(
        DataError, match=r"part-2.parquet: has other columns than part-0.parquet \(time, when\)"
    ):
        read_interactions(folder)
    pd.DataFrame({**TWO, "time": [[10, 20], [30]]}).to_parquet(tmp_path / "lists.parquet")
    with pytest.raises(DataError, match=r"row 1 \(counting from 0\), column 'time': 1 values beside 2 items"):
        read_interactions(tmp_path / "lists.parquet")


def test_a_fault_of_a_spread_row_names_the_row_that_the_reader_has_open(tmp_path):
    pd.DataFrame({**TWO, "time": [[10, 20], [30, -4]]}).to_parquet(tmp_path / "lists.parquet")
    with pytest.raises(DataError, match=r"row 1 \(counting from 0\), column 'time'"):
        read_interactions(tmp_path / "lists.parquet")
    lines = '\n{"user": "a", "item": "x", "time": 1}\n\n{"user": "b", "item": null, "time": 2}\n'
    with pytest.raises(DataError, match="line 4, column 'item': no item id"):
        read_interactions(write(tmp_path, lines, "log.jsonl"))


def test_a_zip_with_one_table_and_the_later_movielens(tmp_path):
    assert (
        rows(read_interactions(zipped(tmp_path, "log.zip", **{"data/log__csv": CSV, "readme__md": "x"})))
        == SORTED
    )
    with pytest.raises(DataError, match="holds several tables"):
        read_interactions(zipped(tmp_path, "two.zip", a__csv=CSV, b__csv=CSV))
    with pytest.raises(DataError, match="holds no table and is not MovieLens"):
        read_interactions(zipped(tmp_path, "none.zip", readme__md="x"))
    films = 'movieId,title,genres\n10,"One, Two (1999)",Drama\n20,Three,Comedy\n'
    ratings = "userId,movieId,rating,timestamp\n2,10,4.0,30\n1,20,3.5,20\n1,10,1.0,10\n2,20,5.0,40\n"
    members = {"ml/ratings__csv": ratings, "ml/movies__csv": films, "ml/tags__csv": "userId,tag\n1,x\n"}
    path = zipped(tmp_path, "ml-latest-small.zip", **members)
    log = read_interactions(path, k_core=0)
    assert rows(log) == [(1, 10, 10.0), (1, 20, 20.0), (2, 10, 30.0), (2, 20, 40.0)]
    assert log.titles == ["", "One, Two (1999)", "Three"]
    folder = tmp_path / "ml"
    folder.mkdir()
    (folder / "ratings.csv").write_text(ratings)
    (folder / "movies.csv").write_text(films)
    assert rows(read_interactions(folder, k_core=0)) == rows(log)


@pytest.mark.parametrize(
    ("name", "text", "options", "said"),
    [
        ("log.csv", BARE, {}, "line 1: the first line holds data, not names.*" + PASS),
        ("log.csv", "u1,i5,4,10\nu2,i6,3,20\n", {}, "pass columns='user,item,rating,time'"),
        ("log.dat", "1::2::5::30\n", {}, "ending '.dat' says no format.*'user,item,rating,time'"),
        ("log.txt", "a x 10\na y 20\n", {}, "line 1: 3 values where 2 are expected.*" + PASS),
        ("log.txt", "a x y z w\n", {}, "user and all items of this user, pass format='sequences'"),
        ("log.csv", BARE, {"columns": "user,item"}, "3 values, divided by ',', where 2 are expected"),
        ("log.csv", CSV, {"columns": "user,item,time"}, "line 1 holds the names of the columns"),
        ("log.dat", "1:2:30\n", {"columns": "user,item,time"}, "pass sep='the sign between the columns'"),
        ("log.csv", BARE, {"columns": "who,item,time"}, "no user column"),
        ("log.csv", ",user,item\n7,a,x\n", {}, "column 1 of the header has no name"),
        ("log.jsonl", '{"user": "a", "item": "x"}\n{"user": "a", \n', {}, "line 2: not one whole JSON"),
        ("log.jsonl", '{"user": "a", "item": "x"}\n[1]\n', {}, "line 2: list is no object"),
        ("log.json", "[]", {}, "the file is empty"),
    ],
    **SHORT,
)  # fmt: skip
def test_what_cannot_be_read_without_guessing_says_what_to_pass(tmp_path, name, text, options, said):
    with pytest.raises(DataError, match=said):
        read_interactions(write(tmp_path, text, name), **options)


def test_columns_by_place_are_for_text(tmp_path):
    FRAME.to_parquet(tmp_path / "log.parquet")
    with pytest.raises(InputError, match="columns and sep are for a text"):
        read_interactions(tmp_path / "log.parquet", columns="user,item,time")


def test_a_column_that_can_be_no_feature_is_left_out_and_the_report_says_so():
    frame = FRAME.assign(tags=[["a"], [], ["b"], None], raw=[b"1", b"2", b"3", None])
    log = read_interactions(frame)
    assert set(log.features) == set() and rows(log) == SORTED
    said = " ".join(log.report.notes)
    assert "column 'tags' is left out" in said and "column 'raw' is left out" in said
