"""A search: what it tries, that it can be killed and go on, what several processes do, and bad input."""

import os
import signal
import subprocess
import sys
import time

import pytest
from habits import ROOT

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.experiments import train
from seqrec_lib.experiments.search import search
from seqrec_lib.experiments.search_space import Choice, Range, read_space, usual_space
from seqrec_lib.experiments.study import rows_of

pytest.importorskip("optuna")
TINY = {"dim": 4, "epochs": 2, "patience": 0, "device": "cpu"}
SPACE = {"lr": Range(1e-3, 1e-1, log=True), "batch_size": Range(8, 64), "tied": Choice((True, False))}
WORLD = "simulate('video', users=40)"


@pytest.fixture(scope="module")
def split():
    return leave_one_out(simulate("video", users=40), max_len=10)


def look(split, **changes):
    return search("gru4rec", split, **{"trials": 3, "space": SPACE, **TINY, **changes})


def plain(rows):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def test_values_are_those_of_train_and_the_best_is_the_best(split):
    found = look(split, trials=4)
    assert [row["state"] for row in found.rows] == ["complete"] * 4 and found.stopped == "trials"
    assert found.best["value"] == max(row["value"] for row in found.rows)
    again = train("gru4rec", split, progress=False, **{**found.settings, "device": "cpu"})
    assert again.history.best["NDCG@10"] == found.best["value"]
    for row in found.rows:
        assert 1e-3 <= row["settings"]["lr"] <= 1e-1 and 8 <= row["settings"]["batch_size"] <= 64
        assert isinstance(row["settings"]["batch_size"], int) and row["epochs"] == 2


def test_the_test_part_is_not_read(split, monkeypatch):
    import seqrec_lib.training.state as state

    asked, evaluate = [], state.evaluate
    monkeypatch.setattr(
        state, "evaluate", lambda m, cases, *a, **k: asked.append(cases) or evaluate(m, cases, *a, **k)
    )
    look(split, trials=1)
    assert asked and all(cases is split.validation for cases in asked)


def test_further_figures_stand_in_the_rows(split, tmp_path):
    plain_rows = plain(look(split).rows)
    found = look(split, out=tmp_path / "s.db", more=lambda made: {"weights": made.model.n_items})
    assert all(row.pop("weights") == 200 for row in found.rows)
    assert plain(found.rows) == plain_rows


def test_a_seed_decides(split):
    assert plain(look(split).rows) == plain(look(split).rows)
    assert plain(look(split).rows) != plain(look(split, seed=1).rows)


@pytest.mark.parametrize("ending", ["db", "journal"])
@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_search_goes_on_from_its_file(split, tmp_path, ending, sampler):
    out, said = tmp_path / "new" / f"study.{ending}", []
    look(split, trials=11, out=out, sampler=sampler)  # TPE looks at earlier trials from the eleventh on
    found = look(split, trials=13, out=out, sampler=sampler, say=said.append)
    assert plain(found.rows) == plain(look(split, trials=13, sampler=sampler).rows)
    assert "11 trials are there already" in said[0] and len(said) == 3
    assert plain(look(split, trials=5, out=out, sampler=sampler).rows) == plain(found.rows)


CODE = """
import sys
sys.path.insert(0, {root!r})
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.experiments.search import search
from seqrec_lib.experiments.search_space import Choice, Range
split = leave_one_out(simulate('video', users=40), max_len=10)
space = {{"lr": Range(1e-3, 1e-1, log=True), "batch_size": Range(8, 64), "tied": Choice((True, False))}}
search("gru4rec", split, trials={trials}, space=space, dim=4, epochs=2, patience=0, device="cpu", out={out!r},
       say=lambda text: print(text, flush=True))
"""


