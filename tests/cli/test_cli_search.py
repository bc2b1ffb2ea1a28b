"""``search`` on the command line: the rows of ``fit``, going on, and one line where something is wrong."""

import json

import pytest

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.experiments import train

pytest.importorskip("optuna")
WORDS = ["--data", "world:video:users=60", "--model", "gru4rec", "--device", "cpu", "--epochs", "2"]
SPACE = ["--space", "lr=0.001..0.1:log", "--space", "dim=4,8"]


def test_the_json_is_that_of_fit_and_the_search(call, tmp_path):
    out, study = tmp_path / "x.json", tmp_path / "study.db"
    words = ["search", *WORDS, *SPACE, "--trials", 3, "--out", study, "--json", out]
    said = call(*words)
    assert said.code == 0 and "trial 2: NDCG@10" in said.err and "3 complete" in said.out
    found = json.loads(out.read_text())
    assert {
        "protocol",
        "data",
        "settings",
        "seed",
        "commit",
        "validation",
        "test",
        "floors",
        "ceiling",
    } <= set(found)
    trials = found["search"]["trials"]
    best = max(trials, key=lambda row: row["value"])
    assert found["search"]["best"] == best["trial"] and len(trials) == 3
    assert found["validation"]["NDCG@10"] == pytest.approx(best["value"])
    assert found["settings"]["dim"] == best["settings"]["dim"] and found["settings"]["epochs"] == 2
    split = leave_one_out(simulate("video", users=60))
    again = train("gru4rec", split, epochs=2, progress=False, device="cpu", **best["settings"])
    assert again.history.best["NDCG@10"] == pytest.approx(best["value"])
    went_on = call(*words[:-6], "--trials", 4, "--out", study, "--json", out)
    assert "3 trials are there already" in went_on.err and "trial 3" in went_on.err
    assert json.loads(out.read_text())["search"]["trials"][:3] == trials


def test_what_is_given_is_not_searched(call, tmp_path):
    out = tmp_path / "x.json"
    assert call("search", *WORDS, "--dim", 4, "--trials", 1, "--json", out, "--quiet").code == 0
    found = json.loads(out.read_text())
    assert set(found["search"]["space"]) == {"lr", "weight_decay", "dropout"}
    assert found["settings"]["dim"] == 4


@pytest.mark.parametrize(
    "words, told",
    [
        (["--model", "markov"], "counted and not trained"),
        (["--model", "gru4rek"], "did you mean gru4rec"),
        (["--model", "gru4rec", "--trials", "0"], "--trials 0"),
        (["--model", "gru4rec", "--space", "lr=1"], "two values"),
        (["--model", "gru4rec", "--space", "lr=0.1..0.01"], "below"),
        (["--model", "gru4rec", "--lr", "0.1", *SPACE], "both given and searched"),
        (["--model", "gru4rec", "--sampler", "tp"], "sampler"),
        (["--model", "gru4rec", "--pruner", "wilcoxon"], "seeds=5"),
        (["--model", "gru4rec", "--out", "."], "is a folder"),
    ],
)
def test_bad_words_are_one_line(fails, words, told):
    assert told in fails("search", "--data", "world:video:users=60", "--device", "cpu", *words)


def test_a_log_is_one_option_of_fit(call, fails, tmp_path):
    pytest.importorskip("tensorboard")
    words = ["fit", *WORDS, "--dim", "4", "--quiet"]
    assert call(*words, "--log", f"tensorboard:{tmp_path / 'log'}").code == 0
    assert list((tmp_path / "log").iterdir())
    assert "did you mean wandb" in fails(*words, "--log", "wand:x")
