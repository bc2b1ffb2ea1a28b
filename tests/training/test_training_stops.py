"""How fit ends: Ctrl-C, settings that cannot be used, a loss that is no number."""

import pytest
import torch
from tiny_training import QUICK, new_model, weights

from seqrec_lib.losses import LOSSES
from seqrec_lib.training import fit


class Stop:
    """A loss that presses Ctrl-C at its n-th call."""

    __name__ = "ce"

    def __init__(self, call):
        self.left = call

    def __call__(self, *args, **kwargs):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return LOSSES["ce"](*args, **kwargs)


def test_ctrl_c_keeps_the_best_so_far_and_says_so(split, capsys, tmp_path):
    undisturbed, model = new_model(), new_model()
    two = fit(undisturbed, split, **{**QUICK, "epochs": 2}, out=tmp_path / "two")
    history = fit(model, split, **{**QUICK, "progress": True}, loss=Stop(3 + 3 + 2), out=tmp_path / "cut")
    assert history.stopped == "interrupted" and len(history.epochs) == 2
    assert history.best_epoch == two.best_epoch
    assert torch.equal(weights(model), weights(undisturbed))
    assert "stopped by Ctrl-C; kept epoch" in capsys.readouterr().err
    whole = new_model()
    fit(whole, split, **QUICK)
    fit(model, split, **QUICK, out=tmp_path / "cut", resume=True)
    assert torch.equal(weights(model), weights(whole))


def test_ctrl_c_before_the_first_evaluation(split, capsys):
    history = fit(new_model(), split, **{**QUICK, "progress": True}, loss=Stop(2))
    assert history.best_epoch is None and history.epochs == [] and history.best == {}
    assert "no epoch was evaluated" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change, message",
    [
        ({"loss": "bc"}, "unknown loss 'bc': did you mean bce"),
        ({"schedule": "cosin"}, "unknown schedule 'cosin': did you mean cosine"),
        ({"select": "NDGC@10"}, "unknown metric 'NDGC@10': did you mean NDCG@10"),
        ({"learning_rate": 1}, "unknown training setting 'learning_rate'"),
        ({"batchsize": 1}, "did you mean batch_size"),
        ({"epochs": 0}, "epochs is 0: it must be at least 1"),
        ({"lr": 0}, "lr is 0: it must be above 0"),
        ({"beta2": 1}, "beta2 is 1: it must be 0 or more and below 1"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"patience": -1}, "patience is -1"),
        ({"max_seconds": 0}, "max_seconds is 0"),
        ({"resume": True}, "resume needs a run folder"),
        ({"device": "gpu"}, "unknown device 'gpu'"),
    ],
)
def test_bad_settings(split, change, message):
    with pytest.raises(ValueError, match=message):
        fit(new_model(), split, **{**QUICK, **change})


def test_cuda_asked_for_and_absent(split, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="'cuda' was asked for, but"):
        fit(new_model(), split, **{**QUICK, "device": "cuda"})
    assert fit(new_model(), split, **{**QUICK, "device": "auto"}).device == "cpu"


def test_a_model_for_another_catalogue(split):
    with pytest.raises(ValueError, match="built for 9 items, but the log has 12"):
        fit(new_model(n_items=9), split, **QUICK)


def test_a_loss_that_is_not_finite(split):
    def broken(*args, **kwargs):
        return LOSSES["ce"](*args, **kwargs) * float("nan")

    with pytest.raises(ValueError, match="the loss is nan: training diverged; try a smaller lr"):
        fit(new_model(), split, **QUICK, loss=broken)
