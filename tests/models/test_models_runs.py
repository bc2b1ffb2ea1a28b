"""Every recipe through a run folder: saved and loaded, stopped and resumed, the seed deciding."""

import json

import pytest
import torch
from tiny_models import SMALL, small_sizes
from walks import walks

from seqrec_lib import load_run, train
from seqrec_lib.data import DataError, leave_one_out
from seqrec_lib.models import RECIPES
from seqrec_lib.training.run_folder import RunFolder
from seqrec_lib.training.state import RunState

every = pytest.mark.parametrize("name", RECIPES)


@pytest.fixture(scope="module")
def split():
    return leave_one_out(walks(24, 13, 5, 9), max_len=SMALL["max_len"])


def trained(name, split, **how):
    quick = {"epochs": 3, "batch_size": 8, "patience": 0, "negatives": 3, "precision": "fp32"}
    return train(name, split, device="cpu", progress=False, **{**small_sizes(name), **quick, **how})


def same_weights(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@every
def test_a_run_is_loaded_as_it_was_saved(name, split, tmp_path):
    run = trained(name, split, out=tmp_path)
    loaded = load_run(tmp_path, "cpu")
    assert loaded.settings == run.settings and loaded.history.epochs == run.history.epochs
    batch = split.test.batch
    with torch.no_grad():
        assert torch.equal(loaded.model.score(batch), run.model.eval().score(batch))
    if loaded.model.settings.timed:  # a list of items has no times
        with pytest.raises(DataError, match="a time-aware model needs a log with a time column"):
            loaded.recommend([[3, 4, 5], [1]], k=4)
        return
    assert loaded.recommend([[3, 4, 5], [1]], k=4) == run.recommend([[3, 4, 5], [1]], k=4)


@every
def test_a_run_that_was_stopped_and_goes_on_ends_as_one_that_was_not(name, split, tmp_path, monkeypatch):
    whole = trained(name, split, out=tmp_path / "whole")
    save = RunState.save

    def stop(state, improved):
        save(state, improved)
        raise KeyboardInterrupt  # Ctrl-C after the first epoch

    monkeypatch.setattr(RunState, "save", stop)
    first = trained(name, split, out=tmp_path / "cut")
    monkeypatch.undo()
    assert first.history.stopped == "interrupted" and len(first.history.epochs) == 1
    rest = trained(name, split, out=tmp_path / "cut", resume=True)
    assert [epoch["loss"] for epoch in rest.history.epochs] == [e["loss"] for e in whole.history.epochs]
    assert rest.history.best_epoch == whole.history.best_epoch
    assert same_weights(rest.model, whole.model)
    last, wanted = (RunFolder(tmp_path / each).load_last() for each in ("cut", "whole"))
    assert all(torch.equal(last["model"][key], weight) for key, weight in wanted["model"].items())


@every
def test_the_seed_decides_the_run_and_settings_are_plain(name, split, tmp_path):
    one, same = trained(name, split, epochs=1, out=tmp_path), trained(name, split, epochs=1)
    assert same_weights(one.model, same.model)
    assert not same_weights(one.model, trained(name, split, epochs=1, seed=1).model)
    plain = json.loads((tmp_path / "settings.json").read_text())
    assert plain["model"] == one.settings and plain["training"]["loss"] == RECIPES[name].training["loss"]
