"""``evaluate``, ``recommend`` and ``simulate``."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec_lib import load_run
from seqrec_lib.data import Batch, read_interactions, simulate


def test_evaluate_finds_what_fit_found(trained, call):
    found = call("evaluate", "--run", trained.folder, "--data", trained.words[1], "--json", "-")
    content = json.loads(found.out)
    for name in ("protocol", "data", "settings", "seed", "epochs", "floors", "ceiling", "test_intervals"):
        assert content[name] == trained.json[name], name
    for name in ("validation", "test"):
        assert content[name] == pytest.approx(trained.json[name])


def test_evaluate_at_other_k_and_ties(trained, call, fails):
    where = ["evaluate", "--run", trained.folder, "--data", trained.words[1]]
    found = json.loads(call(*where, "--k", 3, 200, "--json", "-").out)["test"]
    assert found["HR@200"] == 1.0 and "HR@3" in found and "HR@10" not in found
    assert "k is 201, but the catalogue has 200 items" in fails(*where, "--k", 201)
    with pytest.raises(SystemExit) as stop:
        call(*where, "--ties", "luck")
    assert stop.value.code == 2


def test_evaluate_with_the_reading_options_of_the_run(call, shop, tmp_path):
    path, columns = shop
    run = tmp_path / "run"
    first = call("fit", "--data", path, *columns, "--model", "markov", "--out", run, "--json", "-")
    again = call("evaluate", "--run", run, "--data", path, "--json", "-")
    assert json.loads(again.out)["test"] == json.loads(first.out)["test"]


def test_moments_dates_and_letters_of_any_kind_can_be_read(call, fails, tmp_path):
    path, run = tmp_path / "log.csv", tmp_path / "run"
    days = [(user, n, f"{1 + n:02}/02/2020") for user in range(20) for n in range(6)]
    lines = [f"u{user},caf\xe9 {(user + n) % 12},{day}" for user, n, day in days]
    path.write_bytes("\n".join(["user,item,time", *lines]).encode("latin-1"))
    fit = ["fit", "--data", path, "--model", "markov"]
    assert "is not UTF-8: save the file as UTF-8, or pass --encoding latin-1 if" in fails(*fit)
    fit += ["--encoding", "latin-1"]
    assert "pass --date-format %m/%d/%Y" in fails(*fit)
    first = call(*fit, "--date-format", "%d/%m/%Y", "--out", run, "--json", "-")
    again = call("evaluate", "--run", run, "--data", path, "--json", "-")
    assert json.loads(again.out)["test"] == json.loads(first.out)["test"]
    assert json.loads(first.out)["data"]["items"] == 12


def test_times_in_milliseconds_can_be_read(call, fails, tmp_path):
    path = tmp_path / "log.csv"
    lines = [f"{user},{(user + n) % 12},{1_600_000_000_000 + n}" for user in range(20) for n in range(6)]
    path.write_text("\n".join(["user,item,time", *lines]))
    fit = ["fit", "--data", path, "--model", "markov"]
    assert "if times are in ms, pass --time-unit ms" in fails(*fit)
    assert "pass --user 'its name'" in fails(*fit[:1], "--data", _renamed(path), *fit[3:])
    assert call(*fit, "--time-unit", "ms").code == 0


def _renamed(path):
    other = path.with_name("other.csv")
    other.write_text(path.read_text().replace("user,", "wer,"))
    return other


def test_evaluate_on_other_data(trained, fails, call, shop):
    path, columns = shop
    where = ["evaluate", "--run", trained.folder, "--data"]
    assert "was trained on other data: its 200 items are not the 12" in fails(*where, path, *columns)
    other = "world:video:users=60,seed=1"
    assert "same items, other users or interactions" in fails(*where, other)
    assert call(*where, other, "--other-log").code == 0


def test_recommend_gives_the_best_unseen_items(trained, call):
    found = call("recommend", "--run", trained.folder, "--history", "3 14 15", "--k", 5, "--json", "-")
    rows = json.loads(found.out)
    model = load_run(trained.folder, "cpu").model
    with torch.no_grad():
        scores = model.score(Batch(torch.tensor([[3, 14, 15]]), torch.tensor([3])))[0]
    scores[[3, 14, 15]] = -torch.inf
    assert [row["item"] for row in rows] == scores.topk(5).indices.tolist()
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    titles = simulate("video", users=60).titles
    assert [row["title"] for row in rows] == [titles[row["item"]] for row in rows]
    assert found.code == 0
    table = call("recommend", "--run", trained.folder, "--history", "3 14 15", "--k", 5).out
    assert table.splitlines()[0].split() == ["rank", "item", "title", "score"]
    assert table.splitlines()[2].split()[:2] == ["1", str(rows[0]["item"])]


def test_recommend_masks_the_whole_history_and_runs_out(trained, call):
    history = " ".join(map(str, range(1, 191)))  # longer than max_len: the oldest are cut, not forgotten
    rows = json.loads(
        call("recommend", "--run", trained.folder, "--history", history, "--k", 50, "--json", "-").out
    )
    assert sorted(row["item"] for row in rows) == list(range(191, 201))


def test_recommend_takes_the_logs_own_ids(call, shop, tmp_path):
    path, columns = shop
    run = tmp_path / "run"
    tiny = ["--epochs", "1", "--dim", "4", "--device", "cpu", "--quiet"]
    assert call("fit", "--data", path, *columns, "--model", "gru4rec", *tiny, "--out", run).code == 0
    rows = json.loads(call("recommend", "--run", run, "--history", "film-3 film-4", "--json", "-").out)
    names = {row["item"] for row in rows}
    assert names == {f"film-{n}" for n in range(1, 13)} - {"film-3", "film-4"}
    found = call("recommend", "--run", run, "--history", "film-3 flim-4", "--json", "-")
    assert "1 id of a history is skipped: unknown item id 'flim-4': did you mean film-4" in found.err
    alone = call("recommend", "--run", run, "--history", "film-3", "--json", "-")
    assert json.loads(found.out) == json.loads(alone.out) and "note" not in alone.err


@pytest.mark.parametrize("item", ["0", "201", "-1", "None"])
def test_recommend_with_an_item_outside_the_catalogue(trained, call, item):
    found = call("recommend", "--run", trained.folder, "--history", f"3 {item}")
    assert found.code == 0 and f"skipped: unknown item id '{item}'" in found.err


def test_recommend_and_its_limits(trained, fails):
    message = fails("recommend", "--run", trained.folder, "--history", "3", "--k", 201)
    assert "k is 201, but the catalogue has 200 items" in message
    assert "k is 0" in fails("recommend", "--run", trained.folder, "--history", "3", "--k", 0)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_simulate_writes_the_world(call, tmp_path, suffix):
    path = tmp_path / "new" / f"log.{suffix}"
    found = call("simulate", "--world", "video", "--users", 30, "--seed", 2, "--out", path)
    assert found.code == 0 and "video" in found.out
    world = simulate("video", users=30, seed=2)
    frame = pd.read_csv(path) if suffix == "csv" else pd.read_parquet(path)
    pd.testing.assert_frame_equal(frame, world.interactions, check_dtype=False)
    again = read_interactions(path)
    assert np.array_equal(again.item_ids[again.items].astype(int), world.log.items)
    assert np.array_equal(again.users, world.log.users)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_simulate_and_its_errors(fails, tmp_path):
    assert "must end in .csv or .parquet" in fails(
        "simulate", "--world", "video", "--out", tmp_path / "x.txt"
    )
    message = fails("simulate", "--world", "vidoe", "--out", tmp_path / "x.csv")
    assert "unknown world 'vidoe'" in message and "video" in message
    assert list(tmp_path.iterdir()) == []
