"""Weights averaged over steps: the mean itself, what is validated and kept, and resuming it."""

import pytest
import torch
from tiny_training import TinyModel, make_split

from seqrec_lib.messages import InputError
from seqrec_lib.training import RunFolder, fit, loop
from seqrec_lib.training.averaging import Average

QUICK = {"select": "NDCG@5", "device": "cpu", "progress": False, "lr": 1e-2, "batch_size": 7}


def new_model():
    torch.manual_seed(0)
    return TinyModel(dropout=0.0)


def test_the_mean_by_hand():
    layer, average = torch.nn.Linear(2, 1), Average(0.6)
    told, mean = [3.0, 5.0, -1.0, 4.0], None
    for n, value in enumerate(told):
        with torch.no_grad():
            layer.weight.fill_(value)
        average.update(layer)
        kept = min(0.6, n / (n + 9))
        mean = value if mean is None else kept * mean + (1 - kept) * value
    assert torch.allclose(average.weights["weight"], torch.full((1, 2), mean))
    assert layer.weight[0, 0] == 4


def test_the_model_gets_its_own_weights_back_whatever_happens():
    layer, average = torch.nn.Linear(2, 1), Average(0.9)
    with average.inside(layer):  # no step yet: nothing to put in
        assert torch.isfinite(layer.weight).all()
    average.update(layer)
    first = layer.weight.detach().clone()
    with torch.no_grad():
        layer.weight.add_(1)
    with pytest.raises(ZeroDivisionError), average.inside(layer):
        assert torch.equal(layer.weight, first)
        _ = 1 / 0
    assert torch.equal(layer.weight, first + 1)


def test_what_is_kept_is_the_average_of_the_steps(monkeypatch):
    """The weights after each step are watched, and their mean made once more from outside."""
    seen, update = [], Average.update

    def watched(self, model):
        seen.append(model.embedding.weight.detach().clone())
        update(self, model)

    monkeypatch.setattr(Average, "update", watched)
    model = new_model()
    history = fit(model, make_split(), **QUICK, epochs=1, average=0.8)
    want = seen[0]
    for n, weight in enumerate(seen[1:], 1):
        kept = min(0.8, n / (n + 9))
        want = kept * want + (1 - kept) * weight
    assert len(seen) == history.epochs[0]["steps"] > 3
    assert torch.allclose(model.embedding.weight, want, atol=1e-6)
    assert not torch.allclose(model.embedding.weight, seen[-1], atol=1e-4)


def test_training_itself_does_not_notice():
    losses = [
        [e["loss"] for e in fit(new_model(), make_split(), **QUICK, epochs=3, **more).epochs]
        for more in ({}, {"average": 0.9})
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    "more", [{"average": 0.9}, {"optimiser": "muon"}, {"average": 0.9, "optimiser": "muon"}]
)
def test_resumed_it_ends_as_an_undisturbed_run(tmp_path, monkeypatch, more):
    whole = new_model()
    fit(whole, make_split(), **QUICK, epochs=4, **more, out=tmp_path / "whole")
    step, calls = loop.set_step_size, []

    def breaks(optimiser, value):
        calls.append(value)
        if len(calls) == 9:
            raise RuntimeError("the power went")
        step(optimiser, value)

    monkeypatch.setattr(loop, "set_step_size", breaks)
    with pytest.raises(RuntimeError, match="the power went"):
        fit(new_model(), make_split(), **QUICK, epochs=4, **more, out=tmp_path / "cut")
    again = new_model()
    fit(again, make_split(), **QUICK, epochs=4, **more, out=tmp_path / "cut", resume=True)
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name
    last = [RunFolder(tmp_path / name).load_last() for name in ("whole", "cut")]
    if "average" in more:
        assert last[0]["average"]["steps"] == last[1]["average"]["steps"] > 9
        for name, weight in last[0]["average"]["weights"].items():
            assert torch.equal(weight, last[1]["average"]["weights"][name]), name


def test_settings_outside_their_range():
    with pytest.raises(InputError, match="average is 1: it must be 0 or more and below 1"):
        fit(new_model(), make_split(), **QUICK, average=1)
    with pytest.raises(InputError, match="unknown optimiser 'moun': did you mean muon"):
        fit(new_model(), make_split(), **QUICK, optimiser="moun")
