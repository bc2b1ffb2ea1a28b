"""``fit`` on the command line: the JSON, the table, the choices."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields

import pytest

from seqrec_lib.cli import main
from seqrec_lib.cli.fit_command import TRAINING
from seqrec_lib.data import OracleModel, leave_one_out, simulate
from seqrec_lib.evaluation import evaluate
from seqrec_lib.experiments import train
from seqrec_lib.messages import InputError
from seqrec_lib.models.baselines import Popularity
from seqrec_lib.training.settings import TrainingSettings

TINY = ["--epochs", "2", "--dim", "8", "--device", "cpu"]


def test_the_json_has_the_agreed_keys(trained):
    found = trained.json
    agreed = {"protocol", "data", "settings", "device", "seed", "commit", "versions", "epochs"}
    agreed |= {"validation", "test", "floors", "ceiling"}
    assert agreed <= found.keys()
    assert found["protocol"] == "loo-full-unseen" and found["device"] == "cpu" and found["seed"] == 0
    assert found["data"]["users"] == 60 and found["data"]["items"] == 200
    assert found["settings"]["model"] == "lstm-attention" and found["settings"]["epochs"] == 2
    assert len(found["epochs"]) == 2
    assert {"seconds", "targets", "targets_per_second", "loss", "validation"} <= found["epochs"][0].keys()
    for part in (found["validation"], found["test"], *found["floors"].values(), found["ceiling"]):
        assert {"HR@10", "NDCG@10", "MRR", "coverage@10"} <= part.keys()
    assert found["floors"].keys() == {"popularity", "recent-popularity", "markov"}
    low, high = found["test_intervals"]["NDCG@10"]
    assert low <= found["test"]["NDCG@10"] <= high
    assert {"python", "torch", "numpy", "seqrec_lib"} <= found["versions"].keys()


def test_floors_and_ceiling_are_on_the_test_users(trained):
    world = simulate("video", users=60)
    split = leave_one_out(world)
    floor = evaluate(Popularity(split.train_log), split.test)
    assert trained.json["floors"]["popularity"] == pytest.approx(floor.metrics)
    whole = leave_one_out(world, max_len=world.max_length)
    ceiling = evaluate(OracleModel(world), whole.test)
    assert trained.json["ceiling"]["NDCG@10"] == pytest.approx(ceiling["NDCG@10"])
    assert 0.2 < trained.json["ceiling"]["expected"]["NDCG@10"] < 0.8


def test_a_short_history_does_not_lower_the_ceiling(call, tmp_path, trained):
    out = tmp_path / "x.json"
    world = trained.words[1]
    assert call("fit", "--data", world, "--model", "popularity", "--max-len", 5, "--json", out).code == 0
    assert json.loads(out.read_text())["ceiling"] == trained.json["ceiling"]


def test_the_validation_chooses_the_weights(trained):
    best = trained.json["epochs"][trained.json["best_epoch"] - 1]["validation"]
    assert {name: trained.json["validation"][name] for name in best} == pytest.approx(best)


def test_the_terminal_shows_a_table(call, shop):
    path, columns = shop
    found = call("fit", "--data", path, *columns, "--model", "gru4rec", *TINY)
    assert found.code == 0
    lines = found.out.splitlines()
    assert "shop: 20 users, 12 items, 120 interactions; loo-full-unseen, 20 test cases" in lines
    head = next(line for line in lines if "NDCG@10" in line)
    assert head.split() == ["HR@10", "NDCG@10", "MRR", "coverage@10"]
    rows = {line.split()[0] for line in lines if line.split()[1:2] and line.split()[1][:2] in ("0.", "1.")}
    assert rows == {"gru4rec", "popularity", "recent-popularity", "markov"}
    assert "device: cpu" in found.err and "epoch 2/2" in found.err
    quiet = call("fit", "--data", path, *columns, "--model", "gru4rec", *TINY, "--quiet")
    assert quiet.err == "" and quiet.out == found.out


def test_json_on_standard_output_is_json_alone(call, shop):
    path, columns = shop
    found = call("fit", "--data", path, *columns, "--model", "markov", "--json", "-")
    content = json.loads(found.out)
    assert content["test"] == content["floors"]["markov"] and content["epochs"] == []
    assert "ceiling" not in content


def test_an_untimed_log_has_no_recent_popularity(call, fails, tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("\n".join(f"{user} {1 + (user + n) % 12}" for user in range(20) for n in range(6)))
    found = call("fit", "--data", path, "--model", "popularity", "--json", "-")
    assert json.loads(found.out)["floors"].keys() == {"popularity", "markov"}
    assert "needs times" in fails("fit", "--data", path, "--model", "recent-popularity")
    assert "no times" in fails("fit", "--data", path, "--model", "markov", "--split", "temporal")


def test_a_temporal_split(call, shop):
    path, columns = shop
    found = call("fit", "--data", path, *columns, "--model", "markov", "--split", "temporal", "--json", "-")
    assert json.loads(found.out)["protocol"] == "temporal-successive-full-unseen"


def test_settings_reach_the_model_and_the_training(call, shop):
    path, columns = shop
    words = [
        "--set",
        "attention=mean",
        "--set",
        "tied=false",
        "--lr",
        "0.02",
        "--loss",
        "bce",
        "--beta2",
        "0.9",
        "--seed",
        "3",
    ]
    found = call("fit", "--data", path, *columns, "--model", "lstm-attention", *TINY, *words, "--json", "-")
    settings = json.loads(found.out)["settings"]
    got = [settings[name] for name in ("attention", "tied", "lr", "loss", "beta2", "seed", "dim")]
    assert got == ["mean", False, 0.02, "bce", 0.9, 3, 8]


def test_no_training_setting_is_parsed_and_then_forgotten():
    without = {"select", "objective"}  # the recipe says these
    names = {field.name for field in fields(TrainingSettings)} - without
    assert set(TRAINING) == names


def test_the_training_seed_never_changes_the_data(trained, call):
    words = [*trained.words[:-2], "--json", "-", "--seed"]
    one, two = (json.loads(call("fit", *words, seed).out) for seed in (1, 2))
    assert one["data"] == two["data"] == trained.json["data"]
    assert one["floors"] == two["floors"] and one["ceiling"] == two["ceiling"]
    assert one["epochs"][0]["loss"] != two["epochs"][0]["loss"]


def test_the_seed_draws_the_first_weights(call, shop):
    """Hardly trained and without dropout, the loss shows the first weights alone."""
    path, columns = shop
    words = ["--data", path, *columns, "--model", "gru4rec", *TINY, "--lr", "1e-12", "--dropout", "0"]
    one, again, two = (
        json.loads(call("fit", *words, "--json", "-", "--seed", seed).out)["epochs"][0]["loss"]
        for seed in (1, 1, 2)
    )
    assert one == again and abs(one - two) > 1e-4


def test_resume_of_a_finished_run_writes_the_json_again(trained, call, tmp_path):
    out = tmp_path / "again.json"
    found = call("fit", *trained.words, "--resume", "--json", out)
    assert found.code == 0 and "finished already" in found.err
    again = json.loads(out.read_text())
    for name in ("test", "validation", "epochs", "floors", "ceiling"):
        assert again[name] == trained.json[name]


@pytest.mark.skipif(os.name != "posix", reason="SIGINT to another process needs POSIX")
def test_ctrl_c_ends_with_130_and_keeps_the_best(tmp_path):
    """A real process, interrupted in its third epoch or later."""
    words = ["fit", "--data", "world:video:users=60", "--model", "gru4rec", "--dim", "8", "--device", "cpu"]
    words += ["--epochs", "100000", "--patience", "0", "--out", str(tmp_path / "run")]
    words += ["--json", str(tmp_path / "x.json")]
    process = subprocess.Popen(
        [sys.executable, "-m", "seqrec_lib", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        # A shell starts its background jobs deaf to Ctrl-C, these tests perhaps among them.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for line in process.stderr:
        if line.startswith("epoch 3/"):
            break
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "stopped by Ctrl-C; kept epoch" in err and "Traceback" not in err
    found = json.loads((tmp_path / "x.json").read_text())
    assert found["stopped"] == "interrupted" and len(found["epochs"]) >= 3
    assert (tmp_path / "run" / "weights.safetensors").is_file() and "gru4rec" in out


def test_the_ceiling_stands_above_the_model_user_by_user(tmp_path):
    """``ceiling_above_model`` is a paired difference on the same users, its interval above zero."""
    file = tmp_path / "out.json"
    command = [
        "fit",
        "--data",
        "world:video:users=300",
        "--model",
        "popularity",
        "--json",
        str(file),
        "--quiet",
    ]
    assert main(command) == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    gap = found["ceiling_above_model"]["NDCG@10"]
    assert abs(gap["mean"] - (found["ceiling"]["NDCG@10"] - found["test"]["NDCG@10"])) < 1e-9
    assert 0 < gap["low"] < gap["mean"] < gap["high"] and gap["level"] == 0.999


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--heads", 2], "markov is counted and not trained: it has no --heads"),
        (["--epochs", 5, "--lr", 0.1], "markov is counted and not trained: it has no --epochs, --lr"),
        (["--set", "foo=1"], "unknown setting of markov 'foo': it has smoothing"),
    ],
)
def test_a_setting_that_a_baseline_does_not_have_is_an_error(fails, words, told):
    said = fails("fit", "--data", "world:video:users=60", "--model", "markov", *words)
    assert said == f"error: {told}"


def test_what_the_split_decided_is_said_too(call):
    found = call("fit", "--data", "world:video:users=60", "--model", "popularity", "--max-len", 5)
    assert found.err.count("note     ") == 1 and "no model is trained on them" in found.err
    told = call("fit", "--data", "world:video:users=60", "--model", "popularity", "--split", "temporal")
    assert "test from 20" in told.err and "first, so no case" in told.err


def test_a_file_is_no_split():
    with pytest.raises(InputError, match="got a str: leave_one_out"):
        train("popularity", "log.csv")
