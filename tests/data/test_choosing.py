"""Rows that are not wanted: other events, low grades, and bad rows on request; each is counted."""

import pandas as pd
import pytest
from tiny_logs import write

from seqrec_lib.data import DataError, read_interactions
from seqrec_lib.messages import InputError

UGLY = (
    "user,item,time,event,rating\n"
    "a,x,10,view,4\n"
    "a,y,20,buy,5\n"
    "a,z,30\n"  # too short
    ",y,40,view,3\n"  # no user
    "b,x,soon,view,2\n"  # no time that can be read
    "b,y,50,buy,3\n"
    "b,,60,view,1\n"  # no item
    "b,z,-5,view,4\n"  # before 1970
    "b,z,70,view,4,9\n"  # too long
    "b,x,80,view,\n"
)


def rows(log):
    return list(zip(log.user_ids[log.users], log.item_ids[log.items], log.times, strict=True))


GOOD = [("a", "x", 10.0), ("a", "y", 20.0), ("b", "y", 50.0), ("b", "x", 80.0)]


def test_bad_rows_are_left_out_on_request_and_each_kind_is_counted(tmp_path):
    path = write(tmp_path, UGLY, "ugly.csv")
    with pytest.raises(DataError, match="line 4"):
        read_interactions(path)
    log = read_interactions(path, bad_rows="drop")
    assert rows(log) == GOOD
    assert log.report.rows_read == 10 and sum(d.count for d in log.report.dropped) == 6
    said = " | ".join(map(str, log.report.dropped))
    assert "2 interactions: not 5 values in their line" in said
    assert "line 5, column 'user': no user id" in said and "line 8, column 'item': no item id" in said
    assert "line 6, column 'time'" in said and "is negative" in said


def test_bad_rows_of_a_frame_and_of_a_text_without_a_header(tmp_path):
    frame = pd.DataFrame({"user": ["a", None, "b"], "item": ["x", "y", "z"], "time": [1.0, 2.0, None]})
    log = read_interactions(frame, bad_rows="drop")
    assert rows(log) == [("a", "x", 1.0)] and [d.count for d in log.report.dropped] == [1, 1]
    path = write(tmp_path, UGLY.split("\n", 1)[1], "ugly.dat")
    assert rows(read_interactions(path, columns="user,item,time,event,rating", bad_rows="drop")) == GOOD


def test_a_file_of_bad_rows_alone_is_an_error_still(tmp_path):
    with pytest.raises(DataError, match="no user id"):
        read_interactions(write(tmp_path, "user,item\n,x\n,y\n", "log.csv"), bad_rows="drop")
    with pytest.raises(InputError, match="policy for bad rows 'skip'"):
        read_interactions(pd.DataFrame({"user": [1], "item": [2]}), bad_rows="skip")


def test_events_and_grades_are_chosen_before_anything_else(tmp_path):
    path = write(tmp_path, UGLY, "ugly.csv")
    log = read_interactions(path, events="buy", bad_rows="drop")
    assert rows(log) == [GOOD[1], GOOD[2]]
    assert "6 interactions: other events than buy" in map(str, log.report.dropped)
    log = read_interactions(path, least_rating=4, bad_rows="drop")
    assert rows(log) == GOOD[:2]
    assert "5 interactions: rating below 4, or missing" in map(str, log.report.dropped)
    with pytest.raises(InputError, match="unknown event in column 'event' 'bye'"):
        read_interactions(path, events=["bye"], bad_rows="drop")
    with pytest.raises(DataError, match="no event column: pass event"):
        read_interactions(pd.DataFrame({"user": [1], "item": [2]}), events="buy")
    with pytest.raises(DataError, match="no column called"):
        read_interactions(pd.DataFrame({"user": [1], "item": [2]}), least_rating=3)


def test_a_row_keeps_its_place_when_others_have_gone(tmp_path):
    text = "user,item,time,event\na,x,10,view\na,y,20,buy\nb,y,oops,buy\n"
    with pytest.raises(DataError, match="line 4, column 'time'"):
        read_interactions(write(tmp_path, text, "log.csv"), events="buy")
