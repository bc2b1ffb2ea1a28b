"""``train`` and ``load_run``: Python can do what the command line can."""

import json

import pytest
import torch

from seqrec_lib import evaluate, load_run, train
from seqrec_lib.cli import main
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.experiments import measure, record
from seqrec_lib.models import RECIPES
from seqrec_lib.models.baselines import BASELINES, Markov, counted, from_counted
from seqrec_lib.training import TrainingSettings

WORLD = simulate("video", users=60)
SPLIT = leave_one_out(WORLD, max_len=50)
QUICK = {"epochs": 2, "dim": 8, "device": "cpu", "progress": False}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A run and its folder."""
    folder = tmp_path_factory.mktemp("saved") / "run"
    return train("lstm-attention", SPLIT, out=folder, notes={"source": "a world"}, **QUICK), folder


def test_a_recipe_trains_with_its_own_settings():
    made = train("gru4rec", SPLIT, **QUICK)
    wanted = TrainingSettings(**{**RECIPES["gru4rec"].training, "epochs": 2})
    assert made.history.settings == {**vars(wanted)}
    assert made.settings["attention"] == "none" and made.settings["dim"] == 8 and made.name == "gru4rec"
    assert made.history.settings["lr"] != TrainingSettings().lr  # the recipe's, not the trainer's


def test_the_command_line_gives_the_same_run(saved, tmp_path):
    words = ["fit", "--data", "world:video:users=60", "--model", "lstm-attention", "--epochs", "2"]
    out = tmp_path / "x.json"
    assert main([*words, "--dim", "8", "--device", "cpu", "--quiet", "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    made, _ = saved
    assert [epoch["loss"] for epoch in found["epochs"]] == [epoch["loss"] for epoch in made.history.epochs]
    figures = measure(made.model, SPLIT, WORLD)
    for part in ("validation", "test", "test_intervals", "floors", "ceiling", "ceiling_above_model"):
        assert found[part] == figures[part]
    done = record(SPLIT, {**made.settings, **made.history.settings}, made.history, "cpu")
    for part in ("protocol", "data", "settings", "seed", "versions", "best_epoch", "stopped"):
        assert found[part] == done[part]


def test_a_run_comes_back_from_its_folder(saved):
    made, folder = saved
    again = load_run(folder, "cpu")
    for part in ("name", "settings", "item_ids", "titles", "max_len", "repeats", "protocol", "notes"):
        assert getattr(again, part) == getattr(made, part), part
    assert evaluate(again.model, SPLIT.test).metrics == evaluate(made.model, SPLIT.test).metrics
    assert again.history.best_epoch == made.history.best_epoch
    assert not again.model.training


def test_recommendations_are_the_best_unseen_items_one_list_a_history(saved):
    made, _ = saved
    histories = [[3, 14, 15], [7], list(range(1, 100))]
    found = made.recommend(histories, k=4)
    for history, rows in zip(histories, found, strict=True):
        alone = made.recommend([history], k=4)[0]
        assert [row["item"] for row in rows] == [row["item"] for row in alone]
        assert [row["rank"] for row in rows] == [1, 2, 3, 4]
        assert not {row["item"] for row in rows} & set(history)
        assert [row["title"] for row in rows] == [WORLD.titles[row["item"]] for row in rows]
        scores = [row["score"] for row in rows]
        assert scores == sorted(scores, reverse=True)


def test_a_world_and_its_log_give_the_same_lists_for_every_user(saved):
    made, _ = saved
    found = made.recommend_all(WORLD, k=3, users=[7, 2])
    assert found.notes == [] and found.table["user"].tolist() == [7] * 3 + [2] * 3
    history = WORLD.interactions.query("user == 7")["item"].tolist()
    assert found.table["item"].tolist()[:3] == [row["item"] for row in made.recommend([history], k=3)[0]]
    again = made.recommend_all(WORLD.log, k=3)
    assert again.table["user"].nunique() == 60
    assert again.table.query("user == 2")["item"].tolist() == found.table["item"].tolist()[3:]


def test_recommending_leaves_the_model_in_its_mode(saved):
    made, _ = saved
    made.model.train()
    try:
        made.recommend([[3]], k=2)
        assert made.model.training and made.model.encoder.training
        with pytest.raises(ValueError, match="k is 201"):
            made.recommend([[3]], k=201)
        assert made.model.training
    finally:
        made.model.eval()


@pytest.mark.parametrize(
    "histories, words",
    [
        ([3, 14], "for one history write"),
        ("3 14", "for one history write"),
        (["3 14"], "for one history write"),
    ],
)
def test_histories_that_cannot_be_used(saved, histories, words):
    with pytest.raises(ValueError, match=words):
        saved[0].recommend(histories)


@pytest.mark.parametrize(
    "name, changes, words",
    [
        ("gru4rec", {"norm": "post"}, "unknown setting of gru4rec 'norm'"),
        ("gru4rec", {"heads": 2}, "heads changes nothing in this gru4rec: attention is none"),
        ("sasrec", {"learning_rate": 1.0}, "unknown setting of sasrec 'learning_rate'"),
        ("sasrek", {}, "unknown model 'sasrek': did you mean sasrec"),
        ("sasrec", {"lr": -1.0}, "lr is -1.0"),
        ("sasrec", {"max_len": 10}, "split the log with max_len=10"),
        ("markov", {"lr": 1.0}, "counted and not trained: it has no setting lr"),
    ],
)
def test_settings_that_cannot_be_used(name, changes, words):
    with pytest.raises(ValueError, match=words):
        train(name, SPLIT, device="cpu", progress=False, **changes)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_counted(name, tmp_path):
    made = train(name, SPLIT, out=tmp_path / "run")
    assert made.history.epochs == [] and made.settings["model"] == name
    assert (tmp_path / "run" / "settings.json").is_file()
    again = load_run(tmp_path / "run")
    torch.testing.assert_close(again.model.score(SPLIT.test.batch), made.model.score(SPLIT.test.batch))
    assert again.settings == made.settings and again.model.n_items == 200
    if name == "recent-popularity":  # which needs the moment of the request
        with pytest.raises(ValueError, match="the moment of the request, and none is said: pass at"):
            again.recommend([[3, 14]], k=3)
    at = float(WORLD.log.times.max()) if name == "recent-popularity" else None
    found = again.recommend([[3, 14]], k=3, at=at, exclude=[5])[0]
    assert found == made.recommend([[3, 14]], k=3, at=at, exclude=[5])[0]
    assert len(found) == 3 and not {row["item"] for row in found} & {3, 14, 5}
    (tmp_path / "run" / "weights.safetensors").unlink()
    with pytest.raises(ValueError, match=f"what {name} counted is not there: run fit"):
        load_run(tmp_path / "run")


def test_the_counts_of_one_baseline_are_no_other():
    with pytest.raises(ValueError, match="popularity keeps n_items, counts, not"):
        from_counted("popularity", counted(Markov(SPLIT.train_log)))


def test_a_markov_run_is_the_markov_chain():
    found, wanted = train("markov", SPLIT).model, Markov(SPLIT.train_log)
    torch.testing.assert_close(found.score(SPLIT.test.batch), wanted.score(SPLIT.test.batch))


@pytest.mark.parametrize("name", ["markov", "gru4rec"])
def test_a_moment_that_the_model_does_not_read_is_refused(name):
    how = {} if name == "markov" else {"epochs": 1, "dim": 4, "device": "cpu", "progress": False}
    made = train(name, SPLIT, **how)
    for ask in (lambda: made.recommend([[3, 14]], k=3, at=0), lambda: made.recommend_all(WORLD, k=3, at=0)):
        with pytest.raises(ValueError, match=f"{name} does not read when the next item is asked for"):
            ask()
