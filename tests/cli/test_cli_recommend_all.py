"""``recommend --data``: lists for every user of a log, in the log's own ids."""

import json

import numpy as np
import pandas as pd
import pytest

from seqrec_lib import load_run
from seqrec_lib.data import leave_one_out, read_interactions

ODD = ["Tea, green", "mug", "pot", "cup 5", "jar", "tin"]


@pytest.fixture
def odd(tmp_path, call):
    """A log with commas and spaces in its ids, 30 users with 1 to 5 items; a Markov run of it."""
    rng = np.random.default_rng(3)
    rows = [
        (f"user {user}, Ltd" if user % 2 else f"u{user}", ODD[item], 1.6e9 + 1000 * n + user)
        for user in range(30)
        for n, item in enumerate(rng.permutation(6)[: 1 + user % 5])
    ]
    path, run = tmp_path / "odd.csv", tmp_path / "run"
    pd.DataFrame(rows, columns=["user", "item", "time"]).to_csv(path, index=False)
    assert call("fit", "--data", path, "--model", "markov", "--out", run, "--quiet").code == 0
    return path, run


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_every_user_gets_the_list_of_their_whole_history(odd, call, tmp_path, suffix):
    path, run = odd
    out = tmp_path / "new" / f"lists.{suffix}"
    found = call("recommend", "--run", run, "--data", path, "--k", 2, "--out", out)
    assert found.code == 0 and f"lists for 30 users, 54 rows in {out}" in found.err
    assert "6 users get fewer than 2 items" in found.err  # who has met five of the six
    table = pd.read_csv(out) if suffix == "csv" else pd.read_parquet(out)
    assert list(table.columns) == ["user", "item", "rank", "score"]
    loaded = load_run(run)
    for user, history in pd.read_csv(path).groupby("user"):
        wanted = loaded.recommend([history["item"].tolist()], k=2)[0]  # a user of one item is there too
        mine = table[table["user"] == user]
        assert mine["item"].tolist() == [row["item"] for row in wanted]
        assert mine["rank"].tolist() == [row["rank"] for row in wanted]
        assert mine["score"].tolist() == pytest.approx([row["score"] for row in wanted])


def test_some_users_and_some_items_that_nobody_is_shown(odd, call, fails, tmp_path):
    path, run = odd
    users, items, out = (tmp_path / name for name in ("users.txt", "items.txt", "lists.csv"))
    users.write_text("\ufeffuser 3, Ltd\n\nu0\nuser 3, Ltd\n", encoding="utf-8")
    items.write_text("Tea, green\ncup 5\n")
    where = ["recommend", "--run", run, "--data", path, "--out", out]
    assert call(*where, "--users", users, "--exclude", items, "--k", 1).code == 0
    table = pd.read_csv(out)
    assert table["user"].tolist() == ["user 3, Ltd", "u0"]  # as they were asked for, each once
    assert not set(table["item"]) & {"Tea, green", "cup 5"}
    before = out.read_bytes()
    users.write_text("user 3, Ltd\nu99\n")
    assert "odd: unknown user id 'u99'" in fails(*where, "--users", users)
    items.write_text("Tea green\n")
    assert "unknown item id 'Tea green': did you mean 'Tea, green'" in fails(*where, "--exclude", items)
    items.write_text("\n")
    assert "--exclude" in fails(*where, "--exclude", items) and out.read_bytes() == before
    assert "no such file" in fails(*where, "--users", tmp_path / "absent.txt")
    users.write_bytes(b"\xff\xfe\x00u")
    assert "not a UTF-8 text file: write one id a line" in fails(*where, "--users", users)


def test_excluded_items_leave_the_list_of_one_history_too(odd, call, tmp_path):
    _, run = odd
    items = tmp_path / "items.txt"
    items.write_text("pot\njar\n")
    words = ["recommend", "--run", run, "--history", "mug 'cup 5'", "--exclude", items, "--json", "-"]
    assert {row["item"] for row in json.loads(call(*words).out)} == {"Tea, green", "tin"}


def test_a_newer_log_with_items_that_the_run_does_not_know(odd, call, tmp_path):
    path, run = odd
    later, out = tmp_path / "later.csv", tmp_path / "lists.csv"
    more = "u0,kettle,1700000000\nnobody,kettle,1700000001\nu0,mug,1700000002\n"
    later.write_text(path.read_text() + more)
    found = call("recommend", "--run", run, "--data", later, "--out", out, "--k", 3)
    assert "1 items in 2 rows are not in the run: they are left out of histories" in found.err
    assert "1 user has no item that the run knows: the most popular items are given" in found.err
    table = pd.read_csv(out)
    history = [
        item for item in read_interactions(later).frame.query("user == 'u0'")["item"] if item != "kettle"
    ]
    assert history[-1] == "mug"
    counts = leave_one_out(read_interactions(path)).train_log.frame["item"].value_counts()
    mine = table[table["user"] == "nobody"]
    assert mine["score"].tolist() == sorted(counts, reverse=True)[:3]
    assert mine["score"].tolist() == [counts[item] for item in mine["item"]]
    wanted = [row["item"] for row in load_run(run).recommend([history], k=3)[0]]
    assert table[table["user"] == "u0"]["item"].tolist() == wanted


def test_a_moment_is_refused_by_a_model_that_does_not_read_it(odd, call, fails, tmp_path):
    path, _ = odd
    run = tmp_path / "markov"
    assert call("fit", "--data", path, "--model", "markov", "--out", run, "--quiet").code == 0
    ask = ["recommend", "--run", run, "--at", "2001-01-01"]
    for more in (["--history", "mug"], ["--data", path, "--out", tmp_path / "lists.csv"]):
        assert "markov does not read when the next item is asked for" in fails(*ask, *more)


def test_recent_popularity_is_asked_just_after_the_last_row_or_at_a_moment(odd, call, fails, tmp_path):
    path, _ = odd
    run, out = tmp_path / "recent", tmp_path / "lists.csv"
    assert call("fit", "--data", path, "--model", "recent-popularity", "--out", run, "--quiet").code == 0
    assert "none is said: pass --at" in fails("recommend", "--run", run, "--history", "mug")
    where = ["recommend", "--run", run, "--data", path, "--out", out]
    last = read_interactions(path).times.max() + 1
    tables = []
    for more in ([], ["--at", last], ["--at", "2001-01-01"]):
        assert call(*where, *more).code == 0
        tables.append(pd.read_csv(out))
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert tables[0]["score"].max() > 1 > tables[2]["score"].max()  # nothing had happened by 2001


@pytest.mark.parametrize(
    "words, message",
    [
        ([], 'give --history "ID ID ID" for one history, or --data'),
        (["--history", "mug", "--data", "x.csv"], "for one history, or --data"),
        (["--history", "mug", "--users", "x.txt"], "--users belongs to --data"),
        (["--history", "mug", "--out", "x.csv"], "--out belongs to --data"),
        (["--data", "x.csv"], "--data needs --out FILE"),
        (["--data", "x.csv", "--out", "x.txt"], "--out x.txt: the name must end in .csv or .parquet"),
        (["--data", "x.csv", "--out", "y.csv", "--json", "-"], "--json belongs to --history"),
    ],
)
def test_flags_that_do_not_go_together(odd, fails, words, message):
    assert message in fails("recommend", "--run", odd[1], *words)
