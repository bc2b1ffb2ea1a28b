"""Bad text files: each case has the message that a person needs: file, row, column, what to do."""

import csv

import pandas as pd
import pytest
from tiny_logs import holds, write

from seqrec_lib.data import DataError, read_interactions

HEAD = "user,item,time\n1,2,10\n"
ONCE = "".join(f"{user},{user},5\n" for user in range(3, 6))

# name: (text, options, what the message must hold, in order)
TEXTS = {
    "missing user": (
        "usr,item\n1,2\n",
        {},
        ["log.csv: no user column", "usr, item", "did you mean 'usr'?", "pass user="],
    ),
    "missing item": ("user,thing\n1,2\n", {}, ["log.csv: no item column", "user, thing", "pass item="]),
    "asked column missing": (
        HEAD,
        {"time": "tim"},
        ["log.csv: no column 'tim' for the time", "did you mean 'time'?"],
    ),
    "one column, two roles": (
        HEAD,
        {"user": "item", "item": "item"},
        ["log.csv: column 'item' was given two roles"],
    ),
    "doubled column": (
        "user,item,item\n1,2,3\n",
        {},
        ["log.csv: column 'item' stands in the header twice", "rename"],
    ),
    "two user columns": (
        "user,user_id,item\n1,1,2\n",
        {},
        ["'user' and 'user_id' both look like the user", "pass user="],
    ),
    "nameless column": ("user,,item\n1,2,3\n", {}, ["log.csv: column 2 of the header has no name"]),
    "quote that stays open, lines of a carriage return": (
        'user,item,note\r1,2,"x\r1,3,y\r1,4,z\r',
        {},
        ["log.csv, line 2", "double quote"],
    ),
    "id over two lines of a carriage return": (
        'user,item\r1,3\r1,"2\r3"\r',
        {},
        ["log.csv, line 3", "several lines"],
    ),
    "empty file": ("", {}, ["log.csv: the file is empty", "needs a header and at least one row"]),
    "blank file": ("\n \n", {}, ["log.csv: the file is empty"]),
    "header only": ("user,item,time\n\n", {}, ["log.csv: a header and no rows", "at least one interaction"]),
    "no header": (
        "1,2,3\n1,3,4\n",
        {},
        ["log.csv, line 1: the first line holds data", "add a header such as user,item"],
    ),
    "one column": ("user\n1\n", {}, ["log.csv, line 1: only one column, 'user'", "separate the columns"]),
    "long row": (
        HEAD + "1,2,3,4\n",
        {},
        ["log.csv, line 3: 4 values where 3 are expected (user, item, time)", "mend"],
    ),
    "short row": (HEAD + "\n1,2\n", {}, ["log.csv, line 4: 2 values where 3 are expected", "mend that line"]),
    "mixed types": (
        HEAD + "1,3,soon\n",
        {},
        ["log.csv, line 3, column 'time': mixed types, 'soon'", "like '10'"],
    ),
    "NaN user": (
        "user,item\n1,2\nNaN,3\nnan,3\n",
        {},
        ["log.csv, line 3, column 'user': no user id (2 rows)", "delete"],
    ),
    "no user id": (
        "user,item\n1,2\n,3\n",
        {},
        ["log.csv, line 3, column 'user': no user id (1 row)", "fill it in"],
    ),
    "no item id": ("user,item\n1,2\n\n1,null\n", {}, ["log.csv, line 4, column 'item': no item id (1 row)"]),
    "no time": (HEAD + "1,3,\n", {}, ["log.csv, line 3, column 'time': no time (1 row)", "fill it in"]),
    "NaN time": (HEAD + "1,3,nan\n", {}, ["log.csv, line 3, column 'time': no time (1 row)"]),
    "no event": ("user,item,event\n1,2,buy\n1,3,\n", {}, ["log.csv, line 3, column 'event': no event type"]),
    "negative time": (
        HEAD + "1,3,-7\n",
        {},
        ["log.csv, line 3, column 'time': time -7 is negative", "mend or delete"],
    ),
    "date before 1970": (
        "user,item,time\n1,2,1969-01-01\n",
        {},
        ["log.csv, line 2, column 'time'", "before 1970"],
    ),
    "milliseconds": (
        HEAD + "1,3,1600000000000\n",
        {},
        ["line 3, column 'time'", "absurd", "pass time_unit='ms'"],
    ),
    "one time in milliseconds among seconds": (
        HEAD + "1,3,1600000000000\n1,4,1600000100\n1,5,1600000200\n",
        {},
        ["line 3, column 'time'", "absurd, after the year 2100 (1 row): mend or delete the row"],
    ),
    "absurd time": (
        HEAD + "1,3,1e300\n",
        {},
        ["line 3, column 'time': time 1e+300 s is absurd", "mend or delete"],
    ),
    "endless time": (HEAD + "1,3,inf\n", {}, ["line 3, column 'time': time inf s is absurd"]),
    "two date formats": (
        "user,item,time\n1,2,2020-01-31\n1,3,31/01/2020\n",
        {},
        ["log.csv, line 3, column 'time': '31/01/2020' is not written like '2020-01-31'", "YYYY-MM-DD"],
    ),
    "ambiguous dates": (
        "user,item,time\n1,2,03/02/2020\n",
        {},
        ["line 2, column 'time': '03/02/2020' can be read as %m/%d/%Y or %d/%m/%Y", "pass date_format="],
    ),
    "no date at all": (
        "user,item,time\n1,2,soon\n",
        {},
        ["line 2, column 'time': 'soon' is no time that can be read"],
    ),
    "date beside a number": (
        HEAD + "1,3,2020-01-01\n",
        {},
        ["line 3", "'2020-01-01' is not a number like '10'"],
    ),
    "open quote": (
        'user,item\n1,"2\n1,3\n',
        {},
        ["log.csv, line 2: a double quote opens a field and does not close", "mend or remove it"],
    ),
    "open quote in a note": (
        'user,item,note\n1,2,fine\n1,4,"x\n' + "1,3,y\n" * 40_000,
        {},
        ["log.csv, line 3: a double quote opens a field and does not close"],
    ),
    "open quote that another one closes": (
        'user,item,note\n1,2,"x\n1,3,y\n1,4,"z\n1,5,w\n',
        {},
        ["log.csv, line 2: a double quote opens", "where the field ends"],
    ),
    "open quote before more than one block": (
        'user,item,note\n1,2,"x\n' + "1,3,y\n" * 3_000_000,
        {},
        ["log.csv, line 2: a double quote opens"],
    ),
    "id in quotes over two lines": (
        'user,item\n1,3\n1,"2\n3"\n',
        {},
        ["log.csv, line 3, column 'item': the item id runs over several lines", "closes in a later line"],
    ),
    "long row over two lines": (
        'user,item\n1,2\n1,"a\nb",c\n',
        {},
        ["log.csv, line 3: 3 values where 2 are expected"],
    ),
    "wrong encoding": (
        b"user,item\n1,2\n1,caf\xe9\n",
        {},
        ["log.csv, line 3: byte 0xe9 is not UTF-8", "encoding='latin-1'"],
    ),
    "wrong encoding in the header": (
        b"user,item,caf\xe9\n1,2,3\n",
        {},
        ["log.csv, line 1: byte 0xe9 is not UTF-8"],
    ),
    "wrong encoding, lines that end in CR": (
        b"user,item\r1,2\r1,caf\xe9\r",
        {},
        ["log.csv, line 3: byte 0xe9 is not UTF-8"],
    ),
    "UTF-16": ("user,item\n1,2\n".encode("utf-16"), {}, ["log.csv: this is UTF-16 text", "save it as UTF-8"]),
    "zip named csv": (b"PK\x03\x04" + bytes(50), {}, ["log.csv: this is a zip archive", "true name"]),
    "binary named csv": (
        b"\x07user,item\x00\x01",
        {},
        ["log.csv: this is a binary file", "export it as CSV"],
    ),
    "duplicate": (
        HEAD + "1,2,11\n",
        {"duplicates": "error"},
        ["log.csv, line 3: user 1 meets item 2 a second time"],
    ),
    "nobody left": (HEAD + ONCE, {"k_core": 2}, ["log: no user is left after k_core=2", "smaller k"]),
}


