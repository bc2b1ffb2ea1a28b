"""``recommend``: histories of which nothing is known, ids with quotes, candidates, seen items in or out."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest

from seqrec_lib import load_run
from seqrec_lib.experiments import RecommendationNote
from seqrec_lib.files import write_json

IDS = ["O'Brien", 'the "best" of', "a b", "pot", "jar", "tin"]


@pytest.fixture(params=["markov", "popularity", "gru4rec"])
def run(request, tmp_path, call):
    """A log with quotes and spaces in its ids, 30 users with 3 to 6 of 6 items, and a run of one model."""
    rng = np.random.default_rng(5)
    rows = [
        (f"u{user}", IDS[item], 1.6e9 + 1000 * n + user)
        for user in range(30)
        for n, item in enumerate(rng.permutation(6)[: 3 + user % 4])
    ]
    path, folder = tmp_path / "log.csv", tmp_path / "run"
    pd.DataFrame(rows, columns=["user", "item", "time"]).to_csv(path, index=False)
    small = ["--epochs", 1, "--dim", 4, "--device", "cpu"] if request.param == "gru4rec" else []
    words = ["fit", "--data", path, "--model", request.param, *small, "--out", folder, "--quiet"]
    assert call(*words).code == 0
    return path, folder


def shown(found):
    return [row["item"] for row in json.loads(found.out)]


def test_an_empty_history_gets_the_most_popular_items_and_says_so(run, call):
    path, folder = run
    log = pd.read_csv(path)
    counts = log.groupby("user", sort=False).apply(lambda g: g[:-2])["item"].value_counts()
    for history in ("", "kettle", " "):
        found = call("recommend", "--run", folder, "--history", history, "--json", "-", "--quiet")
        assert found.code == 0 and "1 history has no item that the run knows: the most popular" in found.err
        rows = json.loads(found.out)
        assert [row["score"] for row in rows] == sorted((counts.get(i, 0) for i in IDS), reverse=True)
        assert all(row["score"] == counts.get(row["item"], 0) for row in rows)
        assert ("unknown item id 'kettle'" in found.err) == (history == "kettle")


def test_python_warns_and_gives_a_list_to_each(run):
    loaded = load_run(run[1], "cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (alone,) = loaded.recommend([["pot"]], k=3)
    with pytest.warns(RecommendationNote) as told:
        lists = loaded.recommend([["pot", "kettle"], [], ["pot"], IDS], k=3)
    items = [[row["item"] for row in rows] for rows in (*lists, alone)]
    assert items[0] == items[2] == items[4] and len(items[1]) == 3 and items[3] == []
    words = [str(each.message) for each in told]
    assert words[0].startswith("1 id of a history is skipped: unknown item id 'kettle'")
    assert words[1].startswith("1 history has no item that the run knows")
    assert words[2].startswith("1 history gets nothing: every item that may be shown was met already")


def test_a_user_who_has_met_every_item_gets_a_sentence(run, call, tmp_path):
    path, folder = run
    whole = " ".join(f'"{each}"' if '"' not in each else f"'{each}'" for each in IDS)
    found = call("recommend", "--run", folder, "--history", whole, "--quiet")
    assert found.code == 0 and found.out == "" and "1 history gets nothing" in found.err
    out = tmp_path / "lists.csv"
    said = call("recommend", "--run", folder, "--data", path, "--k", 1, "--out", out, "--quiet").err
    assert "7 users get nothing: every item that may be shown was met already" in said
    assert pd.read_csv(out)["user"].nunique() == 23
    said = call("recommend", "--run", folder, "--data", path, "--k", 6, "--seen", "in", "--out", out).err
    assert "get nothing" not in said and len(pd.read_csv(out)) == 180


def test_seen_items_come_in_or_stay_out(run, call):
    _, folder = run
    ask = ["recommend", "--run", folder, "--history", "pot jar", "--json", "-"]
    assert set(shown(call(*ask))) == set(shown(call(*ask, "--seen", "out"))) == set(IDS) - {"pot", "jar"}
    assert set(shown(call(*ask, "--seen", "in"))) == set(IDS)
    loaded = load_run(folder, "cpu")
    assert [row["item"] for row in loaded.recommend([["pot", "jar"]], k=6, seen=True)[0]] == shown(
        call(*ask, "--seen", "in")
    )


def test_candidates_are_the_only_items_shown(run, call, fails, tmp_path):
    path, folder = run
    some, none, out = tmp_path / "some.txt", tmp_path / "none.txt", tmp_path / "lists.csv"
    some.write_text("O'Brien\ntin\nkettle\n")
    none.write_text("kettle\n")
    ask = ["recommend", "--run", folder, "--candidates", some]
    found = call(*ask, "--history", "pot", "--json", "-")
    assert set(shown(found)) == {"O'Brien", "tin"}
    assert "1 candidates are not in the run: they cannot be scored" in found.err
    assert call(*ask, "--data", path, "--out", out).code == 0
    assert set(pd.read_csv(out)["item"]) == {"O'Brien", "tin"}
    every = call("recommend", "--run", folder, "--history", "pot", "--json", "-")
    assert shown(found) == [item for item in shown(every) if item in ("O'Brien", "tin")]
    assert "the run knows none of the 1 candidates" in fails(
        "recommend", "--run", folder, "--history", "pot", "--candidates", none
    )


@pytest.mark.parametrize(
    "text, items",
    [
        ("O'Brien", {"O'Brien"}),  # an id as it stands
        ("a b", {"a b"}),
        ("\"O'Brien\" 'a b'", {"O'Brien", "a b"}),
        ("O\\'Brien pot", {"O'Brien", "pot"}),
        ('the "best" of', {'the "best" of'}),
        ("'the \"best\" of' pot", {'the "best" of', "pot"}),
    ],
)
def test_ids_with_quotes_and_spaces(run, call, text, items):
    found = call("recommend", "--run", run[1], "--history", text, "--json", "-")
    assert set(shown(found)) == set(IDS) - items and "skipped" not in found.err


def test_a_quote_that_does_not_close_is_told(run, fails):
    message = fails("recommend", "--run", run[1], "--history", "O'Brien pot")
    assert "a quote opens and does not close" in message and '"O\'Brien"' in message


def test_a_run_that_kept_no_counts_says_so(run, fails, call):
    _, folder = run
    items = json.loads((folder / "items.json").read_text())
    write_json(folder / "items.json", {name: value for name, value in items.items() if name != "counts"})
    assert "this run, of an older version" in fails("recommend", "--run", folder, "--history", "")
    assert call("recommend", "--run", folder, "--history", "pot").code == 0


def test_users_stand_as_they_were_asked_for_also_those_without_a_history(run, call, tmp_path):
    path, folder = run
    later, users, out = tmp_path / "later.csv", tmp_path / "users.txt", tmp_path / "lists.parquet"
    later.write_text(path.read_text() + "new,kettle,1700000000\n")
    users.write_text("u4\nnew\nu0\n")
    words = ["--data", later, "--users", users, "--k", 2, "--out", out, "--quiet"]
    assert call("recommend", "--run", folder, *words).code == 0
    table = pd.read_parquet(out)
    assert table["user"].tolist() == ["u4", "u4", "new", "new", "u0", "u0"]
    assert table["rank"].tolist() == [1, 2] * 3
