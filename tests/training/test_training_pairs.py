"""Settings of training two by two: what was counted before a stop counts after it, schedules with warm-up."""

import math
import time

import pytest
import torch
from tiny_training import QUICK, new_model, weights

from seqrec_lib.losses import LOSSES
from seqrec_lib.training import RunFolder, TrainingSettings, fit
from seqrec_lib.training.optimiser import step_size
from seqrec_lib.training.state import RunState


def stopped_after(cut, monkeypatch, split, folder, **how):
    """Train into ``folder`` with Ctrl-C right after epoch ``cut`` was saved."""
    save = RunState.save

    def stop(state, improved):
        save(state, improved)
        if len(state.history.epochs) == cut:
            raise KeyboardInterrupt

    with monkeypatch.context() as inside:
        inside.setattr(RunState, "save", stop)
        history = fit(new_model(), split, **{**QUICK, **how}, out=folder)
    assert history.stopped == "interrupted" and len(history.epochs) == cut


def values_in_turn(monkeypatch, values):
    """Validation finds these values, epoch after epoch."""

    def validate(state):
        return {"NDCG@5": values[len(state.history.epochs) - 1]}

    monkeypatch.setattr(RunState, "validate", validate)


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
@pytest.mark.parametrize("evaluate_every", [1, 2])
def test_patience_goes_on_counting_after_a_resume(split, monkeypatch, tmp_path, cut, evaluate_every):
    values_in_turn(monkeypatch, [0.1, 0.5, 0.4, 0.5, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    how = {"epochs": 12, "patience": 3, "evaluate_every": evaluate_every, "select": "NDCG@5"}
    whole = fit(new_model(), split, **{**QUICK, **how})
    assert (whole.stopped, len(whole.epochs)) == ("patience", {1: 5, 2: 8}[evaluate_every])
    stopped_after(cut, monkeypatch, split, tmp_path, **how)
    rest = fit(new_model(), split, **{**QUICK, **how}, out=tmp_path, resume=True)
    assert (rest.stopped, len(rest.epochs), rest.best_epoch) == ("patience", len(whole.epochs), 2)


class Ticking:
    """A loss that takes a second, on a clock that a busy machine cannot hold up."""

    __name__ = "ce"

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)

    def __call__(self, *args, **kwargs):
        self.now += 1
        return LOSSES["ce"](*args, **kwargs)


@pytest.mark.parametrize("cut", [1, 4])
def test_seconds_before_a_stop_count_towards_the_budget(split, monkeypatch, tmp_path, cut):
    how = {"epochs": 100, "max_seconds": 20.0, "patience": 0, "loss": Ticking(monkeypatch)}
    whole = fit(new_model(), split, **{**QUICK, **how})
    assert (whole.stopped, whole.seconds, whole.epochs[-1]["steps"]) == ("max_seconds", 20.0, 20)
    stopped_after(cut, monkeypatch, split, tmp_path, **how)
    rest = fit(new_model(), split, **{**QUICK, **how}, out=tmp_path, resume=True)
    assert (rest.stopped, rest.seconds, rest.epochs[-1]["steps"]) == ("max_seconds", 20.0, 20)
    again = fit(new_model(), split, **{**QUICK, **how}, out=tmp_path, resume=True)
    assert again.seconds == 20.0 and len(again.epochs) == len(whole.epochs)


@pytest.mark.parametrize("warmup", [0, 1, 4])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_step_sizes_after_a_warm_up(schedule, warmup):
    """The rise is a straight line to ``lr``; what is left of the steps is all of the cosine's half turn."""
    settings, total = TrainingSettings(lr=0.1, schedule=schedule, warmup=warmup), 12
    found = [step_size(step, total, settings) for step in range(total + 1)]
    want = [0.1 * (step + 1) / warmup for step in range(warmup)]
    for step in range(total + 1 - warmup):
        fallen = math.cos(math.pi * step / (total - warmup)) if schedule == "cosine" else 1.0
        want.append(0.05 * (1 + fallen))
    assert found == pytest.approx(want, abs=1e-12)
    assert found[warmup] == max(found) == pytest.approx(0.1)


@pytest.mark.parametrize("warmup", [0, 5])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_schedule_goes_on_where_it_stopped(split, monkeypatch, tmp_path, schedule, warmup):
    how = {"schedule": schedule, "warmup": warmup, "patience": 0}
    model = new_model()
    whole = fit(model, split, **{**QUICK, **how}, out=tmp_path / "whole")
    settings = TrainingSettings(
        lr=QUICK["lr"],
        epochs=QUICK["epochs"],
        batch_size=QUICK["batch_size"],
        schedule=schedule,
        warmup=warmup,
    )
    total = whole.epochs[-1]["steps"]
    last_steps = [step_size(epoch["steps"] - 1, total, settings) for epoch in whole.epochs]
    assert [epoch["lr"] for epoch in whole.epochs] == pytest.approx(last_steps)
    stopped_after(1, monkeypatch, split, tmp_path / "cut", **how)
    resumed = new_model()
    rest = fit(resumed, split, **{**QUICK, **how}, out=tmp_path / "cut", resume=True)
    assert [epoch["lr"] for epoch in rest.epochs] == [epoch["lr"] for epoch in whole.epochs]
    assert torch.equal(weights(resumed), weights(model))
    assert RunFolder(tmp_path / "cut").load_last()["epochs"][-1]["steps"] == total


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("batch_by", ["rows", "steps"])
def test_every_loss_learns_in_every_precision(split, loss, precision, batch_by):
    how = {"loss": loss, "precision": precision, "batch_by": batch_by, "negatives": 5, "epochs": 6}
    model = new_model()
    history = fit(model, split, **{**QUICK, **how})
    losses = [epoch["loss"] for epoch in history.epochs]
    assert losses[-1] < 0.95 * losses[0] and all(map(math.isfinite, losses))
    assert all(weight.dtype == torch.float32 for weight in model.parameters())
    assert {epoch["targets"] for epoch in history.epochs} == {int((split.train.targets > 0).sum())}
