"""Every kind of log comes out as the same thing: sorted, numbered, nothing lost."""

import gzip

import numpy as np
import pandas as pd
import pytest
from tiny_logs import layout_1m, layout_100k, write, write_folder, write_zip

from seqrec_lib.data import DataError, Interactions, load_source, read_interactions

CSV = "user,item,time\nb,y,30\na,x,20\na,y,10\nb,x,40\n"


def rows(log):
    """The log's rows with its own ids."""
    return list(zip(log.user_ids[log.users], log.item_ids[log.items], log.times, strict=True))


SORTED = [("a", "y", 10.0), ("a", "x", 20.0), ("b", "y", 30.0), ("b", "x", 40.0)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.csv", CSV),
        ("log.tsv", CSV.replace(",", "\t")),
        ("log.csv", CSV.replace(",", ";")),
        ("log.csv", CSV.replace("\n", "\r\n")),
        ("log.csv", CSV.replace("\n", "\r")),
        ("log.csv", "\r\r" + CSV.replace("\n", "\r")),
        ("log.csv", "\ufeff" + CSV),
        ("log.csv", CSV.replace("\n", "\n\n")),
        ("log.csv", CSV.replace(",", " , ")),
        ("log.csv.gz", gzip.compress(CSV.encode())),
        (
            "log.inter",
            CSV.replace("user,item,time", "user_id:token,item_id:token,timestamp:float").replace(",", "\t"),
        ),
    ],
    ids=["csv", "tsv", "semicolon", "crlf", "cr", "blank-cr", "bom", "blank-lines", "spaces", "gz", "inter"],
)
def test_text_with_a_header(tmp_path, name, text):
    log = read_interactions(write(tmp_path, text, name))
    assert rows(log) == SORTED
    assert log.report.rows_read == len(log) == 4
    assert log.report.dropped == ()


def test_parquet_and_frame_agree_with_csv(tmp_path):
    frame = pd.DataFrame(
        {"user": ["b", "a", "a", "b"], "item": ["y", "x", "y", "x"], "time": [30, 20, 10, 40]}
    )
    frame.to_parquet(tmp_path / "log.parquet")
    assert rows(read_interactions(tmp_path / "log.parquet")) == SORTED
    assert rows(read_interactions(frame)) == SORTED


@pytest.mark.parametrize("user", ["user", "user_id", "userId", "USER ID", "visitorid"])
@pytest.mark.parametrize("item", ["item", "item_id", "movieId", "parent_asin"])
@pytest.mark.parametrize("time", ["time", "timestamp", "unixReviewTime"])
def test_usual_names_are_found(tmp_path, user, item, time):
    log = read_interactions(write(tmp_path, f"{time},{item},{user}\n5,7,1\n"))
    assert rows(log) == [(1, 7, 5.0)]


def test_columns_can_be_mapped(tmp_path):
    path = write(tmp_path, "wer,was,wann,user\n1,7,5,x\n")
    log = read_interactions(path, user="wer", item="was", time="wann")
    assert rows(log) == [(1, 7, 5.0)]
    assert log.features["user"].tolist() == ["x"]


def test_ids_are_numbered_in_their_own_order(tmp_path):
    log = read_interactions(write(tmp_path, "user,item\n10,30\n9,100\n10,4\n"))
    assert log.user_ids.tolist() == [9, 10]
    assert log.item_ids.tolist() == [None, 4, 30, 100]
    assert log.items.tolist() == [3, 2, 1]


def test_leading_zeros_keep_ids_apart(tmp_path):
    log = read_interactions(write(tmp_path, "user,item\n1,007\n1,7\n"))
    assert log.item_ids.tolist() == [None, "007", "7"]
    assert "'007', line 2" in str(log.report)


def test_large_whole_numbers_stay_exact(tmp_path):
    ids = [2**53 + 1, 2**53 + 2]
    log = read_interactions(write(tmp_path, f"user,item\n1,{ids[0]}\n\n1,{ids[1]}\n"))
    assert log.item_ids.tolist() == [None, *ids]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1600000000", 1600000000.0),
        ("1600000000.5", 1600000000.5),
        ("2020-01-02", 1577923200.0),
        ("2020-01-02 03:04:05", 1577934245.0),
        ("2020-01-02T03:04:05Z", 1577934245.0),
        ("2020-01-02T03:04:05+01:00", 1577930645.0),
        ("13/01/2020", 1578873600.0),
        ("01/13/2020 00:00", 1578873600.0),
        ("13.01.2020", 1578873600.0),
    ],
)
def test_times_become_seconds_utc(tmp_path, text, seconds):
    log = read_interactions(write(tmp_path, f"user,item,time\n1,2,{text}\n"))
    assert log.times.dtype == np.float64
    assert log.times.tolist() == [seconds]