def start(out, trials):
    code = CODE.format(root=str(ROOT), out=str(out), trials=trials)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_a_killed_search_goes_on_as_if_nothing_had_happened(split, tmp_path):
    out = tmp_path / "study.db"
    process = start(out, 500)
    for _ in range(2):
        process.stdout.readline()
    time.sleep(0.05)  # somewhere in a trial
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = look(split, trials=1, out=out).rows
    assert len(before) >= 2
    whole = look(split, trials=len(before) + 3, out=out)
    assert [p["settings"] for p in whole.rows] == [
        p["settings"] for p in look(split, trials=len(before) + 3).rows
    ]


def test_two_processes_share_a_journal(split, tmp_path):
    out = tmp_path / "study.journal"
    processes = [start(out, 8) for _ in range(2)]
    said = [process.communicate(timeout=240)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    rows = look(split, trials=8, out=out).rows
    assert sorted(row["trial"] for row in rows) == list(range(8))
    assert all(row["state"] == "complete" for row in rows)
    assert len({row["settings"]["lr"] for row in rows}) == 8  # nobody did another's work again
    assert sum(text.count("trial ") for text in said) == 8


def test_hyperband_stops_trials_and_their_epochs_are_counted(split):
    found = look(split, trials=12, pruner="hyperband", epochs=9, space={"lr": Range(1e-5, 3e-1, log=True)})
    pruned = [row for row in found.rows if row["state"] == "pruned"]
    assert pruned and all(row["epochs"] < 9 for row in pruned)
    assert found.best["epochs"] == 9
    for row in found.rows:
        values = list(row["on_the_way"].values())
        assert values == sorted(values)  # the best so far


def test_wilcoxon_compares_seeds(split):
    found = look(
        split, trials=6, pruner="wilcoxon", seeds=5, space={"lr": Range(1e-6, 1e-1, log=True)}, epochs=1
    )
    whole = [row for row in found.rows if row["state"] == "complete"]
    assert whole and all(list(row["on_the_way"]) == list("01234") for row in whole)
    for row in whole:
        assert row["value"] == pytest.approx(sum(row["on_the_way"].values()) / 5) and row["epochs"] == 5
    assert all(len(row["on_the_way"]) == 4 for row in found.rows if row["state"] == "pruned")


def test_a_trial_that_cannot_be_trained_fails_and_the_search_goes_on(split):
    found = search(
        "sasrec", split, trials=4, space={"heads": Choice((3, 1))}, sampler="random", seed=2, **TINY
    )
    states = {row["settings"]["heads"]: row for row in found.rows}
    assert states[3]["state"] == "failed" and "heads" in states[3]["reason"]
    assert found.best["settings"] == {"heads": 1}
    with pytest.raises(ValueError, match="no trial of the search is complete: .*heads"):
        search("sasrec", split, trials=2, space={"heads": Choice((3, 5))}, **TINY).best  # noqa: B018


def test_a_budget_of_seconds(split):
    found = look(split, trials=500, max_seconds=0.5)
    assert found.stopped == "max_seconds" and 1 <= len(found.rows) < 500


def test_an_interrupted_trial_is_done_again(split, tmp_path, monkeypatch):
    import seqrec_lib.training.fitting as fitting

    def stop(*_):
        raise KeyboardInterrupt

    look(split, trials=1, out=tmp_path / "s.db")
    with monkeypatch.context() as patch:
        patch.setattr(fitting, "_epochs", stop)
        found = look(split, trials=3, out=tmp_path / "s.db")
    assert found.stopped == "interrupted" and len(found.rows) == 1
    assert len(look(split, trials=3, out=tmp_path / "s.db").rows) == 3


def test_text_names_a_space():
    words = ["lr=0.001..0.1:log", "dim=8,16", "batch_size=8..64", "tied=true,false", "dropout=0..0.5"]
    assert read_space(words, "gru4rec") == {
        "lr": Range(0.001, 0.1, True),
        "dim": Choice((8, 16)),
        "batch_size": Range(8, 64),
        "tied": Choice((True, False)),
        "dropout": Range(0.0, 0.5),
    }
    assert {str(v) for v in read_space(words, "gru4rec").values()} >= {"0.001..0.1:log", "8,16"}
    assert set(usual_space("sasrec")) == {"lr", "weight_decay", "dropout", "dim"}


@pytest.mark.parametrize(
    "word, told",
    [
        ("lr", "write lr=0.001..0.01"),
        ("lrr=1..2", "did you mean lr"),
        ("lr=a..2", "must be a number"),
        ("dim=1.5..3", "must be a whole number"),
        ("lr=1..2:lin", "only :log"),
        ("tied=1..2", "no range"),
        ("tied=yes,no", "true or false"),
        ("dim=8", "two values"),
    ],
)
def test_bad_text_is_named(word, told):
    with pytest.raises(ValueError, match=told):
        read_space([word], "gru4rec")


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"trials": 0}, "trials"),
        ({"seeds": 0}, "seeds"),
        ({"max_seconds": 0}, "max_seconds"),
        ({"sampler": "tpee"}, "did you mean tpe"),
        ({"pruner": "hyperbant"}, "did you mean hyperband"),
        ({"pruner": "hyperband", "seeds": 2}, "one seed"),
        ({"pruner": "wilcoxon", "seeds": 4}, "seeds=5"),
        ({"space": {}}, "nothing to search"),
        ({"space": {"dim": Choice((4, 8))}}, "both given and searched"),
        ({"space": {"lr": Range(2, 1)}}, "below"),
        ({"space": {"lr": Range(0.0, 1.0, log=True)}}, "above 0"),
        ({"space": {"dropout": Range(0.0, 1.0)}}, "dropout"),
        ({"space": {"max_len": Choice((5, 10))}}, "max_len"),
        ({"space": {"heads": Choice((1, 2))}}, "heads"),
        ({"lrr": 1}, "did you mean"),
    ],
)
def test_bad_input_is_named_before_anything_is_trained(split, changes, told):
    with pytest.raises(ValueError, match=told):
        look(split, **changes)


