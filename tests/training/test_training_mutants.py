"""Lines of training that could once be broken without a test noticing."""

import json
from dataclasses import asdict

import pytest
import torch
from torch import nn
from walks import walks

from seqrec_lib import train
from seqrec_lib.data import leave_one_out
from seqrec_lib.training.early_stopping import EarlyStopping
from seqrec_lib.training.random_state import global_state
from seqrec_lib.training.settings import TrainingSettings
from seqrec_lib.training.state import RunState


def test_a_patience_of_one_ends_at_the_first_evaluation_that_is_no_better():
    model, stopping = nn.Linear(1, 1), EarlyStopping(1)
    assert stopping.look(0.5, 1, model) and not stopping.spent
    assert not stopping.look(0.5, 2, model) and stopping.spent


def test_a_gain_begins_the_wait_anew():
    model, stopping = nn.Linear(1, 1), EarlyStopping(2)
    values = [0.5, 0.4, 0.6, 0.6]  # worse; better; no better, once
    assert [stopping.look(value, epoch, model) for epoch, value in enumerate(values, 1)] == [1, 0, 1, 0]
    assert stopping.waited == 1 and not stopping.spent


def test_on_a_gpu_its_chance_is_kept_too(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: torch.tensor([device.index]))
    assert global_state(torch.device("cuda", 1))["cuda"].tolist() == [1]
    assert "cuda" not in global_state(torch.device("cpu"))


def test_a_catalogue_of_ten_items_has_a_list_of_ten():
    log = walks(30, 10, 6, 8)
    split = leave_one_out(log, max_len=8)
    how = {"dim": 8, "epochs": 1, "max_len": 8}
    run = train("gru4rec", split, device="cpu", progress=False, **how)
    assert log.n_items == 10 and "NDCG@10" in run.history.epochs[0]["validation"]


def test_a_run_that_is_killed_after_an_epoch_has_its_history(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(self):
        raise Killed

    monkeypatch.setattr(RunState, "finish", kill)
    split = leave_one_out(walks(30, 10, 6, 8), max_len=8)
    with pytest.raises(Killed):
        train("gru4rec", split, device="cpu", progress=False, out=tmp_path, dim=8, epochs=1, max_len=8)
    assert len(json.loads((tmp_path / "history.json").read_text())["epochs"]) == 1


def test_a_catalogue_of_exactly_twenty_items_is_measured_at_twenty():
    split = leave_one_out(walks(users=40, n_items=20, low=5, high=8), max_len=10)
    found = train("gru4rec", split, device="cpu", progress=False, dim=8, epochs=1, max_len=10)
    assert "HR@20" in found.history.epochs[0]["validation"]


def test_what_an_older_run_does_not_say_means_what_it_meant():
    """A run folder may lack a setting: then the default is what was used, so a default never changes."""
    kept = {"epochs": 40, "batch_size": 128, "lr": 1e-3, "weight_decay": 0.01, "clip": 1.0, "patience": 5}
    kept |= {"evaluate_every": 1, "warmup": 0, "beta2": 0.999, "schedule": "constant", "seed": 0}
    assert kept.items() <= asdict(TrainingSettings()).items()
