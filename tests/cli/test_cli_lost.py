"""What is never trained on or never tested stands beside the figures, and in the JSON, also with --quiet."""

import json

import numpy as np
import pandas as pd
import pytest

from seqrec_lib.data import leave_one_out, read_interactions, temporal_split
from seqrec_lib.data.measures import lost_in


@pytest.fixture
def long(tmp_path):
    """30 users with 12 items each, of whom every item is their own but the last three; 4 users with 2."""
    rows = [(u, f"own-{u}-{n}" if n < 9 else f"all-{(u + n) % 7}", n) for u in range(30) for n in range(12)]
    rows += [(u, f"all-{n}", n) for u in range(30, 34) for n in range(2)]
    rows += [(0, "never", 12)]
    path = tmp_path / "long.csv"
    pd.DataFrame(rows, columns=["user", "item", "time"]).to_csv(path, index=False)
    return path


def by_hand(path, max_len, windows):
    log = pd.read_csv(path).groupby("user")["item"].agg(list)
    train = [items[:-2] if len(items) >= 3 else items for items in log]
    kept = [items if windows else items[-max_len - 1 :] for items in train]
    met = {item for items in kept if len(items) > 1 for item in items}
    every = {item for items in log for item in items}
    asked = [items[-1] for items in log if len(items) >= 3]
    trained = sum(len(items) - 1 for items in kept)
    return {
        "trained_targets": trained,
        "untrained_targets": sum(len(items) - 1 for items in train) - trained,
        "items_never_trained": len(every - met),
        "test_targets_never_trained": sum(item not in met for item in asked),
        "users_not_tested": sum(len(items) < 3 for items in log),
    }


@pytest.mark.parametrize("max_len, windows", [(4, False), (4, True), (50, False)])
def test_what_a_split_loses_is_counted(long, max_len, windows):
    wanted = by_hand(long, max_len, windows)
    assert lost_in(leave_one_out(read_interactions(long), max_len, windows)) == wanted
    assert wanted["users_not_tested"] == 4 and wanted["test_targets_never_trained"] == 1
    assert (wanted["untrained_targets"] > 0) == (max_len == 4 and not windows)


def test_a_temporal_split_counts_targets_that_are_new(long):
    split = temporal_split(read_interactions(long), at=10)
    found = lost_in(split)
    met = set(split.train_log.items.tolist())
    assert found["test_targets_never_trained"] == sum(i not in met for i in split.test.target.tolist())
    assert found["test_targets_never_trained"] > 0
    assert found["users_not_tested"] == 34 - len(np.unique(split.test.batch.users))


def test_it_is_told_beside_the_figures_and_with_quiet_too(long, call, tmp_path):
    words = ["--data", long, "--quiet", "--device", "cpu"]
    small = ["--model", "gru4rec", "--dim", 4, "--epochs", 1, "--max-len", 4]
    out = tmp_path / "x.json"
    found = call("fit", *words, *small, "--json", out, "--out", tmp_path / "run")
    wanted = by_hand(long, 4, False)
    trained, older = wanted["trained_targets"], wanted["untrained_targets"]
    assert wanted.items() <= json.loads(out.read_text())["data"].items()
    said = " ".join(found.out.split())
    assert f"gru4rec was trained on {trained:,} of {trained + older:,} steps" in said
    assert "newest 5 items. --windows trains on them too. The baselines count all of them." in said
    assert f"{wanted['items_never_trained']} of 278 items are in no training row, and 1 of the 30" in said
    assert "4 of 34 users have fewer than 3 interactions and are not tested" in said
    again = call("evaluate", "--run", tmp_path / "run", *words)
    assert "gru4rec was trained on" in again.out
    with_all = " ".join(call("fit", *words, *small, "--windows").out.split())
    assert "was trained on" not in with_all and "3 of 278 items are in no training row" not in with_all
    counted = call("fit", *words, "--model", "markov", "--max-len", 4).out
    assert "was trained on" not in counted


def test_a_log_that_loses_nothing_says_nothing(shop, call):
    path, columns = shop
    found = call("fit", "--data", path, *columns, "--model", "gru4rec", "--dim", 4, "--epochs", 1)
    for words in ("was trained on", "in no training row", "are not tested"):
        assert words not in found.out