def test_baselines_and_unknown_models(split):
    with pytest.raises(ValueError, match="counted and not trained"):
        search("markov", split)
    with pytest.raises(ValueError, match="gru4rec"):
        search("gru4rek", split)


def test_a_file_of_another_search_is_refused(split, tmp_path):
    out = tmp_path / "s.db"
    look(split, trials=1, out=out)
    for changes in ({"seed": 3}, {"epochs": 3}, {"sampler": "random"}, {"space": {"lr": Range(1e-3, 1e-2)}}):
        with pytest.raises(ValueError, match="another search: .* was"):
            look(split, out=out, **changes)
    (tmp_path / "text.db").write_text("user,item\n1,2\n" * 100)
    for bad in (tmp_path / "text.db", tmp_path):
        with pytest.raises(ValueError, match="not a study|is a folder"):
            look(split, out=bad)


def test_without_optuna(split, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ValueError, match="pip install optuna"):
        look(split)


def test_rows_leave_out_what_is_running(split, tmp_path):
    import optuna

    study = optuna.create_study()
    study.ask()
    assert rows_of(study) == []


def test_of_clicks_the_smallest_log_loss_is_the_best():
    from seqrec_lib.data.click_splits import split_clicks

    clicks = split_clicks(simulate("ads", users=60), max_len=10)
    how = {"dim": 4, "epochs": 3, "patience": 0, "device": "cpu"}
    space = {"lr": Range(1e-5, 1e-1, log=True)}
    found = search("din", clicks, trials=6, space=space, pruner="hyperband", **how)
    whole = [row for row in found.rows if row["state"] == "complete"]
    assert found.select == "log-loss" and found.best["value"] == min(row["value"] for row in whole)
    for row in found.rows:
        values = list(row["on_the_way"].values())
        assert values == sorted(values, reverse=True)  # the best so far
    with pytest.raises(ValueError, match="no model of clicks"):
        search("gru4rec", clicks, trials=1, space=space, **how)