def test_time_unit_and_date_format(tmp_path):
    path = write(tmp_path, "user,item,time\n1,2,1600000000500\n")
    assert read_interactions(path, time_unit="ms").times.tolist() == [1600000000.5]
    path = write(tmp_path, "user,item,time\n1,2,03/02/2020\n")
    assert read_interactions(path, date_format="%d/%m/%Y").times.tolist() == [1580688000.0]


def test_date_format_of_whole_numbers_in_a_frame():
    frame = pd.DataFrame({"user": [1, 1], "item": [1, 2], "time": [20200102, 20200103]})
    assert read_interactions(frame, date_format="%Y%m%d").times.tolist() == [1577923200.0, 1578009600.0]
    frame["time"] = frame["time"].astype(float)
    with pytest.raises(DataError, match="DataFrame, column 'time': double has no date_format: make the col"):
        read_interactions(frame, date_format="%Y%m%d")


def test_quotes_that_close_may_hold_lines_and_others_are_letters(tmp_path):
    text = 'user,item,note\n1,2,"two\nlines"\n1,3,5" pipe\n1,4,"say ""so"", twice"\n'
    log = read_interactions(write(tmp_path, text))
    assert log.features["note"].tolist() == ["two\nlines", '5" pipe', 'say "so", twice']


def test_an_encoding_of_two_bytes(tmp_path):
    log = read_interactions(write(tmp_path, CSV.replace("\n", "\r\n").encode("utf-16")), encoding="utf-16")
    assert rows(log) == SORTED


def test_a_letter_of_two_bytes_is_no_end_of_a_line(tmp_path):
    """The letter č is 0D 01 in UTF-16, and 0D alone ends a line of a text in bytes."""
    text = "user,item,cena\u010d\n1,2,3\n1,4,5\n"
    log = read_interactions(write(tmp_path, text.encode("utf-16")), encoding="utf-16")
    assert list(log.features) == ["cena\u010d"]


def test_frame_with_dates_and_categories():
    frame = pd.DataFrame(
        {
            "user": pd.Categorical(["a", "b"]),
            "item": [1, 2],
            "time": pd.to_datetime(["2020-01-02", "2020-01-03"]),
        }
    )
    log = read_interactions(frame)
    assert log.times.tolist() == [1577923200.0, 1578009600.0]
    assert log.frame["user"].tolist() == ["a", "b"]


def test_equal_times_keep_the_input_order(tmp_path):
    rng = np.random.default_rng(3)
    table = [(int(rng.integers(3)), item, int(rng.integers(2))) for item in rng.permutation(600).tolist()]
    lines = "".join(f"{user},{item},{time}\n" for user, item, time in table)
    log = read_interactions(write(tmp_path, "user,item,time\n" + lines))
    expected = sorted(table, key=lambda row: (row[0], row[2]))  # Python's sort is stable
    assert rows(log) == [(user, item, float(time)) for user, item, time in expected]


def test_event_title_and_features_are_kept(tmp_path):
    text = "user,item,time,event,title,price,shop\n1,5,20,buy,Lamp,2.5,north\n1,4,10,view,Rug,,south\n"
    log = read_interactions(write(tmp_path, text))
    assert log.titles == ["", "Rug", "Lamp"]
    assert log.event_names == ["", "buy", "view"]
    assert log.events.tolist() == [2, 1]
    np.testing.assert_array_equal(log.features["price"], [np.nan, 2.5])
    assert log.features["shop"].tolist() == ["south", "north"]


def test_the_first_row_with_a_title_names_its_item(tmp_path):
    text = "user,item,title\n1,5,\n1,4,Rug\n2,5, \n2,5,Lamp\n3,5,Lantern\n3,6,\n"
    assert read_interactions(write(tmp_path, text)).titles == ["", "Rug", "Lamp", ""]
    frame = pd.DataFrame({"user": [1, 2, 3], "item": [5, 5, 5], "title": ["", None, "Lamp"]})
    assert read_interactions(frame).titles == ["", "Lamp"]


def test_a_feature_that_mixes_numbers_and_words_is_text_and_told(tmp_path):
    log = read_interactions(write(tmp_path, "user,item,price\n1,2,3.5\n1,3,cheap\n"))
    assert log.features["price"].tolist() == ["3.5", "cheap"]
    assert "'cheap', line 3" in str(log.report)


@pytest.mark.parametrize("name", ["pairs.txt", "pairs.txt.gz"])
@pytest.mark.parametrize("sign", [" ", "\t"])
def test_headerless_pairs(tmp_path, name, sign):
    text = f"2{sign}9\n1{sign}8\n1{sign}3\n2{sign}8\n".encode()
    log = read_interactions(write(tmp_path, gzip.compress(text) if name.endswith("gz") else text, name))
    assert log.times is None
    assert log.item_ids[log.items].tolist() == [8, 3, 9, 8]
    assert log.users.tolist() == [0, 0, 1, 1]
    assert "no time column" in str(log.report)


def test_pairs_take_titles_from_their_companion(tmp_path):
    path = write(tmp_path, "1 8\n1 3\n", "pairs.txt")
    write(tmp_path, "item\ttitle\n3\tThe Third\n8\tThe Eighth\n", "pairs-items.tsv")
    assert read_interactions(path).titles == ["", "The Third", "The Eighth"]