@pytest.mark.parametrize("case", TEXTS, ids=[name.replace(" ", "-") for name in TEXTS])
def test_bad_text(tmp_path, case):
    text, options, parts = TEXTS[case]
    limit = csv.field_size_limit()
    with pytest.raises(DataError) as caught:
        read_interactions(write(tmp_path, text), **options)
    assert holds(str(caught.value), parts), str(caught.value)
    assert csv.field_size_limit() == limit


LINES = "user,item,time\n" + "".join(f"u{u},é{(u + n) % 9},{10**9 + n}\n" for u in range(9) for n in range(5))
BARE = LINES.split("\n", 1)[1]
WRITTEN = {
    "log.csv": (LINES, {}),
    "log.tsv": (LINES.replace(",", "\t"), {}),
    "log.dat": (BARE.replace(",", "::"), {"columns": "user,item,time", "sep": "::"}),
    "log.txt": ("".join(line.rpartition(",")[0].replace(",", " ") + "\n" for line in BARE.split()), {}),
    "log.jsonl": (
        "\n".join(
            '{{"user": "{}", "item": "{}", "time": {}}}'.format(*line.split(",")) for line in BARE.split()
        ),
        {},
    ),
}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_text_in_another_encoding_is_read_or_the_encoding_is_named(tmp_path, name, encoding):
    text, options = WRITTEN[name]
    path = write(tmp_path, text.encode(encoding), name)
    log = read_interactions(path, encoding=encoding, **options)
    assert len(log) == 45 and log.item_ids[1] == "é0"
    for other in ("utf-16", "utf-8", "utf-32", "ascii"):
        try:
            log = read_interactions(path, encoding=other, **options)
            assert len(log) == 45 and log.item_ids[1] == "é0"
        except DataError as error:
            assert path.name in str(error) and ": " in str(error)
    if encoding in ("utf-16", "utf-32"):
        with pytest.raises(DataError, match=f"or pass encoding='{encoding}'"):
            read_interactions(path, **options)


def test_text_that_reads_as_missing_is_quoted_and_can_be_kept(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user,item\n1,NA\n1,x\n2,none\n2,x\n")
    with pytest.raises(DataError, match=r"line 2, column 'item': no item id .*since 'NA' is taken for none"):
        read_interactions(path, bad_rows="error")
    path.write_text(path.read_text() + "3,\n3,x\n")
    with pytest.raises(DataError, match="line 6, column 'item': no item id .1 row.: fill it in"):
        read_interactions(path, keep_na=True)  # nothing at all is no id still
    log = read_interactions(path, keep_na=True, bad_rows="drop")
    assert list(log.item_ids[1:]) == ["NA", "none", "x"] and len(log) == 5
    assert len(read_interactions(path, bad_rows="drop")) == 3
    frame = pd.DataFrame({"user": ["null", "b"], "item": [1, 2]})
    assert list(read_interactions(frame, keep_na=True).user_ids) == ["b", "null"]
    with pytest.raises(DataError, match="keep such text as an id .keep_na=True, --keep-na."):
        read_interactions(frame)
