"""``fit --dp-epsilon``: what was spent stands in the JSON, and what would break the promise is refused."""

import json
from argparse import Namespace

import pytest

from seqrec_lib.cli.private_training import asked_for
from seqrec_lib.messages import InputError

PRIVATE = ("fit", "--data", "world:video:users=60", "--model", "sasrec", "--epochs", 2, "--dim", 8,
           "--batch-size", 12, "--device", "cpu", "--dp-epsilon", 8, "--dp-delta", 0.001)  # fmt: skip


def test_what_was_spent_is_told(call, tmp_path):
    found = call(*PRIVATE, "--json", tmp_path / "fit.json", "--out", tmp_path / "run")
    assert found.code == 0 and "for each user's training row, after 10 steps" in found.err
    assert "items.json" in found.err and "the seed" in found.err
    content = json.loads((tmp_path / "fit.json").read_text())
    spent = content["privacy"]
    assert 7.8 < spent["epsilon"] <= 8 and spent["delta"] == 0.001 and spent["steps"] == 10
    assert spent["unit"] == "user" and spent["rate"] == pytest.approx(0.2)
    assert content["settings"]["objective"].startswith("private:") and content["best_epoch"] == 2
    again = call(*PRIVATE, "--json", tmp_path / "again.json", "--out", tmp_path / "run", "--resume")
    assert again.code == 0 and json.loads((tmp_path / "again.json").read_text())["privacy"] == spent


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--windows",), "one user must be one training row"),
        (("--patience", 3), "validation would end training"),
        (("--evaluate-every", 1), "the last epoch is kept"),
        (("--loss", "bpr"), "take ce"),
        (("--precision", "bf16"), "take fp32"),
        (("--start-from", "runs/old"), "read its users without any budget"),
        (("--dp-delta", 0.5), "there are 60 users"),
        (("--dp-clip", 0), "clip is 0"),
        (("--dp-epsilon", -1), "epsilon is -1"),
        (("--batch-size", 61), "only 60 users are trained on"),
        (("--model", "markov"), "counted"),
        (("--model", "bert4rec"), "a state after each item"),
    ],
)
def test_what_would_break_the_promise_is_refused(fails, more, words):
    assert words in fails(*PRIVATE, *more)


def test_a_flag_that_changes_nothing_is_an_error(fails):
    words = ("fit", "--data", "world:video:users=60", "--model", "sasrec", "--dp-clip", 1)
    assert "changes nothing without --dp-epsilon" in fails(*words)


def test_several_processes_are_refused(monkeypatch):
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "2")):
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match="2 processes and --dp-epsilon do not go together"):
        asked_for(Namespace(dp_epsilon=8.0, model="sasrec"))
