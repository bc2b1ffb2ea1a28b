"""Splits made elsewhere, and logs that a run was not trained on: later ones, and parts of its own."""

import json

import numpy as np
import pandas as pd
import pytest

from seqrec_lib import evaluate, load_run, train
from seqrec_lib.data import given_split, leave_one_out, read_interactions
from seqrec_lib.messages import InputError


@pytest.fixture
def parts(tmp_path):
    """A log of 30 users with 5 of 12 items each: whole, and as three files."""
    rng = np.random.default_rng(1)
    rows = [(u, f"i{i}", 100 * u + n) for u in range(30) for n, i in enumerate(rng.permutation(12)[:5])]
    log = pd.DataFrame(rows, columns=["who", "item", "time"])
    place = log.groupby("who").cumcount(ascending=False)
    paths = {name: tmp_path / f"{name}.csv" for name in ("whole", "train", "valid", "test")}
    for name, rows in (
        ("whole", log),
        ("train", log[place >= 2]),
        ("valid", log[place == 1]),
        ("test", log[place == 0]),
    ):
        rows.to_csv(paths[name], index=False)
    return paths


SMALL = ["--model", "gru4rec", "--dim", 4, "--epochs", 1, "--device", "cpu", "--quiet"]


def test_three_files_train_choose_and_test(parts, call, fails, tmp_path):
    files = [
        "--data",
        parts["train"],
        "--validation",
        parts["valid"],
        "--test",
        parts["test"],
        "--user",
        "who",
    ]
    run = tmp_path / "run"
    first = json.loads(call("fit", *files, *SMALL, "--out", run, "--json", "-").out)
    assert first["protocol"] == "given-full-unseen" and first["data"]["test_cases"] == 30
    split = given_split(*(read_interactions(parts[name], user="who") for name in ("train", "valid", "test")))
    assert first["test"] == pytest.approx(evaluate(load_run(run, "cpu").model, split.test).metrics)
    where = ["evaluate", "--run", run]
    again = json.loads(call(*where, *files, "--json", "-").out)
    assert again["test"] == first["test"] and "other_log" not in again["data"]
    assert "each item of the test file is asked for, among" in call(*where, *files).out
    assert "give its files, --validation and --test" in fails(*where, "--data", parts["whole"])
    assert call("compare", "--run", run, "--run", run, *files).code == 0
    both = ["--data", parts["train"], "--validation", parts["valid"], "--user", "who", *SMALL]
    assert "--validation and --test go together" in fails("fit", *both)
    both += ["--test", parts["test"]]
    assert "--k-core: the split is made already" in fails("fit", *both, "--k-core", 2)
    assert "--split: the split is made already" in fails("fit", *both, "--split", "temporal")


@pytest.fixture
def run(parts, call, tmp_path):
    """A run on the whole log."""
    words = ["fit", "--data", parts["whole"], "--user", "who", *SMALL]
    assert call(*words, "--out", tmp_path / "run").code == 0
    return tmp_path / "run"


def test_a_later_log_is_measured_without_the_items_that_the_run_does_not_have(
    run, parts, call, fails, tmp_path
):
    later = tmp_path / "later.csv"
    log = pd.read_csv(parts["whole"])
    more = pd.DataFrame({"who": range(10), "item": ["new", "i0"] * 5, "time": 9000 + np.arange(10)})
    more = pd.concat([more, pd.DataFrame({"who": [0], "item": ["i1"], "time": [9999]})])
    pd.concat([log, more]).to_csv(later, index=False)
    where = ["evaluate", "--run", run, "--data", later]
    assert "or --other-log to test on these without the items that the run does not have" in fails(*where)
    found = call(*where, "--other-log", "--json", tmp_path / "x.json")
    told = "1 items in 5 rows are not in the run: they are left out of histories, and never asked for"
    assert found.code == 0 and told in found.err
    assert "gru4rec was trained on another log" in found.out
    content = json.loads((tmp_path / "x.json").read_text())
    assert content["data"]["other_log"] and "untrained_targets" not in content["data"]
    assert content["data"]["items"] == 12 and content["data"]["test_cases"] == 30
    known = pd.concat([log, more]).query("item != 'new'")
    plain = tmp_path / "known.csv"
    known.to_csv(plain, index=False)
    assert (
        content["test"]
        == json.loads(call(*where[:3], "--data", plain, "--other-log", "--json", "-").out)["test"]
    )
    old = load_run(run, "cpu")  # the same from Python
    log = old.in_items(read_interactions(later, user="who"))
    assert list(log.item_ids) == old.item_ids and any(told in note for note in log.report.notes)
    split = leave_one_out(log, max_len=old.max_len)
    assert evaluate(old.model, split.test).metrics == pytest.approx(content["test"])
    unknown = pd.DataFrame({"user": [1, 1], "item": ["x", "y"]})
    with pytest.raises(InputError, match="the run has none of the 2 items of DataFrame"):
        old.in_items(read_interactions(unknown))


def test_a_part_of_the_log_is_measured_in_the_run_s_own_item_numbers(run, parts, call, tmp_path):
    log = pd.read_csv(parts["whole"])
    some = log[log["who"] < 2]
    assert some["item"].nunique() < 12
    path = tmp_path / "some.csv"
    some.to_csv(path, index=False)
    found = json.loads(call("evaluate", "--run", run, "--data", path, "--other-log", "--json", "-").out)
    whole = json.loads(call("evaluate", "--run", run, "--data", parts["whole"], "--json", "-").out)
    assert found["data"]["test_cases"] == 2 and found["data"]["items"] == whole["data"]["items"] == 12
    made = load_run(run, "cpu")
    for user, history in some.groupby("who")["item"].agg(list).items():
        lists = made.recommend([history[:-1]], k=12)[0]
        rank = [row["item"] for row in lists].index(history[-1]) + 1
        assert rank >= 1 and user in (0, 1)


def test_a_log_of_which_the_run_knows_nothing(run, call, fails, tmp_path):
    path = tmp_path / "far.csv"
    path.write_text("who,item,time\n" + "".join(f"1,z{n},{n}\n" for n in range(5)))
    assert "has none of the 5 items" in fails("evaluate", "--run", run, "--data", path, "--other-log")


def test_a_model_that_knows_users_by_number_goes_by_histories_in_another_log(parts, tmp_path):
    whole = read_interactions(parts["whole"], user="who")
    train("bpr-mf", leave_one_out(whole), out=tmp_path, epochs=1, dim=4, device="cpu", progress=False)
    log = pd.read_csv(parts["whole"])
    ranks = []
    for users in ([*range(10, 30)], [0, *range(10, 30)]):
        old = load_run(tmp_path, "cpu")
        later = old.in_items(read_interactions(log[log["who"].isin(users)], user="who"))
        ranks.append(evaluate(old.model, leave_one_out(later).test).better)
    assert np.array_equal(ranks[0], ranks[1][1:])  # one user before them changes nobody's list
