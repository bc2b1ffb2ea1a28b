"""Lines of training that could once be broken without a test noticing."""

import torch
from torch import nn

from seqrec_lib.training.early_stopping import EarlyStopping
from seqrec_lib.training.random_state import global_state


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
