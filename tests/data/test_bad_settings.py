"""Wrong names, and logs that are too small or lack times: the nearest name, or what to bring."""

import re

import pytest
from tiny_logs import write

from seqrec_lib.data import (
    DataError,
    leave_one_out,
    load_source,
    movielens,
    read_interactions,
    simulate,
    temporal_split,
)

HEAD = "user,item,time\n1,2,10\n"
ONCE = "".join(f"{user},{user},5\n" for user in range(3, 6))

NAMES = {
    "duplicate policy": (
        lambda path: read_interactions(path, duplicates="frist"),
        "unknown duplicate policy 'frist': did you mean first?",
    ),
    "format": (
        lambda path: read_interactions(path, format="cvs"),
        "unknown format 'cvs': did you mean csv?",
    ),
    "time unit": (
        lambda path: read_interactions(path, time_unit="min"),
        "unknown time_unit 'min': use one of s, ms",
    ),
    **{  # hex is a codec, but not one of text
        f"encoding {name}": (
            lambda path, name=name: read_interactions(path, encoding=name),
            f"unknown encoding {name!r}: use for example utf-8",
        )
        for name in ("latin-0", "hex")
    },
    "negative core": (
        lambda path: read_interactions(path, k_core=-1),
        "k_core is -1: use 0 (off) or a count",
    ),
    "data set": (lambda path: movielens("ml-1mm"), "unknown data set 'ml-1mm': did you mean ml-1m or"),
    "world": (lambda path: simulate("vidoe"), "unknown world 'vidoe': did you mean video?"),
    "world in a source": (
        lambda path: load_source("world:vidoe:users=9"),
        "unknown world 'vidoe': did you mean video?",
    ),
    "world setting": (
        lambda path: load_source("world:video:user=9"),
        "unknown world setting 'user': did you mean users",
    ),
    "world setting without a value": (
        lambda path: load_source("world:video:users"),
        "'users' is no setting: write world:video:users=100",
    ),
    "world value": (
        lambda path: load_source("world:video:users=many"),
        "users='many' is not a number that fits",
    ),
    "no world users": (
        lambda path: load_source("world:video:users=0"),
        "users='0' is not a number that fits",
    ),
    "source": (lambda path: load_source("ml100k"), "unknown source 'ml100k': did you mean ml-100k"),
    "target": (
        lambda path: temporal_split(read_interactions(path), target="lats"),
        "unknown target 'lats': did you mean last?",
    ),
}


@pytest.mark.parametrize("case", NAMES, ids=[name.replace(" ", "-") for name in NAMES])
def test_unknown_names_give_the_nearest(tmp_path, case):
    call, message = NAMES[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        call(write(tmp_path, HEAD))


def test_one_interaction_users(tmp_path):
    log = read_interactions(write(tmp_path, "user,item,time\n" + ONCE))
    with pytest.raises(DataError, match="log: no user has 3 interactions, so nothing can be tested"):
        leave_one_out(log)
    long = "".join(f"1,{item},{item}\n" for item in range(1, 6))
    split = leave_one_out(read_interactions(write(tmp_path, "user,item,time\n" + long + ONCE)))
    assert len(split.test) == 1
    assert "3 users with fewer than 3 interactions are in training only" in str(split.report)


@pytest.mark.parametrize("max_len", [0, -3])
def test_max_len_below_one(tmp_path, max_len):
    log = read_interactions(write(tmp_path, "user,item\n1,1\n1,2\n1,3\n1,4\n"))
    with pytest.raises(DataError, match=f"max_len is {max_len}: a history needs room for at least 1 item"):
        leave_one_out(log, max_len=max_len)


def test_max_len_beyond_every_history_costs_nothing(tmp_path):
    log = read_interactions(write(tmp_path, "user,item\n1,1\n1,2\n1,3\n1,4\n"))
    split = leave_one_out(log, max_len=10_000)
    assert split.test.batch.items.tolist() == [[1, 2, 3]]
    assert split.train.items.tolist() == [[1]]


def test_too_little_to_learn_from(tmp_path):
    log = read_interactions(write(tmp_path, "user,item\n1,1\n1,2\n1,3\n"))
    with pytest.raises(DataError, match="no user has 2 training interactions, so nothing can be learned"):
        leave_one_out(log)


def test_untimed_log_has_no_moment(tmp_path):
    log = read_interactions(write(tmp_path, "user,item\n1,1\n1,2\n1,3\n1,4\n"))
    with pytest.raises(DataError, match="log: no times, so no moment can divide it: use leave_one_out"):
        temporal_split(log)


@pytest.mark.parametrize(
    ("moments", "message"),
    [
        ({"at": 5000}, "the test part is empty; times run from 1 to 40"),
        ({"at": 0.5, "validation_at": 0.1}, "the training part is empty"),
        ({"at": 20, "validation_at": 30}, "validation_at 30 is not before at 20"),
        ({"at": "some day"}, "'some day' is not a moment: give seconds or a date"),
        ({"at": "2003-02-28"}, "the test part is empty"),
    ],
)
def test_moments_that_leave_nothing(tmp_path, moments, message):
    lines = "".join(
        f"{user},{item},{10 * (item - 1) + user}\n" for user in range(1, 11) for item in range(1, 5)
    )
    log = read_interactions(write(tmp_path, "user,item,time\n" + lines))
    with pytest.raises(DataError, match=message):
        temporal_split(log, **moments)
