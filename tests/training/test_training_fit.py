"""What fit promises: the best weights, the same weights for the same seed, and clear errors."""

import random
import re

import numpy as np
import pytest
import torch
from tiny_training import QUICK, make_log, make_split, new_model, weights

from seqrec_lib.evaluation import evaluate
from seqrec_lib.losses import LOSSES, full
from seqrec_lib.training import TrainingSettings, fit, fitting, loop
from seqrec_lib.training.optimiser import make_optimiser, step_size


def test_it_learns_and_ends_with_the_best_weights(split):
    model = new_model()
    before = evaluate(model, split.test, ks=(5,))["NDCG@5"]
    history = fit(model, split, **{**QUICK, "epochs": 3, "lr": 0.03})
    values = history.curve("NDCG@5")[1]
    assert history.best_epoch == 1 + int(np.argmax(values))
    assert values[-1] < max(values), (
        "the last epoch is as good as the best, so this test cannot tell them apart"
    )
    assert evaluate(model, split.validation, ks=(5,))["NDCG@5"] == history.best["NDCG@5"] == max(values)
    assert evaluate(model, split.test, ks=(5,))["NDCG@5"] > before + 0.2
    losses = history.curve("loss")[1]
    assert losses[-1] < losses[0] - 0.5


def test_dropout_is_on_while_training_and_only_then(split):
    with_dropout, without = new_model(dropout=0.5).eval(), new_model(dropout=0.0)
    fit(with_dropout, split, **QUICK)
    fit(without, split, **QUICK)
    assert not torch.allclose(weights(with_dropout), weights(without))


def test_a_seed_decides_everything_and_touches_nothing_outside(split):
    random.seed(3), np.random.seed(3), torch.manual_seed(3)
    expected = random.random(), np.random.rand(), torch.rand(1)
    random.seed(3), np.random.seed(3)
    one, two, other = new_model(), new_model(), new_model()
    torch.manual_seed(3)
    fit(one, split, **QUICK, seed=5)
    assert (random.random(), np.random.rand(), torch.rand(1)) == expected
    torch.manual_seed(99)
    fit(two, split, **QUICK, seed=5)
    fit(other, split, **QUICK, seed=6)
    assert torch.equal(weights(one), weights(two))
    assert not torch.equal(weights(one), weights(other))


def test_the_loss_sees_every_real_target_once_an_epoch_and_no_padding(split):
    seen = []

    def watched(hidden, targets, item_matrix, generator=None, negatives=1):
        assert hidden.shape == (len(targets), 8) and item_matrix.shape == (13, 8)
        seen.append(targets.clone())
        return LOSSES["ce"](hidden, targets, item_matrix)

    history = fit(new_model(), split, **{**QUICK, "epochs": 1}, loss=watched)
    real = split.train.targets[split.train.targets > 0]
    assert torch.equal(torch.cat(seen).sort().values, real.sort().values)
    assert history.epochs[0]["targets"] == len(real)
    assert history.settings["loss"] == "watched"


def test_the_recorded_loss_is_the_mean_over_targets(split):
    model = new_model(dropout=0.0)
    batch = split.train
    real = batch.targets > 0
    with torch.no_grad():
        want = float(LOSSES["ce"](model.hidden(batch)[real], batch.targets[real], model.item_matrix()))
    history = fit(model, split, **{**QUICK, "epochs": 1, "lr": 1e-9, "batch_size": 7})
    assert history.epochs[0]["loss"] == pytest.approx(want, rel=1e-5)


def test_decay_is_on_matrices_only():
    model = new_model()
    optimiser = make_optimiser(model, TrainingSettings(weight_decay=0.3))
    decay = {id(p): group["weight_decay"] for group in optimiser.param_groups for p in group["params"]}
    for name, parameter in model.named_parameters():
        assert decay[id(parameter)] == (0.3 if "weight" in name and "norm" not in name else 0.0), name


def test_memory_of_squared_gradients():
    """AdamW's running mean of squared gradients after one step holds 1 - beta2 of the first one."""
    model = new_model()
    optimiser = make_optimiser(model, TrainingSettings(beta2=0.9))
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 2.0)
    optimiser.step()
    for parameter in model.parameters():
        assert torch.allclose(optimiser.state[parameter]["exp_avg_sq"], torch.tensor(0.4))


def test_clipping(split, monkeypatch):
    norms = []
    clip = loop.clip_grad_norm_

    def watched(parameters, limit):
        parameters = list(parameters)
        clip(parameters, limit)
        norms.append(float(torch.stack([p.grad.norm() for p in parameters]).norm()))

    monkeypatch.setattr(loop, "clip_grad_norm_", watched)
    fit(new_model(), split, **{**QUICK, "epochs": 1}, clip=0.01)
    assert len(norms) == 3 and norms == pytest.approx([0.01] * 3, rel=1e-3)
    fit(new_model(), split, **{**QUICK, "epochs": 1}, clip=0)
    assert len(norms) == 3


def test_step_sizes():
    constant = TrainingSettings(lr=0.1, warmup=4)
    assert [step_size(n, 10, constant) for n in range(6)] == pytest.approx(
        [0.025, 0.05, 0.075, 0.1, 0.1, 0.1]
    )
    cosine = TrainingSettings(lr=0.1, schedule="cosine")
    assert [step_size(n, 10, cosine) for n in (0, 5, 10)] == pytest.approx([0.1, 0.05, 0.0])