def test_titles_are_found_for_ids_that_are_text(tmp_path):
    path = write(tmp_path, "1 8\n1 a3\n1 \xb2\n", "pairs.txt")
    write(tmp_path, "item\ttitle\na3\tThe Third\n 8 \tThe Eighth\n\xb2\tThe Square\n", "pairs-items.tsv")
    assert read_interactions(path).titles == ["", "The Eighth", "The Third", "The Square"]
    files = layout_100k()
    files["ml-100k/u.data"] += b"1\tx9\t5\t2000\n"
    log = read_interactions(write_zip(tmp_path / "ml.zip", files), k_core=0)
    assert log.titles == ["", *(f"Caf\xe9 {film} (1995)" for film in range(1, 7)), ""]


@pytest.mark.parametrize("files", [layout_100k(), layout_1m()], ids=["100k", "1m"])
@pytest.mark.parametrize("packed", [True, False])
def test_movielens_layouts(tmp_path, files, packed):
    path = write_zip(tmp_path / "ml.zip", files) if packed else write_folder(tmp_path / "ml", files)
    log = read_interactions(path)
    assert log.describe() == {"users": 8, "items": 6, "interactions": 48, "name": "ml"}
    assert log.titles[1] == "Caf\xe9 1 (1995)"
    assert log.item_features["genres"][1].split("|")[0] == "Action"
    assert log.features["rating"][0] == 3.0
    assert rows(log)[0] == (1, 1, 1011.0)


def test_movielens_drops_rare_films_by_default_and_says_so(tmp_path):
    files = layout_100k()
    files["ml-100k/u.data"] += b"1\t99\t5\t2000\n"
    path = write_zip(tmp_path / "ml.zip", files)
    log = read_interactions(path)
    assert len(log) == 48
    assert [(d.count, d.what) for d in log.report.dropped] == [(1, "items"), (1, "interactions")]
    assert "5-core" in str(log.report)
    whole = read_interactions(path, k_core=0)
    assert len(whole) == 49
    assert whole.titles[-1] == ""


def test_report_prints_what_went_and_what_did_not(tmp_path):
    path = write(tmp_path, "user,item,time\n1,2,1\n1,2,2\n1,3,3\n")
    assert "dropped  nothing" in str(read_interactions(path).report)
    log = read_interactions(path, duplicates="first")
    assert "dropped  1 interaction: same user and item, first kept" in str(log.report)
    assert log.report.as_dict()["dropped"][0]["count"] == 1
    assert len(log) + sum(d.count for d in log.report.dropped) == log.report.rows_read


def test_frame_gives_the_log_back(tmp_path):
    log = read_interactions(write(tmp_path, CSV))
    again = read_interactions(log.frame)
    assert rows(again) == rows(log)
    assert "4 interactions" in repr(log)


def test_a_log_checks_itself():
    ids = np.array([None, 5], dtype=object)
    good = {
        "users": np.array([0, 0]),
        "items": np.array([1, 1]),
        "times": None,
        "user_ids": np.array([7]),
        "item_ids": ids,
    }
    assert len(Interactions(**good)) == 2
    for change, message in [
        ({"items": np.array([1])}, "items has 1 rows, users has 2"),
        ({"items": np.array([0, 1])}, "items must lie between 1 and 1"),
        ({"users": np.array([1, 0])}, "users must rise from 0 to 0"),
        ({"titles": ["x"]}, "1 titles for 2 entries"),
    ]:
        with pytest.raises(ValueError, match=message):
            Interactions(**{**good, **change})


def test_load_source_knows_files_and_worlds(tmp_path):
    log, world = load_source(str(write(tmp_path, CSV)))
    assert world is None and len(log) == 4
    log, world = load_source("world:video:users=20,seed=3")
    assert log.n_users == 20 and world.log is log
    same, _ = load_source("world:video:seed=3,users=20")
    np.testing.assert_array_equal(same.items, log.items)


def test_ties_in_time_are_told(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user,item,time\n1,a,5\n1,b,5\n2,c,5\n1,d,7\n2,a,5\n", encoding="utf-8")
    told = [note for note in read_interactions(path).report.notes if "same time" in note]
    assert told == ["2 rows have the same time as their user's row before: they stand as in the file"]


@pytest.mark.parametrize(
    ("last", "unit", "early"), [(1.6e9, "s", False), (1.6e9, "ms", True), (9, "s", False)]
)
def test_times_that_all_lie_before_1980_are_told(tmp_path, last, unit, early):
    path = tmp_path / "log.csv"
    path.write_text(f"user,item,time\n1,a,{last - 5:.0f}\n1,b,{last:.0f}\n", encoding="utf-8")
    told = read_interactions(path, time_unit=unit).report.notes
    assert bool([note for note in told if "is their unit right?" in note]) == early
