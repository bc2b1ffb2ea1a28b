"""Logs of training: one point an epoch, one option, and a clear sentence where a package is missing."""

import sys

import pytest
from tiny_training import QUICK, new_model, weights

from seqrec_lib.training import fit
from seqrec_lib.training.logs import NoLog, check_log, values_of


class Kept(NoLog):
    """A log of one's own."""

    def __init__(self, stop_after=None):
        self.epochs, self.closed, self.stop_after = [], 0, stop_after

    def write(self, epoch):
        self.epochs.append(values_of(epoch))
        if len(self.epochs) == self.stop_after:
            raise RuntimeError("enough")

    def close(self):
        self.closed += 1


def test_a_log_of_ones_own_sees_every_epoch_and_changes_nothing(split):
    kept, model, plain = Kept(), new_model(), new_model()
    history = fit(model, split, log=kept, **QUICK)
    assert [each["loss"] for each in kept.epochs] == history.curve("loss")[1]
    assert [each["validation/NDCG@5"] for each in kept.epochs] == history.curve("NDCG@5")[1]
    assert kept.closed == 1
    fit(plain, split, **QUICK)
    assert (weights(model) == weights(plain)).all()


def test_what_a_log_raises_ends_training_and_the_log_is_closed(split):
    kept = Kept(stop_after=2)
    with pytest.raises(RuntimeError, match="enough"):
        fit(new_model(), split, log=kept, **QUICK)
    assert len(kept.epochs) == 2 and kept.closed == 1


def test_wandb_writes_to_its_folder_and_sends_nothing(split, tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb")
    made, init = [], wandb.init

    def start(**given):
        run = init(**given)
        made.append((given, run, []))
        log = run.log
        monkeypatch.setattr(
            run, "log", lambda values, step: (made[0][2].append((step, values)), log(values, step=step))
        )
        return run

    monkeypatch.setattr(wandb, "init", start)
    history = fit(new_model(), split, log=f"wandb:{tmp_path / 'new'}", **QUICK)
    ((given, _, points),) = made
    assert given["settings"].mode == "offline" and given["config"]["lr"] == QUICK["lr"]
    assert list((tmp_path / "new").rglob("*.wandb"))
    assert points == [(epoch["epoch"], values_of(epoch)) for epoch in history.epochs]


@pytest.mark.parametrize("kind, package", [("tensorboard", "torch.utils.tensorboard"), ("wandb", "wandb")])
def test_a_missing_package_is_said(split, tmp_path, monkeypatch, kind, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ValueError, match=f"pip install {kind}"):
        fit(new_model(), split, log=f"{kind}:{tmp_path / 'x'}", **QUICK)


@pytest.mark.parametrize(
    "text, word",
    [
        ("tensorbord:x", "did you mean tensorboard"),
        ("runs", "unknown kind of log"),
        ("wandb", "name a folder"),
        ("wandb:", "name a folder"),
        (f"tensorboard:{__file__}", "is a file"),
    ],
)
def test_a_bad_log_is_named_before_training(split, text, word):
    with pytest.raises(ValueError, match=word):
        check_log(text)
    with pytest.raises(ValueError, match=word):
        fit(None, split, log=text)  # nothing was touched: there is not even a model