def test_patience_stops_and_zero_never_does(split):
    still = {**QUICK, "epochs": 9, "lr": 1e-12}
    history = fit(new_model(), split, **still, patience=3)
    assert (history.stopped, len(history.epochs), history.best_epoch) == ("patience", 4, 1)
    assert fit(new_model(), split, **still, patience=0).stopped == "epochs"


def test_evaluate_every(split):
    history = fit(new_model(), split, **{**QUICK, "epochs": 5}, evaluate_every=2)
    assert history.curve("NDCG@5")[0] == [2, 4, 5]


def test_max_seconds_stops_at_the_next_batch_and_is_recorded(split):
    history = fit(new_model(), split, **QUICK, max_seconds=1e-9)
    assert history.stopped == "max_seconds"
    assert [epoch["steps"] for epoch in history.epochs] == [1]
    assert "validation" in history.epochs[0] and history.best_epoch == 1


def test_a_small_catalogue_cuts_the_selecting_metric():
    log = make_log(n_items=6, low=5, high=6)
    history = fit(new_model(n_items=6), make_split(log), **{**QUICK, "select": "NDCG@10"})
    assert history.select == "NDCG@6" and history.best["NDCG@6"] > 0


def test_tensorboard_log(split, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    history = fit(new_model(), split, **QUICK, log=f"tensorboard:{tmp_path}")
    found = EventAccumulator(str(tmp_path)).Reload()
    points = found.Scalars("validation/NDCG@5")
    assert [p.step for p in points] == [1, 2, 3, 4]
    assert [p.value for p in points] == pytest.approx(history.curve("NDCG@5")[1])


def test_one_line_says_which_device_and_silence_is_silent(split, capsys):
    fit(new_model(), split, **{**QUICK, "progress": True})
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[0].startswith("device: cpu (")
    assert [line.split()[1] for line in lines[1:5]] == ["1/4", "2/4", "3/4", "4/4"]
    assert len(lines) == 6 and "all epochs are done; kept epoch" in lines[5]
    fit(new_model(), split, **QUICK)
    assert capsys.readouterr() == ("", "")


def test_the_epoch_loop_reads_no_number_from_the_device_between_batches(split, monkeypatch):
    reads = []
    for name in ("item", "__float__", "tolist"):
        plain = getattr(torch.Tensor, name)
        monkeypatch.setattr(torch.Tensor, name, lambda self, p=plain, n=name: (reads.append(n), p(self))[1])
    monkeypatch.setattr(fitting, "_look", lambda run, epoch: False)
    # As on a GPU: on a CPU alone the loss looks at a number of its own.
    monkeypatch.setattr(full, "scores_are_small", lambda hidden, items: False)
    fit(new_model(), split, **{**QUICK, "epochs": 1, "batch_size": 2})  # 20 batches
    assert len(reads) < 20


def test_a_loss_that_asks_is_told_the_popularity_of_the_training_targets(split):
    told = []

    def watched(hidden, targets, item_matrix, generator=None, negatives=0, popularity=None):
        told.append(popularity)
        return LOSSES["ce"](hidden, targets, item_matrix)

    fit(new_model(), split, **{**QUICK, "epochs": 1}, loss=watched)
    real = split.train.targets[split.train.targets > 0]
    want = torch.bincount(real, minlength=13) / len(real)
    torch.testing.assert_close(told[0], want.double())


@pytest.mark.parametrize(("loss", "count"), [("bce", 1), ("bpr", 1), ("gbce", 256), ("sampled", 3000)])
def test_a_loss_brings_its_own_number_of_negatives(loss, count):
    assert TrainingSettings(loss=loss).negatives == count
    assert TrainingSettings(loss=loss, negatives=7).negatives == 7


def test_precision_is_resolved_stated_and_kept(split, monkeypatch):
    monkeypatch.setattr(
        "seqrec_lib.device._seconds_of_product", lambda dtype, device: float(dtype == torch.float32)
    )
    inside = []

    def watched(hidden, targets, item_matrix, generator=None, negatives=1):
        inside.append(torch.is_autocast_enabled("cpu"))
        return LOSSES["ce"](hidden, targets, item_matrix)

    for precision, wanted in (("auto", "bf16"), ("fp32", "fp32")):
        history = fit(new_model(), split, **{**QUICK, "epochs": 1, "precision": precision}, loss=watched)
        assert history.settings["precision"] == wanted
        assert inside[-1] == (wanted == "bf16")


def test_the_device_line_names_the_precision(split, capsys):
    fit(new_model(), split, **{**QUICK, "progress": True, "epochs": 1, "precision": "bf16"})
    out = capsys.readouterr()
    assert re.search(r"\(\d+ threads?\), bf16", out.out + out.err)


def test_compile_hands_the_model_to_torch(split, monkeypatch):
    given = []
    monkeypatch.setattr(torch, "compile", lambda function: (given.append(function), function)[1])
    model = new_model()
    fit(model, split, **{**QUICK, "epochs": 1}, compile=True)
    assert given == [model.hidden]
    fit(model, split, **{**QUICK, "epochs": 1})
    assert len(given) == 1


def test_batches_by_steps_are_what_the_loop_trains_on(split, monkeypatch):
    seen, real = [], loop.batches
    monkeypatch.setattr(loop, "batches", lambda *a, **k: seen.append(k["by"]) or real(*a, **k))
    fit(new_model(), split, **QUICK, batch_by="steps")
    assert set(seen) == {"steps"}
    with pytest.raises(ValueError, match="unknown batch_by 'step': did you mean steps"):
        fit(new_model(), split, **QUICK, batch_by="step")
