"""A run that begins with an older one's weights: known items keep their rows, new ones begin fresh."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec_lib import load_run, train
from seqrec_lib.cli import main
from seqrec_lib.data import leave_one_out, read_interactions
from seqrec_lib.experiments.warm_start import settings_of_old, take_over
from seqrec_lib.models import RECIPES, build, recipe_settings

QUICK = {"epochs": 1, "device": "cpu", "progress": False}


def write_log(path, items, users=20, seed=0):
    """Random histories of 5 of ``items``, with times."""
    rng = np.random.default_rng(seed)
    rows = [
        (user, items[place], n)
        for user in range(users)
        for n, place in enumerate(rng.permutation(len(items))[:5])
    ]
    pd.DataFrame(rows, columns=["user", "item", "time"]).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """An older log with items a to l, a newer one without a and b, with x, y and 0-new."""
    home = tmp_path_factory.mktemp("logs")
    old = write_log(home / "old.csv", list("abcdefghijkl"))
    new = write_log(home / "new.csv", ["0-new", *"cdefghijkl", "x", "y"], users=30, seed=1)
    return old, new


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_family_keeps_what_it_learned_of_known_items(name, logs, tmp_path):
    splits = [leave_one_out(read_interactions(path), 5) for path in logs]
    dim = {} if name in ("logistic", "fm") else {"dim": 8}
    run = train(name, splits[0], out=tmp_path / "old", seed=1, **dim, **QUICK)
    settings = recipe_settings(
        name, splits[1].log.n_items, **{**settings_of_old(tmp_path / "old", name), "max_len": 5}
    )
    torch.manual_seed(3)
    fresh = build(settings)
    torch.manual_seed(3)
    model = build(settings)
    found = take_over(model, settings, list(splits[1].log.item_ids), tmp_path / "old")
    assert (found.kept, found.fresh, found.gone) == (10, 3, 2)
    ids = [list(split.log.item_ids) for split in splits]
    was, drawn, now = (each.state_dict() for each in (run.model, fresh, model))
    moved = 0
    for key, value in now.items():
        if value.shape == was[key].shape:
            torch.testing.assert_close(value, was[key])
            continue
        moved += 1
        axis = next(n for n, (a, b) in enumerate(zip(value.shape, was[key].shape, strict=True)) if a != b)
        rows, old_rows, new_rows = (t.movedim(axis, 0) for t in (value, was[key], drawn[key]))
        first = len(ids[1]) - len(rows)  # 1 where there is no row for padding
        if first > 0:
            old_rows, new_rows, rows = (torch.cat([t[:1] * 0, t]) for t in (old_rows, new_rows, rows))
        for n, each in list(enumerate(ids[1]))[max(first, 0) :]:
            same = old_rows[ids[0].index(each)] if each in ids[0] else new_rows[n]
            torch.testing.assert_close(rows[n], same)
        torch.testing.assert_close(rows[len(ids[1]) :], old_rows[len(ids[0]) :])
    assert moved >= 1


def test_the_command_line_starts_from_a_run(logs, tmp_path, capsys):
    old, new = logs
    small = [
        "--model",
        "gru4rec",
        "--epochs",
        "2",
        "--dim",
        "8",
        "--max-len",
        "7",
        "--device",
        "cpu",
        "--quiet",
    ]
    assert main(["fit", "--data", str(old), *small, "--out", str(tmp_path / "old")]) == 0
    capsys.readouterr()
    warm = ["fit", "--data", str(new), "--model", "gru4rec", "--epochs", "1", "--device", "cpu", "--quiet"]
    out = tmp_path / "x.json"
    words = [*warm, "--start-from", str(tmp_path / "old"), "--out", str(tmp_path / "new"), "--json", str(out)]
    assert main(words) == 0
    said = capsys.readouterr().err
    assert "10 items keep what was learned of them, 3 are new and begin fresh, 2 items of that run" in said
    content = json.loads(out.read_text())
    assert content["start_from"] == {"folder": str(tmp_path / "old"), "kept": 10, "fresh": 3, "gone": 2}
    assert content["settings"]["dim"] == 8 and content["settings"]["max_len"] == 7  # the old run's
    assert load_run(tmp_path / "new", "cpu").notes["start_from"]["kept"] == 10
    assert main([*words, "--resume"]) == 0  # a finished run is not started again
    assert "keep what was learned" not in capsys.readouterr().err


def test_training_begins_where_the_old_run_ended(logs, tmp_path):
    split = leave_one_out(read_interactions(logs[0]), 5)
    small = {"dim": 8, "lr": 1e-9, "weight_decay": 0.0, "device": "cpu", "progress": False}
    first = train("gru4rec", split, out=tmp_path / "a", epochs=1, dim=8, device="cpu", progress=False)
    again = train("gru4rec", split, start_from=tmp_path / "a", epochs=1, **small)
    for key, value in again.model.state_dict().items():
        torch.testing.assert_close(value, first.model.state_dict()[key], atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "name, changes, words",
    [
        ("sasrec", {}, "is a run of gru4rec, not of sasrec: start from a run of the same model"),
        ("gru4rec", {"dim": 16}, "has weights of another shape: dim was 8, now 16"),
        ("markov", {}, "markov is counted anew each time"),
    ],
)
def test_what_cannot_be_started_from(logs, tmp_path, name, changes, words):
    split = leave_one_out(read_interactions(logs[0]), 5)
    train("gru4rec", split, out=tmp_path / "a", dim=8, **QUICK)
    with pytest.raises(ValueError, match=words):
        train(name, split, start_from=tmp_path / "a", **changes, **({} if name == "markov" else QUICK))
    with pytest.raises(ValueError, match="no run folder there"):
        train("gru4rec", split, start_from=tmp_path / "absent", **QUICK)


def test_what_an_older_run_loses_is_said_in_silence_too(logs, tmp_path, capsys):
    split = leave_one_out(read_interactions(logs[0]), 5)
    train("gru4rec", split, out=tmp_path / "a", dim=8, **QUICK)
    assert capsys.readouterr().err == ""
    train("gru4rec", split, out=tmp_path / "a", dim=8, **QUICK)
    assert "the run that was there is replaced; resume would have gone on" in capsys.readouterr().err
    train("markov", split, out=tmp_path / "a")
    assert "the run that was there is replaced" in capsys.readouterr().err
    train("gru4rec", split, out=tmp_path / "b", resume=True, dim=8, **QUICK)
    assert "nothing to resume in" in capsys.readouterr().err
