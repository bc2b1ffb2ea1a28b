"""What a reader is told without asking: repeats at the table, guesses, a run that is replaced or not kept."""

import json

import numpy as np
import pandas as pd
import pytest

from seqrec_lib.cli.text import protocol_in_words
from seqrec_lib.data import leave_one_out, read_interactions
from seqrec_lib.data.measures import met_before

NEW = "among all items that are not in the user's history"


@pytest.fixture
def again(tmp_path):
    """A log in which every third user ends with an item of their own past."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(30):
        items = rng.permutation(9)[: 4 + user % 3].tolist()
        if user % 3 == 0:
            items.append(items[1])
        rows += [(user, item, 1.6e9 + n) for n, item in enumerate(items)]
    path = tmp_path / "again.csv"
    pd.DataFrame(rows, columns=["customer", "sku", "when"]).assign(rating=5).to_csv(path, index=False)
    return path


def test_targets_that_were_met_before_are_counted(again):
    for repeats in (False, True):
        split = leave_one_out(read_interactions(again, repeats=repeats))
        users = pd.read_csv(again).groupby("customer")["sku"].agg(list)
        by_hand = [items[-1] in items[:-1] for items in users]
        assert met_before(split.test).tolist() == by_hand and sum(by_hand) == 10
        assert met_before(split.validation).sum() == 0


def test_figures_of_a_log_with_repeats_say_so_at_the_table(again, call, tmp_path):
    fit = ["fit", "--data", again, "--model", "markov", "--quiet"]
    run, out = tmp_path / "run", tmp_path / "x.json"
    told = "Caution: 10 of the 30 items that are asked for stand in their own history."
    assert told in call(*fit, "--out", run, "--json", out).out
    assert json.loads(out.read_text())["data"]["met_before"] == 10
    assert told in call("evaluate", "--run", run, "--data", again).out
    assert told in call("compare", "--run", run, "--run", run, "--data", again).out
    for choice in (["--repeats"], ["--duplicates", "first"]):
        assert "Caution" not in call(*fit, *choice).out


def test_a_ranking_of_nothing_but_the_target_is_told(call, tmp_path):
    """Two items by turns: each metric is 1 for every model, which says nothing of any."""
    path, run = tmp_path / "turns.csv", tmp_path / "run"
    rows = [(user, "ab"[n % 2], n) for user in range(20) for n in range(8)]
    rows += [(20, item, n) for n, item in enumerate("abc")]
    pd.DataFrame(rows, columns=["user", "item", "time"]).to_csv(path, index=False)
    fit = ["fit", "--data", path, "--model", "markov", "--quiet", "--out", run]
    found = call(*fit, "--json", tmp_path / "x.json")
    assert "in 1 of the 21 cases no other item is left to rank" in found.out  # c is left to all others
    assert json.loads((tmp_path / "x.json").read_text())["data"]["without_rivals"] == 1
    pd.DataFrame(rows[:-3], columns=["user", "item", "time"]).to_csv(path, index=False)
    said = call(*fit).out
    assert "1.0000" in said and "in 20 of the 20 cases no other item is left to rank" in said
    assert "no other item is left" in call("compare", "--run", run, "--run", run, "--data", path).out
    assert "no other item is left" not in call(*fit, "--repeats").out


def test_what_the_names_of_columns_decided_is_told(again, call):
    said = call("fit", "--data", again, "--model", "markov").err
    assert "columns taken by their names: user is 'customer', item is 'sku', time is 'when'" in said
    assert "every row counts as one interaction, whatever its 'rating'" in said
    given = ["--user", "customer", "--item", "sku", "--time", "when"]
    assert "taken by their names" not in call("fit", "--data", again, "--model", "markov", *given).err


@pytest.mark.parametrize("first", ["2023-05-01", "01/02/2023 10:00"])
def test_a_time_that_is_not_called_one_is_noticed(first, tmp_path):
    frame = pd.DataFrame({"user": [1, 1], "item": [1, 2], "Bought at": [first, "2023-05-02"], "n": [1, 2]})
    frame.to_csv(tmp_path / "orders.csv", index=False)
    note = f"column 'Bought at' looks like the time (first: {first!r}), and is not read as it: name it by"
    assert any(note in each for each in read_interactions(tmp_path / "orders.csv").report.notes)
    plain = frame.drop(columns="Bought at")
    assert not any("looks like" in each for each in read_interactions(plain).report.notes)
    stamps = plain.assign(at=pd.to_datetime(["2023-05-01", "2023-05-02"]))
    assert any("column 'at' looks like the time" in each for each in read_interactions(stamps).report.notes)


def test_a_row_at_fault_names_the_way_to_drop_it(call, fails, tmp_path):
    path = tmp_path / "holes.csv"
    path.write_text("user,item,time\n" + "".join(f"u,i{n},{n}\n" for n in range(5)) + "u,,9\n")
    fit = ["fit", "--data", path, "--model", "markov"]
    assert (
        "line 7, column 'item': no item id (1 row): fill it in or delete the row, or pass --bad-rows drop"
        in fails(*fit)
    )
    assert "dropped  1 interaction: cannot be used" in call(*fit, "--bad-rows", "drop").err


def test_a_log_with_the_usual_names_says_nothing_of_columns(shop, tmp_path):
    path, _ = shop
    plain = tmp_path / "plain.csv"
    plain.write_text(path.read_text().replace("who,what,when", "user,item,time", 1))
    assert read_interactions(plain).report.notes == ()


def test_events_of_several_kinds_count_alike_and_that_is_told(shop, tmp_path):
    path, _ = shop
    plain = tmp_path / "plain.csv"
    lines = path.read_text().replace("who,what,when", "user,item,time", 1).splitlines()
    plain.write_text("\n".join([lines[0] + ",event", *(f"{line},view" for line in lines[1:])]))
    assert "whatever its 'event'" in read_interactions(plain).report.notes[0]


def test_evaluate_tells_the_story_of_the_log_as_fit_does(again, call, tmp_path):
    fit = call("fit", "--data", again, "--model", "markov", "--out", tmp_path / "run")
    found = call("evaluate", "--run", tmp_path / "run", "--data", again)
    assert found.err == fit.err and "note" in found.err


def test_the_settings_of_a_run_are_told_beside_the_other_choices(again, call):
    fit = ["fit", "--data", again, "--model", "gru4rec", "--dim", 4, "--epochs", 1, "--device", "cpu"]
    told = [line for line in call(*fit, "--lr", 0.01).err.splitlines() if line.startswith("  note")]
    assert "gru4rec is 4 wide, reads 50 items at most and trains with ce for at most 1 epoch (" in told[-1]
    assert "(lr 0.01, batches of 32); NDCG@10 on validation chooses one" in told[-1]


def test_a_run_that_is_replaced_or_not_kept_is_told(again, call, tmp_path):
    fit = ["fit", "--data", again, "--model", "markov"]
    assert "the model is not kept: give --out DIR" in call(*fit).err
    first, second = (call(*fit, "--out", tmp_path / "run", "--quiet").err for _ in range(2))
    assert first == "" and "run: the run that was there is replaced" in second
    assert "not kept" not in call(*fit, "--out", tmp_path / "run").err


def test_options_that_came_from_the_run_are_named_when_they_do_not_fit(again, call, fails, tmp_path):
    run, other = tmp_path / "run", tmp_path / "other.csv"
    given = ["--user", "customer", "--item", "sku", "--time", "when"]
    assert call("fit", "--data", again, *given, "--model", "markov", "--out", run, "--quiet").code == 0
    other.write_text(again.read_text().replace("customer", "client", 1))
    message = fails("evaluate", "--run", run, "--data", other)
    assert "no column 'customer' for the user" in message
    assert "The run was read with --user customer --item sku --time when, so this was too" in message
    assert call("evaluate", "--run", run, "--data", other, "--user", "client").code == 0


@pytest.mark.parametrize(
    "protocol, words",
    [
        ("loo-full-unseen", f"each user's last item is asked for, {NEW}"),
        ("loo-full-repeats", "each user's last item is asked for, among all items"),
        ("temporal-successive-full-unseen", f"each item after the moment of the split is asked for, {NEW}"),
        ("clicks", ""),
        ("loo-sampled-unseen", ""),
    ],
)
def test_a_protocol_in_words(protocol, words):
    assert protocol_in_words(protocol) == words


def test_rows_are_chosen_by_event_grade_and_fault_and_counted(call, fails, tmp_path):
    """What a user types for each, what is left, and that a run measures its log chosen in the same way."""
    rows = ["user,item,time,event,rating"]
    for user in range(30):
        rows += [f"u{user},i{(user + n) % 9},{n},{'buy' if n % 2 else 'view'},{1 + n % 5}" for n in range(8)]
    rows += ["u1,i1,never,buy,5", ",i2,3,buy,5"]
    path, run = tmp_path / "log.csv", tmp_path / "run"
    path.write_text("\n".join(rows) + "\n")
    small = ["--model", "gru4rec", "--dim", 4, "--epochs", 1, "--device", "cpu"]
    fit = ["fit", "--data", path, *small]
    assert "line 243, column 'user'" in fails(*fit)
    found = call(*fit, "--bad-rows", "drop", "--events", "buy", "--out", run, "--json", tmp_path / "fit.json")
    assert found.code == 0
    assert "dropped  120 interactions: other events than buy" in found.err
    assert found.err.count("1 interaction: cannot be used") == 2
    content = json.loads((tmp_path / "fit.json").read_text())
    assert content["data"]["interactions"] == 120
    again = json.loads(call("evaluate", "--run", run, "--data", path, "--json", "-").out)
    assert again["test"] == content["test"]
    both = call(*fit, "--bad-rows", "drop", "--events", "buy,view", "--least-rating", 2)
    assert both.code == 0 and "interactions: rating below 2, or missing" in both.err
    assert "unknown event in column 'event' 'bought'" in fails(*fit, "--events", "bought")
    only = call(*fit, "--bad-rows", "drop", "--duplicates", "view=first,buy=keep")
    assert only.code == 0
